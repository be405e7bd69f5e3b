/*
 * Asking the helper. Answers come in the order of the questions, so what was
 * asked is a queue; what its socket does not take yet waits in two others.
 * Notices are slow, and thousands may wait: they take no descriptors before
 * their turn comes, and few are with the helper at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "send/flusher.h"
#include "send/report.h"
#include "send/send.h"

enum { TELLING_MAX = 4 };	/* what is to be flushed waits for these */

struct asked {
	struct asked *next;
	enum ask what;
	uint64_t id;
	int fds[2];
	uint32_t *indexes;
	uint32_t count;
	size_t len;
	char bytes[];		/* a struct flusher_ask and what follows */
};

static void
append(struct asks *to, struct asked *a)
{
	a->next = NULL;
	if (to->first == NULL)
		to->first = a;
	else
		to->last->next = a;
	to->last = a;
}

static struct asked *
take(struct asks *from)
{
	struct asked *a = from->first;

	from->first = a->next;
	return a;
}

static void
close_fds(struct asked *a)
{
	for (int i = 0; i < 2; i++) {
		if (a->fds[i] != -1)
			close(a->fds[i]);
		a->fds[i] = -1;
	}
}

/* A notice that lacks its files is answered with a failure. */
static void
open_for_notice(struct send *s, struct asked *a)
{
	const struct message *msg = messages_find(&s->messages, a->id);
	char name[QUEUE_ID_LEN + 1];

	if (msg == NULL || a->fds[0] != -1)
		return;
	message_name(msg, name);
	a->fds[0] = openat(message_dir(s, msg), name, O_RDONLY | QUEUE_FILE);
	a->fds[1] = openat(s->report_dir, name, O_RDONLY | QUEUE_FILE);
	if (a->fds[0] == -1 || (a->fds[1] == -1 && errno != ENOENT)) {
		log_trouble(&s->log, "trouble injecting bounce message for",
		    a->id, errno);
		close_fds(a);
	}
}

/* What is to be flushed goes first: it is quick, and holds a descriptor. */
static struct asks *
next_asks(struct send *s)
{
	if (s->flushes.first != NULL)
		return &s->flushes;
	return s->tells.first != NULL && s->telling < TELLING_MAX ?
	    &s->tells : NULL;
}

/* Sends what waits, as far as the socket takes it. */
static void
push(struct send *s)
{
	struct asks *from;

	while ((from = next_asks(s)) != NULL) {
		struct asked *a = from->first;
		struct buf b = { .p = a->bytes, .len = a->len,
		    .room = a->len, .max = a->len };
		size_t nfds;

		if (a->what == ASK_TELL)
			open_for_notice(s, a);
		nfds = a->fds[0] == -1 ? 0 : a->fds[1] == -1 ? 1 : 2;
		if (fdpass_send(s->helper.fd, &b, a->fds, nfds) == -1) {
			(void)poller_change(&s->poller, s->helper.fd,
			    POLLER_IN | POLLER_OUT, &s->helper);
			return;
		}
		close_fds(a);
		s->telling += a->what == ASK_TELL;
		append(&s->asked, take(from));
	}
}

bool
helper_busy(const struct send *s)
{
	return s->asked.first != NULL || s->flushes.first != NULL ||
	    s->tells.first != NULL;
}

static struct asked *
asked_new(enum ask what, uint64_t id, const struct flusher_ask *ask,
    size_t more)
{
	struct asked *a = calloc(1, sizeof *a + sizeof *ask + more);

	if (a == NULL)
		return NULL;
	a->what = what;
	a->id = id;
	a->fds[0] = a->fds[1] = -1;
	a->len = sizeof *ask + more;
	memcpy(a->bytes, ask, sizeof *ask);
	return a;
}

static void
enqueue(struct send *s, struct asks *to, struct asked *a)
{
	bool waiting = to->first != NULL;

	append(to, a);
	if (!waiting)
		push(s);
}

int
helper_flush(struct send *s, enum ask what, uint64_t id, int fd,
    unsigned dirs, uint32_t *indexes, uint32_t count)
{
	const struct flusher_ask ask = {
		.op = FLUSHER_FLUSH, .id = id, .dirs = dirs };
	struct asked *a = asked_new(what, id, &ask, 0);

	if (a == NULL)
		return -1;
	a->fds[0] = fd;
	a->indexes = indexes;
	a->count = count;
	enqueue(s, &s->flushes, a);
	return 0;
}

static void
add_name(struct asked *a, size_t *at, struct span name)
{
	if (name.len > 0)
		memcpy(a->bytes + *at, name.p, name.len);
	*at += name.len;
}

