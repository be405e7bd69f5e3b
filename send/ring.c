/*
 * A destination stands in the ring of those that can be given a job at once,
 * of those that need a first worker (slow ones in another), of those that
 * could use one more, or in none. Each ring is gone round, so that all take
 * turns.
 */
#include "send/ring.h"

static void
ring_enter(struct schedule *s, struct dest *d, enum ring r)
{
	struct dest **head = &s->of[d->kind].ring[r];

	if (d->ring[r].in)
		return;
	d->ring[r].in = true;
	if (*head == NULL) {
		d->ring[r].prev = d->ring[r].next = d;
		*head = d;
		return;
	}
	d->ring[r].next = *head;
	d->ring[r].prev = (*head)->ring[r].prev;
	d->ring[r].prev->ring[r].next = d;
	(*head)->ring[r].prev = d;
}

void
schedule_ring_leave(struct schedule *s, struct dest *d, enum ring r)
{
	struct dest **head = &s->of[d->kind].ring[r];

	if (!d->ring[r].in)
		return;
	d->ring[r].in = false;
	if (d->ring[r].next == d) {
		*head = NULL;
		return;
	}
	d->ring[r].prev->ring[r].next = d->ring[r].next;
	d->ring[r].next->ring[r].prev = d->ring[r].prev;
	if (*head == d)
		*head = d->ring[r].next;
}

static void
ring_set(struct schedule *s, struct dest *d, enum ring r, bool in)
{
	if (in)
		ring_enter(s, d, r);
	else
		schedule_ring_leave(s, d, r);
}

/* One mailbox owner gets at most a quarter of all; a remote place its limit. */
static uint32_t
dest_limit(const struct schedule *s, const struct dest *d)
{
	uint32_t quarter = s->of[LOCAL].limit / 4;

	if (d->kind == REMOTE)
		return d->limit;
	return quarter > 0 ? quarter : 1;
}

static bool
can_give(const struct schedule *s, const struct dest *d)
{
	return d->ready > 0 && d->roomy != NULL &&
	    d->running < dest_limit(s, d);
}

static bool
may_spawn(const struct schedule *s, const struct dest *d)
{
	return d->ready > 0 && !d->blocked && d->roomy == NULL &&
	    d->open + d->connecting < dest_limit(s, d) &&
	    d->running < dest_limit(s, d);
}

/* One worker until it is READY; then more, as the queue justifies. */
static bool
could_use_more(const struct dest *d)
{
	if (d->kind == LOCAL || !d->reached)
		return d->connecting == 0;
	return d->open + d->connecting < 1 + d->ready / SCHEDULE_PER_WORKER;
}

void
schedule_decide(struct schedule *s, struct dest *d)
{
	bool spawn = may_spawn(s, d);
	bool none = d->open + d->connecting == 0;

	ring_set(s, d, RING_GIVE, can_give(s, d));
	ring_set(s, d, RING_FIRST, spawn && none && !d->slow);
	ring_set(s, d, RING_SLOW, spawn && none && d->slow);
	ring_set(s, d, RING_MORE, spawn && !none && could_use_more(d));
}
