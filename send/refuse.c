/*
 * Recipients that fail without a worker: their destination cannot be reached,
 * or it is the one that refuses. Their results are booked like any others.
 */
#include "lib/wire/work.h"
#include "send/report.h"
#include "send/send.h"

enum { REFUSED_AT_ONCE = 100 };	/* transactions with one refusal */

static void
refuse(struct send *s, struct transaction *t, const struct result *r)
{
	transaction_runs(s, t);
	for (uint16_t i = 0; i < t->count; i++)
		(void)book_result(s, t, i, r);
	book_end(s, t);
}

/* The next recipients of j. */
static void
refuse_next(struct send *s, struct job *j, const struct result *r)
{
	struct transaction *t;

	if (transaction_open(s, j) == -1)
		return;
	t = transaction_begin(s, j, WORK_RECIPIENTS_MAX);
	if (t != NULL)
		refuse(s, t, r);
}

/* ---- a destination that nobody reaches ---- */

static bool
is_expired(const struct send *s, const struct message *msg)
{
	return schedule_expired(&s->schedule, msg->birth_s, s->now_s);
}

/* May those who sent it want to hear that it waits here? */
static bool
is_overlong(const struct send *s, const struct job *j)
{
	uint64_t after_s = report_delay_after(s->settings.delay_warning_s);

	return j->overlong != OVERLONG_TOLD &&
	    s->now_s >= j->message->birth_s + after_s;
}

/* What the message of that id, which may be gone, has for d; NULL. */
static struct job *
job_of(const struct send *s, uint64_t id, const struct dest *d)
{
	const struct message *msg = messages_find(&s->messages, id);
	struct job *j = msg == NULL ? NULL : msg->jobs;

	while (j != NULL && j->dest != d)
		j = j->next_of_message;
	return j;
}

/*
 * All of j's recipients are refused, limit transactions of them at most: when
 * that cuts them short, the next refusal goes on there. What is not too old to
 * wait goes on waiting for its destination to come back. How many transactions
 * it took.
 */
static int
refuse_round(struct send *s, struct job *j, const struct result *r, int limit)
{
	struct dest *d = j->dest;
	uint64_t id = j->message->id;
	bool expired = is_expired(s, j->message);
	int n = 0;

	if (j->overlong == OVERLONG_UNTOLD && j->running == 0)
		message_begin_round(j);
	j->overlong = OVERLONG_TOLD_IN_PART;
	do {
		refuse_next(s, j, r);
		j = job_of(s, id, d);
	} while (++n < limit && j != NULL && j->state == JOB_READY);
	if (j != NULL && j->state == JOB_WAITING && !expired &&
	    !(j->message->flags & MESSAGE_HELD))
		schedule_make_ready(&s->schedule, j);
	return n;
}

/*
 * Jobs that were too old to wait for a destination that nobody reaches; and
 * those whose senders are told that they wait, which no try of their own does.
 * How many transactions that were.
 */
static int
refuse_overdue(struct send *s, struct dest *d, const struct result *r)
{
	struct job *next;
	int n = 0;

	for (struct job *j = d->first; j != NULL && n < REFUSED_AT_ONCE;
	    j = next) {
		next = j->in.queue.next;
		if (is_expired(s, j->message) || is_overlong(s, j))
			n += refuse_round(s, j, r, REFUSED_AT_ONCE - n);
	}
	return n;
}

void
refuse_for_now(struct send *s, struct dest *d, const struct result *r)
{
	if (refuse_overdue(s, d, r) == 0 && d->first != NULL)
		refuse_next(s, d->first, r);
}

void
refuse_for_good(struct send *s, struct dest *d, const struct result *r)
{
	for (int n = 0; n < REFUSED_AT_ONCE && d->first != NULL; n++)
		refuse_next(s, d->first, r);
}

/* ---- the destination that refuses ---- */

/* Why its first recipient is refused. */
static bool
reason(struct send *s, struct job *j, struct result *r)
{
	struct qfile_recipient q;
	struct route route;
	struct owner *owner;

	if (j->message->flags & MESSAGE_CONDEMNED) {
		*r = (struct result){ .class = 'D', .code = SPAN("5.3.0"),
		    .text = SPAN("The administrator of this system has "
		    "returned this message. (#5.3.0)\n") };
		return true;
	}
	qfile_seek(&s->file, j->at, j->index);
	do {
		if (qfile_next(&s->file, &q) != 1)
			return false;
	} while ((q.state & ~QUEUE_DELAY_TOLD) != QUEUE_PENDING ||
	    admit_where(s, j->message, q.r.address, OWNERS_ANY_TIME, &route,
	    &owner) != TO_REFUSAL);
	*r = (struct result){
		.class = owner->state == OWNER_REFUSED ? 'D' : 'Z',
		.code = owner->code, .text = owner->text };
	j->at = (uint32_t)q.r.at;
	j->index = q.index;
	return true;
}

void
refuse_first(struct send *s, struct job *j)
{
	struct transaction *t;
	struct result r;

	if (transaction_open(s, j) == -1)
		return;
	if (!reason(s, j, &r))
		j->left = 0;
	t = transaction_begin(s, j, 1);
	if (t != NULL)
		refuse(s, t, &r);
}
