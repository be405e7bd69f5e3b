/*
 * Destinations taking turns. A destination stands in the ring of those that
 * can be given a job at once, of those that need a first worker, of those that
 * could use one more, or in none; decide() puts it where it belongs after
 * whatever happened to it.
 */
#include "send/schedule.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- rings ---- */

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

static void
ring_leave(struct schedule *s, struct dest *d, enum ring r)
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
		ring_leave(s, d, r);
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

static void
decide(struct schedule *s, struct dest *d)
{
	bool spawn = may_spawn(s, d);
	bool none = d->open + d->connecting == 0;

	ring_set(s, d, RING_GIVE, can_give(s, d));
	ring_set(s, d, RING_FIRST, spawn && none);
	ring_set(s, d, RING_MORE, spawn && !none && could_use_more(d));
}

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
schedule_dest_release(struct schedule *s, struct dest *d)
{
	if (d->jobs > 0 || d->workers != NULL || d->blocked)
		return;
	for (int r = 0; r < RINGS; r++)
		ring_leave(s, d, r);
	table_remove(&s->dests, d);
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
enqueue(struct job *j)
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
}

static void
dequeue(struct job *j)
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
}

void
schedule_park(struct schedule *s, struct job *j)
{
	if (j->state == JOB_WAITING)
		heap_remove(&s->waiting, j->in.wait.heap_at);
	if (j->state == JOB_READY) {
		dequeue(j);
		decide(s, j->dest);
	}
	j->state = JOB_PARKED;
}

