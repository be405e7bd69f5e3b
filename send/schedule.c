/*
 * Destinations, jobs, and what is done next. After whatever happened to a
 * destination, schedule_decide (send/ring.c) puts it into the rings in which
 * it belongs; here the rings are gone round.
 */
#include "send/schedule.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "send/ring.h"

/* ---- set-up ---- */

static uint64_t
dest_hash(const void *item)
{
	return ((const struct dest *)item)->hash;
}

static bool
due_before(const void *a, const void *b)
{
	return ((const struct job *)a)->in.wait.due_s <
	    ((const struct job *)b)->in.wait.due_s;
}

static void
job_moved(void *item, size_t at)
{
	((struct job *)item)->in.wait.heap_at = (uint32_t)at;
}

static bool
unblocked_before(const void *a, const void *b)
{
	return ((const struct dest *)a)->blocked_ms <
	    ((const struct dest *)b)->blocked_ms;
}

static void
dest_moved(void *item, size_t at)
{
	((struct dest *)item)->heap_at = (uint32_t)at;
}

void
schedule_init(struct schedule *s, uint64_t seed)
{
	*s = (struct schedule){ .seed = seed };
	table_init(&s->dests, dest_hash);
	pool_init(&s->job_pool, sizeof(struct job));
	heap_init(&s->waiting, due_before, job_moved);
	heap_init(&s->blocked, unblocked_before, dest_moved);
}

/* ---- destinations ---- */

struct dest_key {
	enum kind kind;
	struct span identity;
};

static bool
dest_is(const void *item, const void *key)
{
	const struct dest *d = item;
	const struct dest_key *k = key;

	return d->kind == k->kind && span_eq(d->identity, k->identity);
}

static uint64_t
identity_hash(const struct schedule *s, enum kind kind, struct span identity)
{
	return table_hash(identity, s->seed + kind);
}

struct dest *
schedule_find(const struct schedule *s, enum kind kind, struct span identity)
{
	struct dest_key key = { kind, identity };

	return table_find(&s->dests, identity_hash(s, kind, identity),
	    dest_is, &key);
}

struct dest *
schedule_dest(struct schedule *s, enum kind kind, struct span identity,
    struct span key)
{
	struct dest *d = schedule_find(s, kind, identity);

	if (d != NULL)
		return d;
	d = calloc(1, sizeof *d + identity.len + key.len);
	if (d == NULL)
		return NULL;
	d->kind = kind;
	memcpy(d->bytes, identity.p, identity.len);
	memcpy(d->bytes + identity.len, key.p, key.len);
	d->identity = (struct span){ d->bytes, identity.len };
	d->key = (struct span){ d->bytes + identity.len, key.len };
	d->hash = identity_hash(s, kind, identity);
	d->limit = SCHEDULE_REMOTE_START;
	if (table_add(&s->dests, d) == -1) {
		free(d);
		return NULL;
	}
	return d;
}

void
schedule_dest_leave(struct schedule *s, struct dest *d)
{
	if (!d->left)
		table_remove(&s->dests, d);
	d->left = true;
}

void
schedule_dest_release(struct schedule *s, struct dest *d)
{
	if (d->jobs > 0 || d->workers != NULL || d->blocked)
		return;
	for (int r = 0; r < RINGS; r++)
		schedule_ring_leave(s, d, r);
	schedule_dest_leave(s, d);
	free(d);
}

/* ---- jobs ---- */

struct job *
schedule_job(struct schedule *s, struct message *msg, struct dest *d)
{
	struct job *j = pool_get(&s->job_pool);

	if (j == NULL)
		return NULL;
	j->message = msg;
	j->dest = d;
	j->next_of_message = msg->jobs;
	msg->jobs = j;
	d->newest = j;
	d->jobs++;
	return j;
}

