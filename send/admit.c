/*
 * A file becomes a message, its recipients become jobs. Recipients are routed
 * in slices, in the order of the envelope: a slice whose owners are all known
 * is handed to jobs; otherwise its questions are asked, and it is looked at
 * again when all have been answered. Routing anew (after SIGHUP, or when a
 * round has left recipients over) is the same walk over what is still pending.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mail/verp.h"
#include "lib/wire/work.h"
#include "send/send.h"

enum {
	SLICE = 256,			/* recipients at a time */
	BIRTH_MIN_S = 1735689600,	/* no mail of ours is older: 2025 */
	LATE_MS = 10000,		/* trouble of the system: wait so long */
	SOON_MS = 200,			/* too many questions on the way */
};

/* Where mail goes that has no owner: no worker, each its own reason. */
static const struct span refusal = { "!", 1 };

static struct owner too_long = {
	.state = OWNER_REFUSED,
	.code = { "5.1.3", 5 },
	.text = { "Address too long. (#5.1.3)\n", 27 },
};

bool
admit_refuses(const struct dest *d)
{
	return d->kind == LOCAL && span_eq(d->identity, refusal);
}

/* ---- where a recipient goes ---- */

static enum where
owned_where(struct send *s, const struct route *route, int64_t since_ms,
    struct owner **owner)
{
	struct owner *w = owners_look(&s->owners, route->key, since_ms,
	    s->now_ms);

	*owner = w;
	if (w == NULL)
		return TO_TROUBLE;
	if (!owner_told(w, since_ms, s->now_ms))
		return TO_ASK;
	return w->state == OWNER_KNOWN ? TO_OWNER : TO_REFUSAL;
}

/* Rewriting and VERP can make addresses that no worker takes. */
static bool
fits_worker(const struct send *s, struct span address,
    const struct route *route)
{
	struct span sender = s->file.sender.address;

	return route->address.len <= WORK_ADDRESS_MAX &&
	    (!verp_asked(sender) ||
	    sender.len + address.len <= WORK_ADDRESS_MAX);
}

enum where
admit_where(struct send *s, const struct message *msg, struct span address,
    int64_t since_ms, struct route *route, struct owner **owner)
{
	*owner = NULL;
	if (route_recipient(&s->routes, address, &s->room, route) == -1)
		return TO_TROUBLE;
	if (msg->flags & MESSAGE_CONDEMNED)
		return TO_REFUSAL;
	if (!fits_worker(s, address, route)) {
		*owner = &too_long;
		return TO_REFUSAL;
	}
	if (route->kind == REMOTE)
		return TO_REMOTE;
	return owned_where(s, route, since_ms, owner);
}

bool
admit_is_dest(const struct dest *d, enum where where,
    const struct route *route, const struct owner *owner)
{
	switch (where) {
	case TO_REMOTE:
		return d->kind == REMOTE && span_eq(d->identity, route->key);
	case TO_OWNER:
		return d->kind == LOCAL &&
		    span_eq(d->identity, owner->identity);
	case TO_REFUSAL:
		return admit_refuses(d);
	default:
		return false;
	}
}

static struct dest *
make_dest(struct send *s, enum where where, const struct route *route,
    const struct owner *owner)
{
	switch (where) {
	case TO_REMOTE:
		return schedule_dest(&s->schedule, REMOTE, route->key,
		    route->key);
	case TO_OWNER:
		return schedule_dest(&s->schedule, LOCAL, owner->identity,
		    owner->name);
	case TO_REFUSAL:
		return schedule_dest(&s->schedule, LOCAL, refusal, refusal);
	default:
		errno = EAGAIN;		/* asked for, not answered yet */
		return NULL;
	}
}

/* ---- slices ---- */

/* Asks for what is not known. How many answers are missing; -1 with errno. */
static int
ask_slice(struct send *s, struct message *msg, int64_t since_ms)
{
	struct qfile_recipient r;
	int missing = 0;
	int found = 0;

	for (int i = 0; i < SLICE && (found = qfile_next(&s->file, &r)) == 1;
	    i++) {
		struct route route;
		struct owner *owner;
		enum where where;
		int asked;

		if ((r.state & ~QUEUE_DELAY_TOLD) != QUEUE_PENDING)
			continue;
		where = admit_where(s, msg, r.r.address, since_ms, &route,
		    &owner);
		if (where == TO_TROUBLE)
			return -1;
		if (where != TO_ASK)
			continue;
		asked = owner_wait(owner, msg->id);
		if (asked == -1)
			return -1;
		missing += asked;
	}
	return found == -1 ? -1 : missing;
}

/*
 * As long as a walk lasts, a job of its message is the newest of its
 * destination: to look for it among all of the message's would take a long list
 * of domains ages.
 */
static struct job *
find_job(struct send *s, struct message *msg, struct dest *d)
{
	struct job *j = d->newest;

	return j != NULL && j->message == msg ? j :
	    schedule_job(&s->schedule, msg, d);
}