int
helper_tell(struct send *s, struct message *msg)
{
	struct settings *set = &s->settings;
	struct span names[] = {
		buf_peek(&set->bouncefrom), buf_peek(&set->bouncehost),
		buf_peek(&set->doublebounceto),
		buf_peek(&set->doublebouncehost), buf_peek(&set->me),
	};
	struct flusher_ask ask = {
		.op = FLUSHER_TELL, .id = msg->id, .now_s = s->now_s,
		.bounce_max = set->bounce_max, .lifetime_s = set->lifetime_s,
		.from_len = (uint32_t)names[0].len,
		.host_len = (uint32_t)names[1].len,
		.to_len = (uint32_t)names[2].len,
		.to_host_len = (uint32_t)names[3].len,
		.me_len = (uint32_t)names[4].len,
		.report_at = msg->rare != NULL ? msg->rare->report_at : 0,
	};
	size_t more = 0, at = sizeof ask;
	struct asked *a;

	for (int i = 0; i < 5; i++)
		more += names[i].len;
	a = asked_new(ASK_TELL, msg->id, &ask, more);
	if (a == NULL)
		return -1;
	for (int i = 0; i < 5; i++)
		add_name(a, &at, names[i]);
	enqueue(s, &s->tells, a);
	return 0;
}

/* ---- answers ---- */

static void
moved(struct send *s, struct message *msg, int err)
{
	char name[QUEUE_ID_LEN + 1];

	if (!(msg->flags & MESSAGE_MOVING))
		return;
	if (err != 0) {
		log_trouble(&s->log, "trouble fsyncing cur/ for", msg->id, err);
		return;		/* in both places: as good as in new/ */
	}
	message_name(msg, name);
	if (unlinkat(s->new_dir, name, 0) == -1 && errno != ENOENT)
		log_trouble(&s->log, "unable to unlink new/", msg->id, errno);
	msg->flags &= (uint16_t)~MESSAGE_MOVING;
}

static void
flushed_report(struct send *s, struct message *msg, const struct asked *a,
    int err)
{
	if (msg->rare != NULL && msg->rare->unflushed > 0)
		msg->rare->unflushed--;
	if (err != 0)
		log_trouble(&s->log, "trouble fsyncing report/", msg->id, err);
	else
		report_flushed(s, msg, a->indexes, a->count);
	message_settle(s, msg);
}

static void
act(struct send *s, const struct asked *a, const struct flusher_answer *f)
{
	struct message *msg = messages_find(&s->messages, a->id);

	if (a->what == ASK_ORDER) {
		control_answer_order(s, a->id, f->err);
		return;
	}
	if (msg == NULL)
		return;
	switch (a->what) {
	case ASK_MOVED:
		moved(s, msg, f->err);
		break;
	case ASK_REPORT:
		flushed_report(s, msg, a, f->err);
		break;
	case ASK_REPORTED:
		report_marked(s, msg, f->err);
		break;
	case ASK_TELL:
		report_told(s, msg, f);
		break;
	default:
		if (f->err != 0)
			log_trouble(&s->log, "trouble fsyncing", a->id,
			    f->err);
	}
}

/* false: there is no helper any more. */
static bool
take_answers(struct send *s)
{
	struct flusher_answer f;

	while (s->asked.first != NULL) {
		struct asked *a;
		ssize_t n = recv(s->helper.fd, &f, sizeof f, MSG_DONTWAIT);

		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n != sizeof f)
			return false;
		a = take(&s->asked);
		s->telling -= a->what == ASK_TELL;
		act(s, a, &f);
		free(a->indexes);
		free(a);
	}
	return true;
}

static void
helper_ready(struct send *s, struct source *self, unsigned ready)
{
	if (ready & POLLER_OUT)
		(void)poller_change(&s->poller, self->fd, POLLER_IN, self);
	if (take_answers(s) && (s->asked.first != NULL ||
	    !(ready & POLLER_HUP))) {
		push(s);
		return;
	}
	source_remove(s, self);
	send_companion_lost(s, "the helper");
}

int
helper_start(struct send *s)
{
	int sv[2];
	pid_t pid;

	if (fdpass_pair(sv) == -1)
		return -1;
	pid = fork();
	if (pid == -1)
		return -1;
	if (pid == 0) {
		close(sv[0]);
		flusher_life(s, sv[1]);
		_exit(0);
	}
	s->helper_pid = pid;
	close(sv[1]);
	if (fcntl(sv[0], F_SETFL, O_NONBLOCK) == -1)
		return -1;
	return source_add(s, &s->helper, sv[0], helper_ready);
}