static void
enqueue(struct schedule *s, struct job *j)
{
	struct dest *d = j->dest;

	j->in.queue.prev = d->last;
	j->in.queue.next = NULL;
	if (d->last != NULL)
		d->last->in.queue.next = j;
	else
		d->first = j;
	d->last = j;
	d->ready++;
	s->ready++;
}

static void
dequeue(struct schedule *s, struct job *j)
{
	struct dest *d = j->dest;

	if (j->in.queue.prev != NULL)
		j->in.queue.prev->in.queue.next = j->in.queue.next;
	else
		d->first = j->in.queue.next;
	if (j->in.queue.next != NULL)
		j->in.queue.next->in.queue.prev = j->in.queue.prev;
	else
		d->last = j->in.queue.prev;
	d->ready--;
	s->ready--;
}

void
schedule_park(struct schedule *s, struct job *j)
{
	if (j->state == JOB_WAITING)
		heap_remove(&s->waiting, j->in.wait.heap_at);
	if (j->state == JOB_READY) {
		dequeue(s, j);
		schedule_decide(s, j->dest);
	}
	j->state = JOB_PARKED;
}

void
schedule_make_ready(struct schedule *s, struct job *j)
{
	if (j->state == JOB_READY)
		return;
	schedule_park(s, j);
	enqueue(s, j);
	j->state = JOB_READY;
	schedule_decide(s, j->dest);
}

void
schedule_wait(struct schedule *s, struct job *j, uint32_t due_s)
{
	schedule_park(s, j);
	j->in.wait.due_s = due_s;
	if (heap_add(&s->waiting, j) == 0)
		j->state = JOB_WAITING;
	else
		schedule_make_ready(s, j);
}

void
schedule_rotate(struct schedule *s, struct job *j)
{
	if (j->state != JOB_READY || j->dest->last == j)
		return;
	dequeue(s, j);
	enqueue(s, j);
}

void
schedule_job_end(struct schedule *s, struct job *j)
{
	struct job **at = &j->message->jobs;
	struct dest *d = j->dest;

	schedule_park(s, j);
	while (*at != j)
		at = &(*at)->next_of_message;
	*at = j->next_of_message;
	if (d->newest == j)
		d->newest = NULL;
	pool_put(&s->job_pool, j);
	d->jobs--;
	schedule_dest_release(s, d);
}

