/*
 * Orders of administrators, and of users about their own messages: one packet
 * in, one out. Who asks is known by the kernel's word alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/fdpass.h"
#include "lib/wire/order.h"
#include "lib/wire/packet.h"
#include "send/send.h"

enum {
	CONNS_MAX = 64,		/* of masters; and as many of others */
	USER_CONNS_MAX = 8,	/* of one user who is no master */
	IDLE_MS = 10 * 1000,	/* without an order */
	REQUEST_MAX = 2048,
	USER_RETRY_MS = 5 * 60 * 1000,	/* between two of all, by users */
	OWN_AT_ONCE = 200,	/* messages in an answer to OWN */
	OWN_LOOK_AT = 20000,	/* that are looked at for it */
};

struct conn {
	struct source source;	/* first */
	struct conn *prev, *next;
	uint64_t tag;
	int64_t heard_ms;
	unsigned uid, gid;
	bool waiting;		/* for a flush */
};

static void
hang_up(struct send *s, struct conn *c)
{
	source_remove(s, &c->source);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	free(c);
}

/* A client that does not take its answer gets none. */
static void
answer(struct send *s, struct conn *c, char type, const char *text)
{
	packet_start(&s->packet, type);
	packet_str(&s->packet, span_head(span_str(text), ORDER_TEXT_MAX));
	(void)fdpass_send(c->source.fd, &s->packet, NULL, 0);
}

static bool
is_master(const struct conn *c)
{
	return c->uid == 0 || c->uid == geteuid() || c->gid == getegid();
}

/* ---- status ---- */

static void
describe_lane(struct buf *to, const char *name, const struct lane *l)
{
	buf_fmt(to, "%s %u/%u workers %u connecting %u idle %u\n", name,
	    (unsigned)l->running, (unsigned)l->limit, (unsigned)l->workers,
	    (unsigned)l->connecting, (unsigned)l->idle);
}

/* For anybody, as often as he likes: nothing is counted here. */
static void
status(struct send *s, struct conn *c)
{
	struct buf text;

	buf_init(&text, ORDER_TEXT_MAX);
	buf_fmt(&text, "messages %zu\n", s->messages.by_id.count);
	buf_fmt(&text, "ready %zu\n", s->schedule.ready);
	buf_fmt(&text, "waiting %zu\n", s->schedule.waiting.count);
	buf_fmt(&text, "destinations %zu blocked %zu\n",
	    s->schedule.dests.count, s->schedule.blocked.count);
	describe_lane(&text, "local", &s->schedule.of[LOCAL]);
	describe_lane(&text, "remote", &s->schedule.of[REMOTE]);
	if (s->schedule.draining)
		buf_str(&text, "exitasap\n");
	answer(s, c, ORDER_DONE, buf_cstr(&text));
	buf_free(&text);
}

/* ---- orders about a message ---- */

static void
retry_one(struct send *s, struct message *msg)
{
	if (!(msg->flags & MESSAGE_HELD))
		for (struct job *j = msg->jobs; j != NULL;
		    j = j->next_of_message)
			schedule_revive(&s->schedule, j->dest);
	send_retry(s, msg);
}

static void
hold(struct send *s, struct message *msg)
{
	msg->flags |= MESSAGE_HELD;
	for (struct job *j = msg->jobs; j != NULL; j = j->next_of_message)
		schedule_park(&s->schedule, j);
}

static void
release(struct send *s, struct message *msg)
{
	msg->flags &= (uint16_t)~MESSAGE_HELD;
	message_resume(s, msg);
	message_settle(s, msg);
}

/* A hold must outlive us: noted on the disk before it is confirmed. */
static void
noted_order(struct send *s, struct conn *c, struct message *msg,
    const char *word)
{
	struct buf line;
	int fd = -1;

	buf_init(&line, 128);
	/* a line that a full disk cut off ends here at the latest */
	buf_fmt(&line, "\n%s %u %u\n", word, (unsigned)s->now_s, c->uid);
	if (note_move(s, msg) == 0)
		fd = note_append(s, msg, buf_peek(&line), NOTE_ORDERS_MAX);
	buf_free(&line);
	if (fd == -1 || helper_flush(s, ASK_ORDER, c->tag, fd, HELPER_CUR,
	    NULL, 0) == -1) {
		if (fd != -1)
			close(fd);
		answer(s, c, ORDER_LATER, "cannot write beside the message");
		return;
	}
	c->waiting = true;
}

void
control_answer_order(struct send *s, uint64_t tag, int err)
{
	for (struct conn *c = s->conns; c != NULL; c = c->next) {
		if (c->tag != tag || !c->waiting)
			continue;
		c->waiting = false;
		if (err == 0)
			answer(s, c, ORDER_DONE, "done");
		else
			answer(s, c, ORDER_LATER, strerror(err));
	}
}

static void
condemn(struct send *s, struct message *msg)
{
	msg->flags |= MESSAGE_CONDEMNED | MESSAGE_REROUTE;
	msg->flags &= (uint16_t)~MESSAGE_HELD;
	msg->tried_s = 0;
	message_settle(s, msg);
}