/* Those of an earlier part of the walk: other messages came in between. */
static void
renew_jobs(struct message *msg)
{
	for (struct job *j = msg->jobs; j != NULL; j = j->next_of_message)
		j->dest->newest = j;
}

static int
hand_out(struct send *s, struct message *msg, const struct qfile_recipient *r,
    size_t at, int64_t since_ms)
{
	struct route route;
	struct owner *owner;
	enum where where = admit_where(s, msg, r->r.address, since_ms, &route,
	    &owner);
	struct dest *d = make_dest(s, where, &route, owner);
	struct job *j;

	if (d == NULL)
		return -1;
	j = find_job(s, msg, d);
	if (j == NULL) {
		schedule_dest_release(&s->schedule, d);
		return -1;
	}
	if (j->left++ == 0) {
		j->at = (uint32_t)at;
		j->index = r->index;
	}
	return 0;
}

/* Hands a slice to jobs. 1 more follow; 0 that was all; -1 with errno. */
static int
hand_out_slice(struct send *s, struct message *msg, int64_t since_ms)
{
	struct qfile_recipient r;
	int found = 1;

	for (int i = 0; i < SLICE; i++) {
		size_t at = s->file.at;

		found = qfile_next(&s->file, &r);
		if (found != 1)
			break;
		switch (r.state & ~QUEUE_DELAY_TOLD) {
		case QUEUE_PENDING:
			if (hand_out(s, msg, &r, at, since_ms) == -1)
				return -1;
			break;
		case QUEUE_FAILED:
			msg->flags |= MESSAGE_TO_TELL;
			msg->left--;
			break;
		default:
			msg->left--;
		}
	}
	return found;
}

/*
 * Trouble that is not the file's: the message is tried again soon. What has
 * been answered since it began stays good, or several long lists whose
 * questions are slow to answer would ask for ever.
 */
static void
postpone(struct send *s, struct message *msg, int64_t since_ms)
{
	if (errno != EAGAIN)
		log_trouble(&s->log, "trouble routing message", msg->id,
		    errno);
	message_late(s, msg, errno == EAGAIN ? SOON_MS : LATE_MS);
	if (msg->rare != NULL)
		msg->rare->since_ms = since_ms;
}

/* Everything is with a job: off they go. */
static void
admitted(struct send *s, struct message *msg)
{
	struct rare *rare;

	msg->flags &= (uint16_t)~MESSAGE_ADMITTING;
	if (msg->rare != NULL)
		msg->rare->since_ms = 0;
	/* Failures of an earlier life: told in time, whatever else waits. */
	if (msg->flags & MESSAGE_TO_TELL &&
	    (rare = message_rare(s, msg)) != NULL && rare->told_s == 0)
		rare->told_s = s->now_s;
	message_resume(s, msg);
	message_settle(s, msg);
}

/*
 * From (at, index) on, while everything needed is known; owners are asked as of
 * since_ms, when the walk began.
 */
static void
walk(struct send *s, struct message *msg, size_t at, uint32_t index,
    int64_t since_ms)
{
	renew_jobs(msg);
	for (;;) {
		int missing, more;
		struct rare *rare;

		qfile_seek(&s->file, at, index);
		missing = ask_slice(s, msg, since_ms);
		if (missing == -1)
			break;
		if (missing > 0) {
			rare = message_rare(s, msg);
			if (rare == NULL)
				break;
			rare->at = at;
			rare->index = index;
			rare->since_ms = since_ms;
			rare->asked = (uint32_t)missing;
			return;
		}
		qfile_seek(&s->file, at, index);
		more = hand_out_slice(s, msg, since_ms);
		if (more == -1)
			break;
		at = s->file.at;
		index = s->file.index;
		if (more == 0) {
			admitted(s, msg);
			return;
		}
	}
	if (errno == EPROTO)
		message_damaged(s, msg);
	else
		postpone(s, msg, since_ms);
}

void
admit_begin(struct send *s, struct message *msg)
{
	msg->flags &= (uint16_t)~MESSAGE_REROUTE;
	msg->flags |= MESSAGE_ADMITTING;
	msg->left = msg->recipients;
	if (message_open(s, msg) == 0)
		walk(s, msg, s->file.recipients_at, 0,
		    msg->rare != NULL && msg->rare->since_ms != 0 ?
		    msg->rare->since_ms : s->now_ms);
}

/* ---- files ---- */

static void
remember(struct send *s, struct message *msg, enum found where)
{
	const struct queue_header *h = &s->file.h;
	uint64_t birth_s = h->birth_us / 1000000;

	if (birth_s > s->now_s || birth_s < BIRTH_MIN_S) {
		birth_s = s->now_s;
		msg->flags |= MESSAGE_OLD;
	}
	msg->birth_s = (uint32_t)birth_s;
	msg->recipients = h->recipients;
	msg->uid = h->uid;
	if (where != FOUND_TRIGGER)
		msg->flags |= MESSAGE_FOUND;
	if (where == FOUND_CUR)
		msg->flags |= MESSAGE_IN_CUR;
}