static uint32_t
square_root(uint32_t n)
{
	uint32_t root = 0;

	for (uint32_t bit = 1U << 15; bit > 0; bit >>= 1)
		if ((uint64_t)(root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

uint32_t
schedule_age(uint32_t birth_s, uint32_t now_s)
{
	return now_s > birth_s ? now_s - birth_s : 0;
}

uint32_t
schedule_retry(uint32_t birth_s, uint32_t now_s, enum kind kind)
{
	uint64_t root = square_root(schedule_age(birth_s, now_s)) +
	    (kind == REMOTE ? 20 : 10);

	if (root * root > UINT32_MAX - birth_s)
		return UINT32_MAX;
	return birth_s + (uint32_t)(root * root);
}

bool
schedule_expired(const struct schedule *s, uint32_t birth_s, uint32_t now_s)
{
	return schedule_age(birth_s, now_s) > s->lifetime_s;
}

/* ---- what is learnt about destinations ---- */

static void
unblock(struct schedule *s, struct dest *d)
{
	if (!d->blocked)
		return;
	d->blocked = false;
	heap_remove(&s->blocked, d->heap_at);
	schedule_decide(s, d);
}

void
schedule_good(struct schedule *s, struct dest *d)
{
	if (d->kind != REMOTE || d->limit >= s->of[REMOTE].limit)
		return;
	if (++d->good >= d->limit) {
		d->good = 0;
		d->limit++;
		schedule_decide(s, d);
	}
}

void
schedule_slower(struct schedule *s, struct dest *d, int64_t now_ms)
{
	d->good = 0;
	if (d->limit > 1 && (d->slower_ms == 0 ||
	    now_ms - d->slower_ms >= SCHEDULE_SLOWER_MS)) {
		d->limit /= 2;
		d->slower_ms = now_ms;
	}
	schedule_decide(s, d);
}

uint32_t
schedule_backoff(uint32_t failures, uint32_t first_s, uint32_t max_s)
{
	uint32_t interval = first_s;

	for (uint32_t i = 1; i < failures && interval < max_s; i++)
		interval *= 2;
	return interval < max_s ? interval : max_s;
}

static int64_t
probe_interval_ms(const struct dest *d)
{
	uint32_t interval = d->kind == REMOTE ?
	    schedule_backoff(d->failures, SCHEDULE_REMOTE_PROBE_S,
	    SCHEDULE_REMOTE_PROBE_MAX_S) :
	    schedule_backoff(d->failures, SCHEDULE_LOCAL_PROBE_S,
	    SCHEDULE_LOCAL_PROBE_MAX_S);

	return (int64_t)interval * 1000;
}

static void
block(struct schedule *s, struct dest *d, int64_t until_ms)
{
	unblock(s, d);
	d->blocked_ms = until_ms;
	d->blocked = heap_add(&s->blocked, d) == 0;
	schedule_decide(s, d);
}

void
schedule_pause(struct schedule *s, struct dest *d, int64_t now_ms)
{
	block(s, d, now_ms + SCHEDULE_SLOWER_MS);
}

void
schedule_dead(struct schedule *s, struct dest *d, int64_t now_ms)
{
	if (d->failures < UINT32_MAX)
		d->failures++;
	d->limit = SCHEDULE_REMOTE_START;
	d->good = 0;
	d->reached = false;
	block(s, d, now_ms + probe_interval_ms(d));
}

void
schedule_revive(struct schedule *s, struct dest *d)
{
	d->failures = 0;
	unblock(s, d);
}

void
schedule_revive_all(struct schedule *s)
{
	struct dest *d;

	while ((d = heap_first(&s->blocked)) != NULL) {
		schedule_revive(s, d);
		schedule_dest_release(s, d);
	}
}

/* ---- decisions ---- */

static bool
next_give(struct schedule *s, struct lane *lane, struct action *a)
{
	struct dest *d = lane->ring[RING_GIVE];

	if (d == NULL || lane->running >= lane->limit || s->draining)
		return false;
	lane->ring[RING_GIVE] = d->ring[RING_GIVE].next;
	*a = (struct action){ ACT_GIVE, d, d->first, d->roomy };
	return true;
}

static bool
close_oldest(const struct lane *lane, struct action *a)
{
	if (lane->idle_first == NULL)
		return false;
	*a = (struct action){ .act = ACT_CLOSE, .worker = lane->idle_first };
	return true;
}

static uint32_t
connecting_max(const struct lane *lane)
{
	return lane->workers_max < SCHEDULE_CONNECTING_MAX ?
	    lane->workers_max : SCHEDULE_CONNECTING_MAX;
}

/*
 * Whose turn it is to connect. Slow destinations and those of which nothing bad
 * is known take turns, as far as the slow ones' share of the room goes: what
 * has been made free for the others must not all go to them.
 */
static enum ring
ring_to_connect(const struct lane *lane)
{
	bool others = lane->ring[RING_FIRST] != NULL;

	if (lane->ring[RING_SLOW] != NULL && !(others && lane->slow_had_turn) &&
	    (uint64_t)lane->slow * 100 <
	    (uint64_t)connecting_max(lane) * SCHEDULE_SLOW_PERCENT)
		return RING_SLOW;
	return others ? RING_FIRST : RING_MORE;
}

/*
 * A first worker may connect while all deliveries that are allowed run: its
 * destination takes its turn when it is there. One more needs idle capacity.
 */
static bool
next_spawn(struct schedule *s, struct lane *lane, struct action *a)
{
	bool idle = lane->running < lane->limit;
	enum ring r = ring_to_connect(lane);
	struct dest *d = lane->ring[r];

	if (d == NULL || (r == RING_MORE && !idle) || lane->limit == 0 ||
	    s->draining || lane->paused ||
	    lane->connecting >= SCHEDULE_CONNECTING_MAX)
		return false;
	if (lane->workers >= lane->workers_max)
		return close_oldest(lane, a);
	lane->ring[r] = d->ring[r].next;
	lane->slow_had_turn = r == RING_SLOW;
	*a = (struct action){ .act = ACT_SPAWN, .dest = d };
	return true;
}

static bool
next_close(struct schedule *s, struct lane *lane, struct action *a)
{
	if (lane->idle <= SCHEDULE_IDLE_MAX && !s->draining)
		return false;
	return close_oldest(lane, a);
}

struct action
schedule_next(struct schedule *s)
{
	struct action a = { .act = ACT_NOTHING };

	for (int k = 0; k < KINDS; k++)
		if (next_give(s, &s->of[k], &a) ||
		    next_spawn(s, &s->of[k], &a) ||
		    next_close(s, &s->of[k], &a))
			return a;
	return a;
}

bool
schedule_tick(struct schedule *s, int64_t now_ms, uint32_t now_s,
    unsigned max)
{
	struct dest *d;
	struct job *j;

	while ((d = heap_first(&s->blocked)) != NULL &&
	    d->blocked_ms <= now_ms) {
		unblock(s, d);
		schedule_dest_release(s, d);
	}
	while ((j = heap_first(&s->waiting)) != NULL &&
	    j->in.wait.due_s <= now_s) {
		if (max-- == 0)
			return true;
		schedule_make_ready(s, j);
	}
	return false;
}

unsigned
schedule_kept_out(const struct schedule *s, enum kind kind)
{
	const struct lane *lane = &s->of[kind];
	const struct dest *first = lane->ring[RING_FIRST], *d = first;
	bool full = lane->connecting >= SCHEDULE_CONNECTING_MAX ||
	    (lane->workers >= lane->workers_max && lane->idle_first == NULL);
	unsigned n = 0;

	if (!full || d == NULL || lane->limit == 0 || s->draining)
		return 0;
	do {
		d = d->ring[RING_FIRST].next;
	} while (++n < SCHEDULE_CONNECTING_MAX && d != first);
	return n;
}

bool
schedule_gives_way(const struct worker *w, int64_t now_ms)
{
	return w->state == WORKER_CONNECTING && !w->slow &&
	    now_ms - w->since_ms >= SCHEDULE_LATE_MS;
}

struct worker *
schedule_stale(const struct schedule *s, int64_t now_ms)
{
	static const int64_t allowed[KINDS] = {
		SCHEDULE_LOCAL_IDLE_MS, SCHEDULE_REMOTE_IDLE_MS
	};

	for (int k = 0; k < KINDS; k++) {
		struct worker *w = s->of[k].idle_first;

		if (w != NULL && now_ms - w->since_ms >= allowed[k])
			return w;
	}
	return NULL;
}

int
schedule_left_ms(const struct schedule *s, int64_t now_ms, uint64_t wall_us)
{
	const struct dest *d = heap_first(&s->blocked);
	const struct job *j = heap_first(&s->waiting);
	int64_t left = INT64_MAX;

	if (d != NULL)
		left = d->blocked_ms - now_ms;
	if (j != NULL) {
		int64_t due = (int64_t)j->in.wait.due_s * 1000 -
		    (int64_t)(wall_us / 1000);

		left = due < left ? due : left;
	}
	if (left == INT64_MAX)
		return -1;
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

void
schedule_limits_changed(struct schedule *s)
{
	struct dest *d;
	size_t at = 0;

	while ((d = table_next(&s->dests, &at)) != NULL) {
		if (d->limit > s->of[REMOTE].limit && s->of[REMOTE].limit > 0)
			d->limit = s->of[REMOTE].limit;
		for (struct worker *w = d->workers; w != NULL; w = w->next)
			schedule_place(s, w);
		schedule_decide(s, d);
	}
}