/* Files opened for the asker alone: he shares no offset with anybody. */
static void
show(struct send *s, struct conn *c, const struct message *msg)
{
	bool in_cur = msg->flags & MESSAGE_IN_CUR;
	char name[QUEUE_ID_LEN + 1];
	int fds[2];

	message_name(msg, name);
	fds[0] = openat(in_cur ? s->cur_dir : s->new_dir, name,
	    O_RDONLY | QUEUE_FILE);
	if (fds[0] == -1) {
		answer(s, c, ORDER_LATER, strerror(errno));
		return;
	}
	fds[1] = msg->flags & MESSAGE_NOTED ? note_open(s, msg) : -1;
	packet_start(&s->packet, ORDER_DONE);
	packet_str(&s->packet, in_cur ? SPAN("cur") : SPAN("new"));
	(void)fdpass_send(c->source.fd, &s->packet, fds,
	    fds[1] == -1 ? 1 : 2);
	close(fds[0]);
	if (fds[1] != -1)
		close(fds[1]);
}

static void
about_message(struct send *s, struct conn *c, char what,
    struct message *msg)
{
	switch (what) {
	case ORDER_RETRY:
		retry_one(s, msg);
		break;
	case ORDER_HOLD:
		hold(s, msg);
		noted_order(s, c, msg, "hold");
		return;
	case ORDER_RELEASE:
		release(s, msg);
		if (msg->flags & MESSAGE_NOTED) {
			noted_order(s, c, msg, "release");
			return;
		}
		break;
	case ORDER_DELETE:
		msg->flags |= MESSAGE_DOOMED;
		message_settle(s, msg);
		break;
	case ORDER_BOUNCE:
		condemn(s, msg);
		break;
	case ORDER_SHOW:
		show(s, c, msg);
		return;
	}
	answer(s, c, ORDER_DONE, "done");
}

/*
 * The user who speaks with the network injects for everybody. Where nobody can
 * say who that is, anybody may be.
 */
static bool
may_be_smtpd(const struct send *s, const struct conn *c)
{
	struct stat st;

	return fstatat(s->new_dir, "../network", &st,
	    AT_SYMLINK_NOFOLLOW) == -1 || st.st_uid == c->uid;
}

/* Did the asker inject it? */
static bool
is_owner(const struct send *s, const struct conn *c, const struct message *msg)
{
	return msg->uid == c->uid && !may_be_smtpd(s, c);
}

/* A part of what the asker injected, from a place in the table on. */
static void
list_own(struct send *s, struct conn *c, struct packet *p)
{
	char ids[OWN_AT_ONCE * (QUEUE_ID_LEN + 1) + 1];
	char text[NUM_DIGITS + 1 + sizeof ids];
	const struct message *msg = NULL;
	size_t at, len = 0;
	uint64_t place;

	if (packet_take_num(p, SIZE_MAX, &place) != PARSE_OK ||
	    may_be_smtpd(s, c)) {
		answer(s, c, ORDER_REFUSED, "not allowed");
		return;
	}
	at = (size_t)place;
	for (unsigned i = 0; i < OWN_LOOK_AT && len < sizeof ids - 1 &&
	    (msg = table_next(&s->messages.by_id, &at)) != NULL; i++) {
		if (msg->uid != c->uid)
			continue;
		message_name(msg, ids + len);
		len += QUEUE_ID_LEN;
		ids[len++] = '\n';
	}
	ids[len] = '\0';
	snprintf(text, sizeof text, "%zu\n%s", msg != NULL ? at : 0, ids);
	answer(s, c, ORDER_DONE, text);
}

/*
 * May a user have all mail tried now, as elsewhere? Not so often that its
 * back-off means nothing: the next one hears that it has been done.
 */
static bool
user_retries(struct send *s, struct conn *c)
{
	char room[NUM_DIGITS];

	if (may_be_smtpd(s, c)) {
		answer(s, c, ORDER_REFUSED,
		    "not allowed to try all messages now");
		return false;
	}
	if (s->now_ms < s->user_retry_ms) {
		answer(s, c, ORDER_DONE, "done some minutes ago");
		return false;
	}
	s->user_retry_ms = s->now_ms + USER_RETRY_MS;
	log_say(&s->log, "warning", "all mail is tried now by order of uid",
	    num_format(c->uid, room));
	return true;
}

static void
retry_all(struct send *s, struct conn *c)
{
	if (!is_master(c) && !user_retries(s, c))
		return;
	send_retry_all(s);
	answer(s, c, ORDER_DONE, "done");
}

/* After a start what is named may not have been listed yet. */
static struct message *
find_message(struct send *s, uint64_t id)
{
	admit_file(s, id, FOUND_CUR);
	admit_file(s, id, FOUND_NEW);
	return messages_find(&s->messages, id);
}

