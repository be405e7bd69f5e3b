/*
 * The client side of the queue. What callers write is collected in q->bytes:
 * for a program as it is, for a session as netstrings, each begun with a gap
 * for its head, which is filled when the length is known.
 */
#include "queue/injector.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/netstring.h"
#include "lib/base/num.h"
#include "lib/os/deadline.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "queue/program.h"

enum {
	HEAD_ROOM = 6,		/* "32768:" */
	RECORD_MAX = 4096,
	ANSWER_MAX = 1024,
};

void
injector_empty(struct injector *q)
{
	q->fd = q->envelope_fd = q->custom_fd = q->end_fd = -1;
	q->pid = 0;
	q->ended = NULL;
	q->ended_self = NULL;
	q->custom.len = q->custom.surplus = 0;
	q->program = q->plain = false;
	q->in_message = q->in_envelope = q->sent = false;
	q->err = 0;
	q->stall_ms = INJECTOR_STALL_MS;
	q->verdict_ms = INJECTOR_VERDICT_MS;
	buf_init(&q->record, RECORD_MAX);
	q->start = q->len = 0;
}

void
injector_close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* ---- starting ---- */

void
injector_join(struct injector *q, int sock)
{
	injector_empty(q);
	q->fd = sock;
}

int
injector_connect(struct injector *q)
{
	injector_join(q, unix_connect(path_queue(), "injector", SOCK_STREAM));
	return q->fd == -1 ? -1 : 0;
}

void
injector_hurry(struct injector *q, int64_t ms)
{
	if (q->stall_ms > ms)
		q->stall_ms = ms;
	if (q->verdict_ms > ms)
		q->verdict_ms = ms;
}

bool
injector_alive(const struct injector *q)
{
	return q->fd != -1 && !q->program;
}

/* ---- writing ---- */