void
schedule_make_ready(struct schedule *s, struct job *j)
{
	if (j->state == JOB_READY)
		return;
	schedule_park(s, j);
	enqueue(j);
	j->state = JOB_READY;
	decide(s, j->dest);
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
	(void)s;
	if (j->state != JOB_READY || j->dest->last == j)
		return;
	dequeue(j);
	enqueue(j);
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
schedule_retry(uint32_t birth_s, uint32_t now_s, enum kind kind)
{
	uint32_t age = now_s > birth_s ? now_s - birth_s : 0;
	uint64_t root = square_root(age) + (kind == REMOTE ? 20 : 10);

	if (root * root > UINT32_MAX - birth_s)
		return UINT32_MAX;
	return birth_s + (uint32_t)(root * root);
}

bool
schedule_expired(const struct schedule *s, uint32_t birth_s, uint32_t now_s)
{
	return now_s > birth_s && now_s - birth_s > s->lifetime_s;
}

/* ---- workers ---- */

static void
set_roomy(struct worker *w, bool roomy)
{
	struct dest *d = w->dest;

	if (w->roomy == roomy)
		return;
	w->roomy = roomy;
	if (roomy) {
		w->room_prev = NULL;
		w->room_next = d->roomy;
		if (d->roomy != NULL)
			d->roomy->room_prev = w;
		d->roomy = w;
		return;
	}
	if (w->room_prev != NULL)
		w->room_prev->room_next = w->room_next;
	else
		d->roomy = w->room_next;
	if (w->room_next != NULL)
		w->room_next->room_prev = w->room_prev;
}

static void
set_idle(struct lane *lane, struct worker *w, bool idle)
{
	if (w->idle == idle)
		return;
	w->idle = idle;
	if (idle) {
		w->idle_next = NULL;
		w->idle_prev = lane->idle_last;
		if (lane->idle_last != NULL)
			lane->idle_last->idle_next = w;
		else
			lane->idle_first = w;
		lane->idle_last = w;
		lane->idle++;
		return;
	}
	if (w->idle_prev != NULL)
		w->idle_prev->idle_next = w->idle_next;
	else
		lane->idle_first = w->idle_next;
	if (w->idle_next != NULL)
		w->idle_next->idle_prev = w->idle_prev;
	else
		lane->idle_last = w->idle_prev;
	lane->idle--;
}

/* Puts a worker into the lists where it belongs. */
static void
place(struct schedule *s, struct worker *w)
{
	struct lane *lane = &s->of[w->dest->kind];
	bool open = w->state == WORKER_OPEN;

	set_roomy(w, open && !w->full && w->running < lane->per_worker);
	set_idle(lane, w, open && w->running == 0);
	decide(s, w->dest);
}

void
schedule_spawned(struct schedule *s, struct worker *w, struct dest *d,
    int64_t now_ms)
{
	w->dest = d;
	w->state = WORKER_CONNECTING;
	w->since_ms = now_ms;
	w->prev = NULL;
	w->next = d->workers;
	if (d->workers != NULL)
		d->workers->prev = w;
	d->workers = w;
	d->connecting++;
	s->of[d->kind].connecting++;
	s->of[d->kind].workers++;
	decide(s, d);
}

void
schedule_opened(struct schedule *s, struct worker *w, int64_t now_ms)
{
	struct dest *d = w->dest;

	if (w->state != WORKER_CONNECTING)
		return;
	w->state = WORKER_OPEN;
	w->since_ms = now_ms;
	d->connecting--;
	s->of[d->kind].connecting--;
	d->open++;
	d->reached = true;
	d->failures = 0;
	place(s, w);
}

/* Out of the counts and lists of what can be used. */
static void
withdraw(struct schedule *s, struct worker *w)
{
	struct dest *d = w->dest;

	if (w->state == WORKER_CONNECTING) {
		d->connecting--;
		s->of[d->kind].connecting--;
	} else if (w->state == WORKER_OPEN) {
		d->open--;
	}
	w->state = WORKER_LEAVING;
	place(s, w);
}

void
schedule_leave(struct schedule *s, struct worker *w)
{
	withdraw(s, w);
}

void
schedule_gone(struct schedule *s, struct worker *w)
{
	struct dest *d = w->dest;

	withdraw(s, w);
	d->running -= w->running;
	s->of[d->kind].running -= w->running;
	w->running = 0;
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		d->workers = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	s->of[d->kind].workers--;
	s->of[d->kind].paused = false;
	if (d->workers == NULL)
		d->reached = false;
	decide(s, d);
}

void
schedule_given(struct schedule *s, struct worker *w, int64_t now_ms)
{
	if (w->running++ == 0)
		w->since_ms = now_ms;
	w->dest->running++;
	s->of[w->dest->kind].running++;
	place(s, w);
}

void
schedule_full(struct schedule *s, struct worker *w)
{
	w->full = true;
	place(s, w);
}

void
schedule_finished(struct schedule *s, struct worker *w, int64_t now_ms)
{
	w->since_ms = now_ms;
	w->running--;
	w->full = false;
	w->dest->running--;
	s->of[w->dest->kind].running--;
	place(s, w);
}

void
schedule_check_stuck(struct schedule *s, struct worker *w, int64_t now_ms)
{
	if (w->state == WORKER_OPEN && w->running > 0 && !w->full &&
	    now_ms - w->since_ms >= SCHEDULE_STUCK_MS)
		schedule_full(s, w);
}

/* ---- what is learnt about destinations ---- */

static void
unblock(struct schedule *s, struct dest *d)
{
	if (!d->blocked)
		return;
	d->blocked = false;
	heap_remove(&s->blocked, d->heap_at);
	decide(s, d);
}

void
schedule_good(struct schedule *s, struct dest *d)
{
	if (d->kind != REMOTE || d->limit >= s->of[REMOTE].limit)
		return;
	if (++d->good >= d->limit) {
		d->good = 0;
		d->limit++;
		decide(s, d);
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
	decide(s, d);
}

static int64_t
probe_interval_ms(const struct dest *d)
{
	int64_t max = d->kind == REMOTE ? SCHEDULE_REMOTE_PROBE_MAX_S :
	    SCHEDULE_LOCAL_PROBE_MAX_S;
	int64_t interval = d->kind == REMOTE ? SCHEDULE_REMOTE_PROBE_S :
	    SCHEDULE_LOCAL_PROBE_S;

	for (uint32_t i = 1; i < d->failures && interval < max; i++)
		interval *= 2;
	return (interval < max ? interval : max) * 1000;
}

static void
block(struct schedule *s, struct dest *d, int64_t until_ms)
{
	unblock(s, d);
	d->blocked_ms = until_ms;
	d->blocked = heap_add(&s->blocked, d) == 0;
	decide(s, d);
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

/*
 * A first worker may connect while all deliveries that are allowed run: its
 * destination takes its turn when it is there. One more needs idle capacity.
 */
static bool
next_spawn(struct schedule *s, struct lane *lane, struct action *a)
{
	bool idle = lane->running < lane->limit;
	enum ring r = lane->ring[RING_FIRST] != NULL ? RING_FIRST : RING_MORE;
	struct dest *d = lane->ring[r];

	if (d == NULL || (r == RING_MORE && !idle) || lane->limit == 0 ||
	    s->draining || lane->paused ||
	    lane->connecting >= SCHEDULE_CONNECTING_MAX)
		return false;
	if (lane->workers >= lane->workers_max) {
		*a = (struct action){ .act = ACT_CLOSE,
		    .worker = lane->idle_first };
		return lane->idle_first != NULL;
	}
	lane->ring[r] = d->ring[r].next;
	*a = (struct action){ .act = ACT_SPAWN, .dest = d };
	return true;
}

static bool
next_close(struct schedule *s, struct lane *lane, struct action *a)
{
	struct worker *oldest = lane->idle_first;

	if (oldest == NULL ||
	    (lane->idle <= SCHEDULE_IDLE_MAX && !s->draining))
		return false;
	*a = (struct action){ .act = ACT_CLOSE, .worker = oldest };
	return true;
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
			place(s, w);
		decide(s, d);
	}
}