static void
announce(struct send *s, const struct message *msg)
{
	const struct queue_header *h = &s->file.h;

	log_new(&s->log, msg->id);
	log_info(&s->log, msg->id, h->message_len, s->file.sender.address,
	    h->pid, h->uid);
}

/* In new/ and in cur/ is one message: cur/ it is. */
static bool
also_in_cur(struct send *s, const char *name)
{
	struct stat a, b;

	if (s->file.links < 2 || fstat(s->file.fd, &a) == -1 ||
	    fstatat(s->cur_dir, name, &b, AT_SYMLINK_NOFOLLOW) == -1 ||
	    a.st_ino != b.st_ino || a.st_dev != b.st_dev)
		return false;
	if (unlinkat(s->new_dir, name, 0) == -1)
		log_trouble(&s->log, "unable to unlink new/", 0, errno);
	return true;
}

static int
open_found(struct send *s, const char *name, enum found where)
{
	int dir = where == FOUND_CUR ? s->cur_dir : s->new_dir;

	message_close(s);
	if (qfile_open(&s->file, dir, name) == 0 &&
	    (where == FOUND_TRIGGER || qfile_verify(&s->file) == 0))
		return 0;
	if (errno == EPROTO)
		(void)arrive_set_aside(s, dir, name);
	else if (errno != ENOENT) {
		log_say(&s->log, "warning", "unable to open message",
		    span_str(name));
		s->cur_unseen |= where == FOUND_CUR;
	}
	qfile_close(&s->file);
	return -1;
}

void
admit_file(struct send *s, uint64_t id, enum found where)
{
	char name[QUEUE_ID_LEN + 1];
	struct message *msg;

	if (messages_find(&s->messages, id) != NULL)
		return;
	queue_id_write(id, name);
	if (open_found(s, name, where) == -1)
		return;
	if (where != FOUND_CUR && also_in_cur(s, name))
		where = FOUND_CUR;
	msg = messages_add(&s->messages, id);
	if (msg == NULL) {
		log_say(&s->log, "alert", "out of memory", SPAN(""));
		qfile_close(&s->file);
		s->cur_unseen |= where == FOUND_CUR;
		return;		/* found again by the next listing */
	}
	s->file_of = msg;
	remember(s, msg, where);
	announce(s, msg);
	if (where == FOUND_CUR)
		note_recall(s, msg);
	admit_begin(s, msg);
}

/* ---- answers ---- */

static void
wake(struct send *s, struct owner *w)
{
	for (size_t i = 0; i < w->waiting_count; i++) {
		struct message *msg = messages_find(&s->messages,
		    w->waiting[i]);

		if (msg == NULL || !(msg->flags & MESSAGE_ADMITTING) ||
		    msg->rare == NULL || msg->rare->asked == 0)
			continue;
		if (--msg->rare->asked > 0)
			continue;
		if (idlist_add(&s->resumed, msg->id) == -1)
			message_late(s, msg, SOON_MS);
	}
	w->waiting_count = 0;
}

void
admit_door_ready(struct send *s, struct source *self, unsigned ready)
{
	struct owner *w;
	int r = 0;

	(void)ready;
	for (int i = 0; i < 16; i++) {
		r = owners_receive(&s->owners, s->now_ms, &w);
		if (r != 1)
			break;
		if (w != NULL)
			wake(s, w);
		if (s->owners.asked == 0)
			return;
	}
	if (r == -1) {
		s->owners.sock = -1;	/* its number may be another's soon */
		source_remove(s, self);
		send_companion_lost(s, "postern-users");
	}
}

void
admit_overdue(struct send *s)
{
	struct owner *w;

	while ((w = owners_overdue(&s->owners, s->now_ms)) != NULL)
		wake(s, w);
}

bool
admit_slice(struct send *s)
{
	uint64_t id;

	for (int i = 0; i < 64; i++) {
		struct message *msg;

		if (!idlist_take(&s->resumed, &id))
			return false;
		msg = messages_find(&s->messages, id);
		if (msg == NULL || !(msg->flags & MESSAGE_ADMITTING) ||
		    msg->rare == NULL)
			continue;
		if (message_open(s, msg) == 0)
			walk(s, msg, msg->rare->at, msg->rare->index,
			    msg->rare->since_ms);
		send_work(s);
	}
	return true;
}

void
admit_all_anew(struct send *s)
{
	struct message *msg;
	size_t at = 0;

	while ((msg = table_next(&s->messages.by_id, &at)) != NULL) {
		msg->flags |= MESSAGE_REROUTE;
		if (idlist_add(&s->rerouted, msg->id) == -1)
			message_late(s, msg, SOON_MS);
	}
}

bool
admit_reroute_slice(struct send *s)
{
	uint64_t id;

	for (int i = 0; i < 64; i++) {
		struct message *msg;

		if (!idlist_take(&s->rerouted, &id))
			return false;
		msg = messages_find(&s->messages, id);
		if (msg != NULL && msg->flags & MESSAGE_REROUTE)
			message_settle(s, msg);
	}
	return true;
}