/* One write that does not block and raises no signal. */
static ssize_t
write_some(const struct injector *q, const char *p, size_t len)
{
	if (q->program)
		return write(q->fd, p, len);
	return send(q->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int
await_room(struct injector *q)
{
	struct deadline d = deadline_in_ms(q->stall_ms);

	return q->program ? program_await_room(q, d) :
	    deadline_wait(q->fd, POLLOUT, d);
}

static void
drain(struct injector *q, const char *p, size_t len)
{
	while (len > 0 && q->err == 0) {
		ssize_t n = write_some(q, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
			q->sent = true;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (await_room(q) == -1)
				q->err = errno;
		} else if (errno != EINTR) {
			q->err = errno;
		}
	}
}

static void
begin_message(struct injector *q)
{
	if (q->in_message)
		return;
	q->in_message = true;
	q->in_envelope = q->sent = false;
	q->start = q->len = 0;
	if (q->fd == -1 && q->err == 0)
		q->err = ENOTCONN;
}

/* Ends the netstring that is being filled: its head moves up to its bytes. */
static void
seal(struct injector *q)
{
	char room[NETSTRING_HEAD_MAX];
	size_t payload = q->len - q->start - HEAD_ROOM;
	struct span head = netstring_head(payload, room);
	char *gap = q->bytes + q->start;

	if (head.len < HEAD_ROOM)
		memmove(gap + head.len, gap + HEAD_ROOM, payload);
	memcpy(gap, head.p, head.len);
	gap[head.len + payload] = ',';
	q->start += head.len + payload + 1;
	q->len = q->start;
}

static void
flush(struct injector *q)
{
	drain(q, q->bytes, q->len);
	q->start = q->len = 0;
}

/* Is a netstring begun, with something in it? */
static bool
filling(const struct injector *q)
{
	return q->len > q->start + HEAD_ROOM;
}

/* Room for at least one more byte, and for the comma. */
static void
make_room(struct injector *q, size_t wanted)
{
	if (wanted <= INJECTOR_ROOM - q->len)
		return;
	if (!q->program && filling(q))
		seal(q);
	else if (!q->program)
		q->len = q->start;
	flush(q);
}

static void
add(struct injector *q, const char *p, size_t len)
{
	while (len > 0 && q->err == 0) {
		size_t n;

		if (!q->program && q->len == q->start) {
			make_room(q, HEAD_ROOM + 2);
			q->len = q->start + HEAD_ROOM;
		}
		make_room(q, 2);
		if (!q->program && q->len == q->start)
			continue;
		n = INJECTOR_ROOM - q->len - 1;
		if (n > len)
			n = len;
		memcpy(q->bytes + q->len, p, n);
		q->len += n;
		p += n;
		len -= n;
	}
}

/* In a session: ends what is being filled, then the empty netstring. */
static void
add_end(struct injector *q, const char *what)
{
	size_t len = strlen(what);

	if (filling(q))
		seal(q);
	q->len = q->start;
	make_room(q, len);
	if (q->err != 0)
		return;
	memcpy(q->bytes + q->len, what, len);
	q->len += len;
	q->start = q->len;
}

void
injector_data(struct injector *q, const void *p, size_t len)
{
	begin_message(q);
	add(q, p, len);
}

void
injector_envelope_begin(struct injector *q)
{
	begin_message(q);
	if (q->in_envelope)
		return;
	q->in_envelope = true;
	if (!q->program) {
		add_end(q, "0:,");
		return;
	}
	flush(q);
	injector_close_fd(&q->fd);
	q->fd = q->envelope_fd;
	q->envelope_fd = -1;
}

static void
add_record(struct injector *q)
{
	struct span bytes;

	if (buf_get(&q->record, &bytes) == 0)
		add(q, bytes.p, bytes.len);
	else if (q->err == 0)
		q->err = errno;
}

void
injector_sender(struct injector *q, const struct queue_sender *s)
{
	struct queue_sender plain = { .address = s->address };

	injector_envelope_begin(q);
	buf_reset(&q->record);
	queue_sender_write(&q->record, q->plain ? &plain : s);
	add_record(q);
}

void
injector_recipient(struct injector *q, const struct queue_recipient *r)
{
	struct queue_recipient plain = { .address = r->address };

	injector_envelope_begin(q);
	buf_reset(&q->record);
	queue_recipient_write(&q->record, q->plain ? &plain : r);
	add_record(q);
}

void
injector_records(struct injector *q, const void *p, size_t len)
{
	injector_envelope_begin(q);
	add(q, p, len);
}

/* ---- the verdict of a session ---- */

/* "code id pid text" */
static bool
take_answer(struct span answer, struct injector_verdict *v)
{
	struct span code = span_cut(&answer, ' ');
	struct span id = span_cut(&answer, ' ');
	struct span pid = span_cut(&answer, ' ');
	uint64_t code_num, pid_num;

	if (num_parse(code, 255, &code_num) == -1 ||
	    num_parse(pid, UINT32_MAX, &pid_num) == -1)
		return false;
	if (!span_is(id, "-") && !queue_id_ok(id))
		return false;
	v->pid = (unsigned)pid_num;
	if (queue_id_ok(id))
		memcpy(v->id, id.p, QUEUE_ID_LEN);
	injector_explain((int)code_num, answer, v);
	return true;
}

/* Waits for one answer and nothing behind it. 0; -1 with errno. */
static int
read_answer(struct injector *q, struct injector_verdict *v)
{
	struct deadline d = deadline_in_ms(q->verdict_ms);
	char room[ANSWER_MAX];
	size_t len = 0;

	while (len < sizeof room) {
		struct span got, answer;
		enum parse r;
		ssize_t n;

		if (deadline_wait(q->fd, POLLIN, d) == -1)
			return -1;
		n = recv(q->fd, room + len, sizeof room - len, 0);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			errno = n == 0 ? EPIPE : errno;
			return -1;
		}
		len += (size_t)n;
		got = (struct span){ room, len };
		r = netstring_take(&got, ANSWER_MAX - HEAD_ROOM, &answer);
		if (r == PARSE_OK && got.len == 0 && take_answer(answer, v))
			return 0;
		if (r != PARSE_MORE)
			break;
	}
	errno = EPROTO;
	return -1;
}

/* The session is broken: what to say, and it is over. */
static void
session_broken(struct injector *q, struct injector_verdict *v, int err)
{
	int code = err == ETIMEDOUT ? 52 : err == ENOMEM ? 51 :
	    err == EINVAL || err == EMSGSIZE ? 91 : -1;

	injector_explain(code, SPAN(""), v);
	injector_close_fd(&q->fd);
}

/* The other end went away without listening; it may have said why. */
static void
refused_early(struct injector *q, struct injector_verdict *v)
{
	if (v->code == 0)
		injector_explain(-1, SPAN(""), v);
	injector_close_fd(&q->fd);
}

static void
session_commit(struct injector *q, struct injector_verdict *v)
{
	add_end(q, "0:,");
	add_end(q, "1:C,");
	flush(q);
	if (q->err != 0 && q->err != EPIPE && q->err != ECONNRESET)
		session_broken(q, v, q->err);
	else if (read_answer(q, v) == -1)
		session_broken(q, v, errno);
	else if (q->err != 0)
		refused_early(q, v);
	q->err = 0;
	q->in_message = q->in_envelope = false;
}

void
injector_commit(struct injector *q, struct injector_verdict *v)
{
	memset(v, 0, sizeof *v);
	injector_envelope_begin(q);
	add(q, "", 1);		/* the final empty record */
	if (!q->program) {
		session_commit(q, v);
		return;
	}
	flush(q);
	injector_close_fd(&q->fd);
	program_verdict(q, v);
	injector_close(q);
}

/* ---- giving up ---- */

void
injector_abort(struct injector *q)
{
	struct injector_verdict v = { .code = 0 };

	if (q->program) {
		injector_close(q);
		return;
	}
	if (q->in_message && q->sent && q->err == 0) {
		if (!q->in_envelope)
			add_end(q, "0:,");
		add_end(q, "0:,");
		add_end(q, "1:A,");
		flush(q);
		if (q->err == 0 && read_answer(q, &v) == -1)
			q->err = errno;
	}
	if (q->err != 0)
		injector_close_fd(&q->fd);
	q->err = 0;
	q->in_message = q->in_envelope = q->sent = false;
	q->start = q->len = 0;
}

void
injector_close(struct injector *q)
{
	injector_close_fd(&q->fd);
	injector_close_fd(&q->envelope_fd);
	program_reap(q);
	injector_close_fd(&q->custom_fd);
	buf_free(&q->record);
	q->in_message = q->in_envelope = q->sent = false;
	q->start = q->len = 0;
}
