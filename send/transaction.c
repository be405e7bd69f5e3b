/*
 * Which recipients a transaction takes: the next ones of a message that belong
 * to one destination as things are now, as many as a packet holds. Whether a
 * worker carries it or it fails without one is not decided here.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/wire/packet.h"
#include "lib/wire/work.h"
#include "send/report.h"
#include "send/send.h"

enum {
	RECIPIENT_BYTES_MAX = 4 * WORK_ADDRESS_MAX,	/* in a packet */
	PACKET_HEAD_MAX = 2 * WORK_ADDRESS_MAX,
	TROUBLE_S = 10,		/* the system's fault: try again so soon */
};

/*
 * While its sender is being told, nothing of a message may fail: report/ID
 * goes when that is over. Its job is resumed then.
 */
int
transaction_open(struct send *s, struct job *j)
{
	if (j->message->flags & MESSAGE_TELLING) {
		schedule_park(&s->schedule, j);
		return -1;
	}
	return message_open(s, j->message);
}

static struct transaction *
transaction_new(struct send *s, struct job *j, uint16_t max)
{
	struct transaction *t = calloc(1, sizeof *t + max * sizeof *t->items);

	if (t == NULL)
		return NULL;
	t->job = j;
	t->tid = ++s->last_tid;
	t->dying = schedule_expired(&s->schedule, j->message->birth_s,
	    s->now_s);
	buf_init(&t->notes, 1 << 16);
	buf_init(&t->entries, (size_t)max * REPORT_ENTRY_MAX);
	return t;
}

static void
add_item(struct send *s, struct transaction *t,
    const struct qfile_recipient *r, size_t at, struct span address)
{
	struct item *item = &t->items[t->count++];

	item->delivery = ++s->deliveries;
	item->index = r->index;
	item->at = (uint32_t)at;
	item->notify = (uint8_t)r->r.notify;
	item->state = r->state;
	log_starting(&s->log, item->delivery, t->job->message->id,
	    t->job->dest->kind, address);
}

static void
pack_recipient(struct send *s, const struct qfile_recipient *r,
    const struct route *route, const struct owner *owner)
{
	struct buf *p = &s->recipients;
	bool local = owner != NULL && owner->state == OWNER_KNOWN;

	packet_num(p, r->index);
	packet_str(p, route->address);
	packet_num(p, r->r.notify);
	packet_str(p, r->r.orcpt);
	packet_str(p, local ? owner->dash : SPAN(""));
	packet_str(p, local ? owner->ext : SPAN(""));
}

/*
 * Takes up to max recipients of the round. The round is over when none is
 * left: those that now belong elsewhere stay pending and are routed anew when
 * the message has no job any more. 0; -1 with errno.
 */
static int
collect(struct send *s, struct transaction *t, uint16_t max)
{
	struct job *j = t->job;
	struct qfile_recipient r;

	qfile_seek(&s->file, j->at, j->index);
	buf_reset(&s->recipients);
	while (t->count < max && j->left > 0 &&
	    s->recipients.len + RECIPIENT_BYTES_MAX + PACKET_HEAD_MAX <
	    PACKET_MAX) {
		struct route route;
		struct owner *owner;
		size_t at = s->file.at;
		int found = qfile_next(&s->file, &r);
		enum where where;

		if (found == -1)
			return -1;
		if (found == 0) {
			j->left = 0;
			break;
		}
		if ((r.state & ~QUEUE_DELAY_TOLD) != QUEUE_PENDING)
			continue;
		where = admit_where(s, j->message, r.r.address,
		    OWNERS_ANY_TIME, &route, &owner);
		if (!admit_is_dest(j->dest, where, &route, owner))
			continue;
		add_item(s, t, &r, at, route.address);
		pack_recipient(s, &r, &route, owner);
		j->left--;
	}
	j->at = (uint32_t)s->file.at;
	j->index = s->file.index;
	t->left = t->count;
	return 0;
}

/* A round that found nobody left to serve. */
static void
nobody(struct send *s, struct job *j)
{
	struct message *msg = j->message;

	schedule_park(&s->schedule, j);
	message_settle_job(s, j);
	message_settle(s, msg);
}

void
transaction_trouble(struct send *s, struct job *j, int err)
{
	if (err == EPROTO) {
		message_damaged(s, j->message);
		return;
	}
	log_trouble(&s->log, "trouble reading message", j->message->id, err);
	schedule_wait(&s->schedule, j, s->now_s + TROUBLE_S);
}

void
transaction_free(struct transaction *t)
{
	buf_free(&t->notes);
	buf_free(&t->entries);
	free(t->failed);
	free(t);
}

struct transaction *
transaction_begin(struct send *s, struct job *j, uint16_t max)
{
	struct transaction *t;

	if (j->left < max)
		max = (uint16_t)j->left;
	t = transaction_new(s, j, max);
	if (t == NULL || collect(s, t, max) == -1)
		transaction_trouble(s, j, errno);
	else if (t->count == 0)
		nobody(s, j);
	else
		return t;
	if (t != NULL)
		transaction_free(t);
	return NULL;
}

void
transaction_runs(struct send *s, struct transaction *t)
{
	struct job *j = t->job;

	j->running++;
	j->message->running++;
	j->message->tried_s = s->now_s;
	if (j->left == 0)
		schedule_park(&s->schedule, j);
	else
		schedule_rotate(&s->schedule, j);
}
