/*
 * The worker's side of lib/wire/work.h. When it wants to end by itself it
 * first shuts its socket for reading: a transaction that send sends later
 * fails there, and one that came before is still done.
 */
#include "remote/worker.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"

/* ---- packets ---- */

static bool
take_recipient(struct packet *p, struct recipient *out)
{
	uint64_t index, notify;
	struct span dash, ext;

	if (packet_take_num(p, UINT32_MAX, &index) != PARSE_OK ||
	    packet_take_str(p, WORK_ADDRESS_MAX, &out->address) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX, &notify) != PARSE_OK ||
	    packet_take_str(p, PACKET_MAX, &out->orcpt) != PARSE_OK ||
	    packet_take_str(p, WORK_ADDRESS_MAX, &dash) != PARSE_OK ||
	    packet_take_str(p, WORK_ADDRESS_MAX, &ext) != PARSE_OK)
		return false;
	out->notify = (unsigned)notify;
	out->state = RCPT_WAITING;
	return true;
}

static bool
take_message(struct packet *p, struct job *j, uint64_t *count)
{
	struct message *m = &j->message;
	struct span id;
	uint64_t birth, flags;

	if (packet_take_num(p, UINT64_MAX, &j->tid) != PARSE_OK ||
	    packet_take_str(p, PACKET_MAX, &id) != PARSE_OK ||
	    packet_take_num(p, UINT64_MAX, &birth) != PARSE_OK ||
	    packet_take_num(p, INT64_MAX / 2, &m->offset) != PARSE_OK ||
	    packet_take_num(p, INT64_MAX / 2, &m->size) != PARSE_OK ||
	    packet_take_str(p, WORK_ADDRESS_MAX, &m->sender) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX, &flags) != PARSE_OK ||
	    packet_take_str(p, PACKET_MAX, &m->envid) != PARSE_OK ||
	    packet_take_num(p, WORK_RECIPIENTS_MAX, count) != PARSE_OK)
		return false;
	m->flags = (unsigned)flags;
	return *count > 0;
}

/*
 * Reads a TRANSACT packet; the message's descriptor is fd.
 * 0; -1 with errno EPROTO.
 */
static int
job_parse(struct job *j, struct span packet, int fd)
{
	struct packet p;
	uint64_t count;

	errno = EPROTO;
	if (packet_open(packet, &p) == -1 || p.type != WORK_TRANSACT ||
	    fd == -1 || !take_message(&p, j, &count))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!take_recipient(&p, &j->recipients[i]))
			return -1;
	if (!packet_at_end(&p))
		return -1;
	j->message.fd = fd;
	j->message.recipients = j->recipients;
	j->message.n = (size_t)count;
	j->message.report = job_report;
	j->message.self = j;
	return 0;
}

static int
send_packet(int sock, struct buf *b)
{
	int r = fdpass_send(sock, b, NULL, 0);

	buf_free(b);
	return r;
}

void
job_report(void *self, size_t i, const struct why *why, const char *peer,
    const char *action)
{
	struct job *job = self;
	struct buf *b = &job->packet;

	packet_start(b, why->class);
	packet_num(b, job->tid);
	packet_num(b, i);
	packet_str(b, span_str(why->code));
	packet_str(b, why_text(why));
	packet_str(b, span_str(peer));
	packet_str(b, span_str(why->class == WORK_DONE ? action : ""));
	/* when send is gone there is nobody to tell; the lifeline says so */
	(void)fdpass_send(job->sock, b, NULL, 0);
}

int
worker_say_ready(int sock, const char *peer)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_READY);
	packet_str(&b, span_str(peer));
	return send_packet(sock, &b);
}

int
worker_say_unready(int sock, const struct why *why, const char *peer)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_UNREADY);
	packet_str(&b, (struct span){ &why->class, 1 });
	packet_str(&b, span_str(why->code));
	packet_str(&b, why_text(why));
	packet_str(&b, span_str(peer));
	return send_packet(sock, &b);
}

/* ---- the loop ---- */

/* One transaction. 1 done; 0 end; -1 with errno. */
static int
serve_one(const struct worker *w, int sock)
{
	static char room[PACKET_MAX];
	static struct job job = { .packet = { .max = PACKET_MAX } };
	struct span packet;
	int fd, r;

	r = fdpass_recv(sock, room, sizeof room, &packet, &fd, 1);
	if (r != 1)
		return r;
	job.sock = sock;
	if (job_parse(&job, packet, fd) == -1) {
		if (fd != -1)
			close(fd);
		errno = EPROTO;
		return -1;
	}
	r = w->send(w->self, &job);
	close(fd);
	return r == -1 ? 0 : 1;
}

/*
 * Waits for the next packet: 1 it is there, or the end of the socket is;
 * 0 the idle time is over; -1 with errno.
 */
static int
await(const struct worker *w, int sock)
{
	struct deadline d = deadline_in_ms(w->idle_ms);

	for (;;) {
		struct pollfd pfd[2] = {
			{ .fd = sock, .events = POLLIN },
			{ .fd = w->watch(w->self), .events = POLLIN },
		};
		int n = poll(pfd, 2, deadline_left_ms(d));

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0 && pfd[0].revents != 0)
			return 1;
		if (n > 0 && pfd[1].revents != 0)
			w->talks(w->self);
		if (deadline_passed(d))
			return 0;
	}
}

int
worker_serve(const struct worker *w, int sock)
{
	int r;

	while ((r = await(w, sock)) == 1)
		if ((r = serve_one(w, sock)) != 1)
			return r;
	if (r == -1 || shutdown(sock, SHUT_RD) == -1)
		return -1;
	/* what came in the meantime is still ours */
	while ((r = serve_one(w, sock)) == 1)
		continue;
	return r;
}
