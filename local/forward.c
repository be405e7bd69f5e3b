/*
 * Forwards, by the injector, which runs postern-queue (or what stands in for
 * it). DSN requests travel on by RFC 3461 section 5.2.7: one new recipient
 * gets all of them; several get them without SUCCESS, since we say "expanded";
 * those of a list get none, since a list is the end of the way.
 */
#include "local/forward.h"

#include "lib/mail/dotqmail.h"
#include "lib/mail/dsn.h"
#include "local/lines.h"
#include "queue/injector.h"

enum { PIECE = 65536 };

static size_t
count_forwards(struct span lines)
{
	struct dotqmail_line line;
	size_t n = 0;

	while (dotqmail_next(&lines, &line))
		n += line.kind == DOTQMAIL_FORWARD;
	return n;
}

/* Without it a loop would have no end. 0; -1 with errno. */
static int
give_delivered_to(struct injector *q, const struct job *j)
{
	struct buf line;
	struct span s;
	int r;

	buf_init(&line, 2 * WORK_ADDRESS_MAX);
	line_delivered_to(&line, j);
	r = buf_get(&line, &s);
	if (r == 0)
		injector_data(q, s.p, s.len);
	buf_free(&line);
	return r;
}

static int
give_message(struct injector *q, const struct job *j)
{
	static char room[PIECE];
	uint64_t at = 0;
	ssize_t n;

	if (give_delivered_to(q, j) == -1)
		return -1;
	for (; (n = job_piece(j, at, room, PIECE)) > 0; at += (uint64_t)n)
		injector_data(q, room, (size_t)n);
	return n == -1 ? -1 : 0;
}

/* NOTIFY for the new recipients, and what to say about the old one. */
static unsigned
pass_on(const struct job *j, bool alone, bool list, const char **action)
{
	unsigned notify = j->notify;

	if (list) {
		*action = "delivered";
		return 0;
	}
	if (alone) {
		*action = "passed";
		return notify;
	}
	*action = "expanded";
	if (!(notify & DSN_NOTIFY_SUCCESS))
		return notify;
	notify &= ~(unsigned)DSN_NOTIFY_SUCCESS;
	return notify == 0 ? DSN_NOTIFY_NEVER : notify;
}

static void
give_envelope(struct injector *q, const struct job *j, struct span lines,
    const struct newsender *as, unsigned notify)
{
	struct dotqmail_line line;
	struct queue_sender sender = {
		.address = buf_peek(&as->address),
		.envid = as->is_owner ? SPAN("") : j->envid,
		.flags = queue_flags_of_work(j->flags),
	};

	injector_envelope_begin(q);
	injector_sender(q, &sender);
	while (dotqmail_next(&lines, &line)) {
		struct queue_recipient to = {
			.address = line.text, .notify = notify,
			.orcpt = as->is_owner ? SPAN("") : j->orcpt,
		};

		if (line.kind == DOTQMAIL_FORWARD)
			injector_recipient(q, &to);
	}
}

int
forward_all(const struct job *j, struct span lines, bool others,
    const struct newsender *as, unsigned *qp, const char **action,
    struct verdict *v)
{
	static struct injector q;
	struct injector_verdict said;
	bool alone = !others && count_forwards(lines) == 1;
	unsigned notify = pass_on(j, alone, as->is_owner, action);

	if (injector_spawn(&q) == -1) {
		verdict_errno(v, "4.3.0", "Unable to forward message");
		injector_close(&q);
		return -1;
	}
	if (give_message(&q, j) == -1) {
		verdict_errno(v, "4.3.0", "Unable to read message");
		injector_abort(&q);
		injector_close(&q);
		return -1;
	}
	give_envelope(&q, j, lines, as, notify);
	injector_commit(&q, &said);
	injector_close(&q);
	*qp = said.pid;
	if (said.code == 0)
		return 0;
	verdict_set(v, said.text[0] == 'D' ? WORK_NEVER : WORK_LATER,
	    said.text[0] == 'D' ? "5.3.0" : "4.3.0",
	    "Unable to forward message: %s.", said.text + 1);
	return -1;
}