static void
message_order(struct send *s, struct conn *c, struct packet *p)
{
	struct message *msg;
	uint64_t id;

	if (packet_take_num(p, UINT64_MAX, &id) != PARSE_OK) {
		answer(s, c, ORDER_REFUSED, "no number");
		return;
	}
	if (id == 0 && p->type == ORDER_RETRY) {
		retry_all(s, c);
		return;
	}
	msg = find_message(s, id);
	if (msg == NULL)
		answer(s, c, ORDER_REFUSED, "no such message");
	else if (!is_master(c) && !is_owner(s, c, msg))
		answer(s, c, ORDER_REFUSED, "not allowed");
	else
		about_message(s, c, p->type, msg);
}

/* ---- a destination ---- */

static void
flush_dest(struct send *s, struct dest *d)
{
	struct message *msg;
	size_t at = 0;

	while ((msg = table_next(&s->messages.by_id, &at)) != NULL) {
		if (msg->flags & MESSAGE_HELD)
			continue;
		for (struct job *j = msg->jobs; j != NULL;
		    j = j->next_of_message)
			if (j->dest == d && j->state == JOB_WAITING)
				schedule_make_ready(&s->schedule, j);
	}
	schedule_revive(&s->schedule, d);
}

static void
flush(struct send *s, struct conn *c, struct packet *p)
{
	struct span name;
	bool found = false;

	if (packet_take_str(p, ORDER_DEST_MAX, &name) != PARSE_OK ||
	    !is_master(c)) {
		answer(s, c, ORDER_REFUSED, "not allowed");
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct buf key;
		struct dest *d;

		buf_init(&key, ORDER_DEST_MAX + 2);
		buf_str(&key, i == 0 ? "m:" : "r:");
		for (size_t k = 0; k < name.len; k++)
			buf_char(&key, char_lower(name.p[k]));
		d = schedule_find(&s->schedule, REMOTE, buf_peek(&key));
		buf_free(&key);
		if (d == NULL)
			continue;
		flush_dest(s, d);
		found = true;
	}
	answer(s, c, found ? ORDER_DONE : ORDER_REFUSED,
	    found ? "done" : "no mail for it");
}

/* ---- connections ---- */

static void
obey(struct send *s, struct conn *c, struct span bytes)
{
	struct packet p;

	if (packet_open(bytes, &p) == -1) {
		hang_up(s, c);
		return;
	}
	switch (p.type) {
	case ORDER_STATUS:
		status(s, c);
		break;
	case ORDER_FLUSH:
		flush(s, c, &p);
		break;
	case ORDER_OWN:
		list_own(s, c, &p);
		break;
	case ORDER_SHOW:
	case ORDER_RETRY:
	case ORDER_HOLD:
	case ORDER_RELEASE:
	case ORDER_DELETE:
	case ORDER_BOUNCE:
		message_order(s, c, &p);
		break;
	default:
		answer(s, c, ORDER_REFUSED, "unknown order");
	}
}

static void
conn_ready(struct send *s, struct source *self, unsigned ready)
{
	char room[REQUEST_MAX];
	struct conn *c = (struct conn *)self;
	struct span bytes;
	int r = fdpass_recv(self->fd, room, sizeof room, &bytes, NULL, 0);

	(void)ready;
	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	c->heard_ms = s->now_ms;
	if (r != 1 || c->waiting)	/* one at a time */
		hang_up(s, c);
	else
		obey(s, c, bytes);
}

/* Those who may do little keep nobody out who may do more. */
static bool
has_room(const struct send *s, const struct conn *c)
{
	unsigned kind = 0, user = 0;

	for (const struct conn *o = s->conns; o != NULL; o = o->next) {
		kind += is_master(o) == is_master(c);
		user += o->uid == c->uid;
	}
	return kind < CONNS_MAX && (is_master(c) || user < USER_CONNS_MAX);
}

static void
listener_ready(struct send *s, struct source *self, unsigned ready)
{
	int fd = acceptor_take(&s->acceptor, SOCK_NONBLOCK);
	struct conn *c;

	(void)self;
	(void)ready;
	if (fd == -1)
		return;
	c = calloc(1, sizeof *c);
	if (c == NULL || unix_peer(fd, &c->uid, &c->gid) == -1 ||
	    !has_room(s, c) ||
	    source_add(s, &c->source, fd, conn_ready) == -1) {
		close(fd);
		free(c);
		return;
	}
	c->tag = ++s->last_tag;
	c->heard_ms = s->now_ms;
	c->next = s->conns;
	if (s->conns != NULL)
		s->conns->prev = c;
	s->conns = c;
}

void
control_sweep(struct send *s)
{
	struct conn *next;

	for (struct conn *c = s->conns; c != NULL; c = next) {
		next = c->next;
		if (!c->waiting && s->now_ms - c->heard_ms >= IDLE_MS)
			hang_up(s, c);
	}
}

int
control_start(struct send *s, int listener)
{
	int flags = fcntl(listener, F_GETFL);

	if (flags == -1 ||
	    fcntl(listener, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	acceptor_init(&s->acceptor, listener);
	return source_add(s, &s->control, listener, listener_ready);
}

int
control_rest_ms(struct send *s)
{
	return acceptor_watch(&s->acceptor, &s->poller, &s->control);
}
