/*
 * The scheduler against a simulated world: a virtual clock, workers that
 * connect, deliver, refuse or never answer.
 */
#include <stdlib.h>

#include "send/schedule.h"
#include "tests/tap.h"

enum fate { WORKS, SILENT, REFUSES, TARPIT };

enum { TARPIT_MS = 20 * 60 * 1000, SWEEP_MS = 250 };

/* A worker of the simulation: when something will happen to it. */
struct actor {
	struct worker w;		/* first */
	int64_t at_ms;
	size_t heap_at;
	struct job *jobs[16];
	int count;
	bool used;
};

struct world {
	struct schedule s;
	struct messages messages;
	struct heap events;
	int64_t now_ms;
	uint64_t delivered, given, spawned, failed;
	uint64_t by_dest[2000];
	int64_t last_ms[2000];
	int connect_ms, deliver_ms;
	enum fate (*fate)(const struct dest *d);
	unsigned max_connecting, max_running, max_idle;
	unsigned max_running_of_one;
	unsigned max_slow;
	uint64_t gave_way;
	bool twice_connecting;
};

static bool
sooner(const void *a, const void *b)
{
	return ((const struct actor *)a)->at_ms <
	    ((const struct actor *)b)->at_ms;
}

static void
moved(void *item, size_t at)
{
	((struct actor *)item)->heap_at = at;
}

static enum fate
all_work(const struct dest *d)
{
	(void)d;
	return WORKS;
}

static unsigned
number(const struct dest *d)
{
	return (unsigned)strtoul(d->key.p + 1, NULL, 10);
}

static enum fate
some_silent(const struct dest *d)
{
	return number(d) < 30 ? SILENT : WORKS;
}

static enum fate
first_refuses(const struct dest *d)
{
	return number(d) == 0 ? REFUSES : WORKS;
}

static void
world_init(struct world *w, uint32_t local, uint32_t remote)
{
	memset(w, 0, sizeof *w);
	schedule_init(&w->s, 42);
	messages_init(&w->messages);
	heap_init(&w->events, sooner, moved);
	w->s.of[LOCAL].limit = local;
	w->s.of[REMOTE].limit = remote;
	w->s.of[LOCAL].per_worker = 16;
	w->s.of[REMOTE].per_worker = 1;
	w->s.of[LOCAL].workers_max = w->s.of[REMOTE].workers_max = 1000;
	w->s.lifetime_s = 604800;
	w->connect_ms = 20;
	w->deliver_ms = 10;
	w->fate = all_work;
	w->now_ms = 1000;
}

static struct dest *
dest(struct world *w, enum kind kind, unsigned n)
{
	char name[16];
	int len = snprintf(name, sizeof name, "d%u.", n);
	struct span s = { name, (size_t)len };

	return schedule_dest(&w->s, kind, s, s);
}

static struct job *
add(struct world *w, enum kind kind, unsigned n, uint64_t id)
{
	struct message *msg = messages_add(&w->messages, id);
	struct job *j = schedule_job(&w->s, msg, dest(w, kind, n));

	j->left = 1;
	schedule_make_ready(&w->s, j);
	return j;
}

static uint32_t
seconds(const struct world *w)
{
	return (uint32_t)(w->now_ms / 1000);
}

static void
spawn(struct world *w, struct dest *d)
{
	struct actor *a = calloc(1, sizeof *a);

	w->spawned++;
	if (d->connecting > 0 && !d->reached)
		w->twice_connecting = true;
	schedule_spawned(&w->s, &a->w, d, w->now_ms);
	a->at_ms = w->now_ms + w->connect_ms;
	if (w->fate(d) == SILENT)
		a->at_ms = INT64_MAX;
	else if (w->fate(d) == TARPIT)
		a->at_ms = w->now_ms + TARPIT_MS;
	if (heap_add(&w->events, a) == -1)
		abort();
}

static void
give(struct world *w, struct job *j, struct actor *a)
{
	w->given++;
	schedule_park(&w->s, j);
	j->running++;
	schedule_given(&w->s, &a->w, w->now_ms);
	if (a->w.dest->running > w->max_running_of_one)
		w->max_running_of_one = a->w.dest->running;
	a->jobs[a->count++] = j;
	if (a->count == 1) {
		a->at_ms = w->now_ms + w->deliver_ms;
		heap_changed(&w->events, a->heap_at);
	}
}

static void
drop(struct world *w, struct actor *a)
{
	struct dest *d = a->w.dest;

	heap_remove(&w->events, a->heap_at);
	schedule_gone(&w->s, &a->w, w->now_ms);
	free(a);
	schedule_dest_release(&w->s, d);
}

static void
act(struct world *w)
{
	for (;;) {
		struct action a = schedule_next(&w->s);

		if (a.act == ACT_GIVE)
			give(w, a.job, (struct actor *)a.worker);
		else if (a.act == ACT_SPAWN)
			spawn(w, a.dest);
		else if (a.act == ACT_CLOSE)
			drop(w, (struct actor *)a.worker);
		else
			break;
		for (int k = 0; k < KINDS; k++) {
			struct lane *l = &w->s.of[k];

			if (l->connecting > w->max_connecting)
				w->max_connecting = l->connecting;
			if (l->running > w->max_running)
				w->max_running = l->running;
			if (l->slow > w->max_slow)
				w->max_slow = l->slow;
		}
	}
	if (w->s.of[REMOTE].idle > w->max_idle)
		w->max_idle = w->s.of[REMOTE].idle;
}

static void
finish(struct world *w, struct actor *a)
{
	struct job *j = a->jobs[0];
	struct dest *d = j->dest;
	struct message *msg = j->message;

	a->count--;
	memmove(a->jobs, a->jobs + 1, (size_t)a->count * sizeof *a->jobs);
	j->running--;
	w->delivered++;
	w->by_dest[number(d)]++;
	w->last_ms[number(d)] = w->now_ms;
	schedule_finished(&w->s, &a->w, w->now_ms);
	schedule_good(&w->s, d);
	schedule_job_end(&w->s, j);
	messages_remove(&w->messages, msg);
	a->at_ms = a->count > 0 ? w->now_ms + w->deliver_ms : INT64_MAX;
	heap_changed(&w->events, a->heap_at);
}

/* A worker could not get through: its destination's first job is put off. */
static void
unreachable(struct world *w, struct actor *a)
{
	struct dest *d = a->w.dest;
	struct job *j = d->first;

	w->failed++;
	d->jobs++;
	drop(w, a);
	d->jobs--;
	schedule_dead(&w->s, d, w->now_ms);
	if (j != NULL)
		schedule_wait(&w->s, j, schedule_retry(j->message->birth_s,
		    seconds(w), d->kind));
}

static void
happen(struct world *w, struct actor *a)
{
	if (a->w.state != WORKER_CONNECTING) {
		finish(w, a);
	} else if (w->fate(a->w.dest) != WORKS) {
		unreachable(w, a);
	} else {
		a->at_ms = INT64_MAX;
		heap_changed(&w->events, a->heap_at);
		schedule_opened(&w->s, &a->w, w->now_ms);
	}
}

/* Who has been connecting for long gives way where others are kept out. */
static void
give_way(struct world *w)
{
	unsigned n = schedule_kept_out(&w->s, REMOTE);

	for (size_t i = 0; n > 0 && i < w->events.count; i++) {
		struct actor *a = w->events.items[i];

		if (!schedule_gives_way(&a->w, w->now_ms))
			continue;
		w->gave_way++;
		n--;
		unreachable(w, a);
		i = (size_t)-1;		/* the heap has another order now */
	}
}

/* Until nothing more is going to happen before until_ms. */
static void
run(struct world *w, int64_t until_ms)
{
	for (;;) {
		struct actor *a;
		struct worker *stale;
		int64_t next;
		int left;

		while (schedule_tick(&w->s, w->now_ms, seconds(w), 100))
			;
		while ((stale = schedule_stale(&w->s, w->now_ms)) != NULL)
			drop(w, (struct actor *)stale);
		give_way(w);
		act(w);
		a = heap_first(&w->events);
		next = a == NULL ? INT64_MAX : a->at_ms;
		if (schedule_kept_out(&w->s, REMOTE) > 0 &&
		    w->now_ms + SWEEP_MS < next)
			next = w->now_ms + SWEEP_MS;
		left = schedule_left_ms(&w->s, w->now_ms,
		    (uint64_t)w->now_ms * 1000);
		if (left >= 0 && w->now_ms + left < next)
			next = w->now_ms + (left > 0 ? left : 1);
		if (next > until_ms)
			break;
		w->now_ms = next;
		while ((a = heap_first(&w->events)) != NULL &&
		    a->at_ms <= w->now_ms)
			happen(w, a);
	}
	w->now_ms = until_ms;
}

/* ---- promises ---- */

static void
a_million(void)
{
	static struct world w;
	uint64_t fewest = UINT64_MAX;
	size_t bytes;

	world_init(&w, 100, 1000);
	for (uint64_t i = 0; i < 1000000; i++)
		add(&w, REMOTE, (unsigned)(i % 1000), i + 1);
	bytes = sizeof(struct message) + sizeof(struct job);
	ok(bytes <= 128, "a message and its job take at most 128 bytes");
	printf("# %zu bytes, and %zu in tables\n", bytes,
	    w.messages.by_id.room * sizeof(void *) / 1000000);
	run(&w, 1000000);
	for (int i = 0; i < 1000; i++)
		if (w.by_dest[i] < fewest)
			fewest = w.by_dest[i];
	ok(w.delivered == 1000000 && fewest == 1000,
	    "a million messages to 1000 destinations all arrive");
	ok(w.max_running <= 1000 && w.max_connecting <=
	    SCHEDULE_CONNECTING_MAX, "within the limits");
	ok(w.spawned < 20000, "workers are used again");
	ok(w.messages.by_id.count == 0 && w.s.dests.count <= 1000,
	    "nothing is left over");
	run(&w, 2000000);
	ok(w.s.of[REMOTE].workers == 0 && w.s.dests.count == 0,
	    "idle workers go, and destinations are forgotten");
}

static void
silence(void)
{
	static struct world clean, bad;
	int64_t clean_ms = 0, bad_ms = 0;
	struct world *worlds[] = { &clean, &bad };

	for (int k = 0; k < 2; k++) {
		world_init(worlds[k], 10, 20);
		worlds[k]->fate = k == 0 ? all_work : some_silent;
		for (unsigned i = 0; i < 3000; i++)
			add(worlds[k], REMOTE, i % 100, i + 1);
		run(worlds[k], 600000);
		for (int i = 30; i < 100; i++) {
			int64_t *ms = k == 0 ? &clean_ms : &bad_ms;

			if (worlds[k]->last_ms[i] > *ms)
				*ms = worlds[k]->last_ms[i];
		}
	}
	ok(bad.delivered == 2100, "30 silent ones of 100 keep nobody waiting");
	ok(bad_ms <= clean_ms, "the others are served as fast as ever");
	ok(bad.s.of[REMOTE].connecting == 30 && !bad.twice_connecting,
	    "one waiting worker for each silent one");
}

static enum fate
first_are_tarpits(const struct dest *d)
{
	return number(d) < 1000 ? TARPIT : WORKS;
}

/* Adds 100 messages, from first on; when the last is delivered. */
static int64_t
served_after(struct world *w, unsigned first, int64_t within_ms)
{
	int64_t now_ms = w->now_ms, last_ms = 0;

	for (unsigned i = first; i < first + 100; i++)
		add(w, REMOTE, i, 10000 + i);
	run(w, now_ms + within_ms);
	for (unsigned i = first; i < first + 100; i++) {
		if (w->by_dest[i] != 1)
			return INT64_MAX;
		if (w->last_ms[i] > last_ms)
			last_ms = w->last_ms[i];
	}
	return last_ms - now_ms;
}

static void
tarpits(void)
{
	static struct world w;

	world_init(&w, 10, 20);
	w.fate = first_are_tarpits;
	for (unsigned i = 0; i < 5000; i++)
		add(&w, REMOTE, i % 500, i + 1);
	run(&w, 10000);
	ok(w.s.of[REMOTE].connecting == SCHEDULE_CONNECTING_MAX &&
	    w.gave_way == 0, "new destinations have all the room to connect");
	ok(served_after(&w, 1000, 60000) <= SCHEDULE_LATE_MS,
	    "those that do not answer give way after half a minute");
	ok(w.gave_way == 100, "as many of them as others wait");
	for (unsigned i = 0; i < 5000; i++)
		add(&w, REMOTE, 500 + i % 500, 20000 + i);
	run(&w, 30 * 60 * 1000);
	ok(w.s.of[REMOTE].slow == 400 && w.s.of[REMOTE].ring[RING_SLOW] != NULL,
	    "slow destinations have four fifths of the room");
	w.gave_way = 0;
	ok(served_after(&w, 1100, 60000) < 1000 && w.gave_way == 0,
	    "others find room at once");
	run(&w, 6 * 3600 * 1000);
	ok(w.max_slow == 400 && w.gave_way == 0 && w.failed > 3000,
	    "slow ones have the time that they need");
	w.fate = all_work;
	run(&w, 24 * 3600 * 1000);
	ok(w.delivered == 10200, "when they are back, all their mail goes");
}

static void
turns(void)
{
	static struct world w;
	const struct lane *l = &w.s.of[REMOTE];

	world_init(&w, 10, 20);
	w.fate = first_are_tarpits;
	for (unsigned i = 0; i < 900; i++)
		add(&w, REMOTE, i, i + 1);
	run(&w, 700000);
	ok(l->connecting == SCHEDULE_CONNECTING_MAX && l->slow == 0 &&
	    l->ring[RING_SLOW] != NULL && w.gave_way == 400,
	    "all the room is with those who are late, and slow ones wait");
	add(&w, REMOTE, 1000, 1000);
	run(&w, 702000);
	ok(w.by_dest[1000] == 1 && w.gave_way <= 402 && l->slow > 0,
	    "both they and another get room");
}

static void
limited_room(void)
{
	static struct world w;

	world_init(&w, 10, 20);
	w.fate = first_are_tarpits;
	w.s.of[REMOTE].workers_max = 50;
	for (unsigned i = 0; i < 200; i++)
		add(&w, REMOTE, i, i + 1);
	run(&w, 3 * 3600 * 1000);
	ok(w.max_slow == 40, "that is less where fewer workers are allowed");
	ok(served_after(&w, 1000, 60000) < 1000, "others find room there, too");
}

static void
fairness(void)
{
	static struct world w;

	world_init(&w, 10, 20);
	for (unsigned i = 0; i < 100000; i++)
		add(&w, REMOTE, 0, i + 1);
	run(&w, 3000);
	add(&w, REMOTE, 1, 200000);
	run(&w, 4000);
	ok(w.by_dest[1] == 1, "one message passes a hundred thousand");
	ok(w.max_running == 20, "which had all the capacity");
	ok(w.by_dest[0] > 1000, "and used it");
}

static void
the_dead(void)
{
	static struct world w;
	uint64_t tries_in_hour, tries_in_day;

	world_init(&w, 10, 20);
	w.fate = first_refuses;
	for (unsigned i = 0; i < 5000; i++)
		add(&w, REMOTE, 0, i + 1);
	add(&w, REMOTE, 1, 10000);
	run(&w, 3600 * 1000);
	tries_in_hour = w.spawned;
	ok(w.by_dest[1] == 1 && w.delivered == 1, "others are delivered");
	ok(tries_in_hour >= 4 && tries_in_hour < 12,
	    "a dead destination is probed now and then");
	run(&w, (int64_t)24 * 3600 * 1000);
	tries_in_day = w.spawned - tries_in_hour;
	ok(tries_in_day < 30, "at growing intervals");
	w.fate = all_work;
	run(&w, (int64_t)30 * 3600 * 1000);
	ok(w.delivered == 5001, "when it is back, all its mail goes");
}

static void
owners(void)
{
	static struct world w;
	unsigned most;

	world_init(&w, 40, 20);
	for (unsigned i = 0; i < 1000; i++)
		add(&w, LOCAL, 0, i + 1);
	run(&w, 3000);
	most = w.max_running_of_one;
	ok(most == 10, "one owner gets a quarter of concurrencylocal");
	ok(w.spawned == 1, "by one worker that is given several at a time");
	run(&w, 60000);
	ok(w.delivered == 1000, "and gets everything");
	world_init(&w, 0, 0);
	add(&w, LOCAL, 0, 1);
	add(&w, REMOTE, 0, 2);
	run(&w, 60000);
	ok(w.spawned == 0, "a concurrency of 0 holds deliveries");
}

static void
adaptation(void)
{
	static struct world w;
	struct dest *d;

	world_init(&w, 10, 50);
	for (unsigned i = 0; i < 2000; i++)
		add(&w, REMOTE, 0, i + 1);
	d = dest(&w, REMOTE, 0);
	ok(d->limit == SCHEDULE_REMOTE_START, "begins low");
	run(&w, 10000);
	ok(w.max_running == 50, "rises with success");
	add(&w, REMOTE, 1, 5000);
	d = dest(&w, REMOTE, 1);
	d->limit = 32;
	schedule_slower(&w.s, d, w.now_ms);
	ok(d->limit == 16, "a plea to slow down halves it");
	schedule_slower(&w.s, d, w.now_ms + 1);
	ok(d->limit == 16, "once in a while");
}

static void
all_busy(void)
{
	static struct world w;

	for (int k = 0; k < KINDS; k++) {
		world_init(&w, 200, 200);
		w.deliver_ms = 1000;
		w.s.of[k].workers_max = 50;
		for (unsigned i = 0; i < 200; i++)
			add(&w, k, i, i + 1);
		run(&w, 2000);
		ok(w.s.of[k].running == 50 && w.spawned == 50,
		    "when all workers that are allowed work, others wait");
		run(&w, 60000);
		ok(w.delivered == 200, "until some are idle and give way");
	}
}

static void
backoff(void)
{
	ok(schedule_backoff(0, 60, 3600) == 60 &&
	    schedule_backoff(1, 60, 3600) == 60 &&
	    schedule_backoff(2, 60, 3600) == 120 &&
	    schedule_backoff(6, 60, 3600) == 1920,
	    "what fails again and again waits twice as long each time");
	ok(schedule_backoff(7, 60, 3600) == 3600 &&
	    schedule_backoff(UINT32_MAX, 60, 3600) == 3600, "at most an hour");
}

static void
retries(void)
{
	struct schedule s = { .lifetime_s = 604800 };

	ok(schedule_retry(0, 0, REMOTE) == 400 &&
	    schedule_retry(0, 400, REMOTE) == 1600 &&
	    schedule_retry(0, 1600, REMOTE) == 3600,
	    "remote retries after 400 s, 1600 s, an hour");
	ok(schedule_retry(0, 0, LOCAL) == 100 &&
	    schedule_retry(0, 100, LOCAL) == 400, "local ones sooner");
	ok(schedule_retry(1000, 500, REMOTE) == 1400,
	    "a birth in the future does no harm");
	ok(schedule_age(1000, 500) == 0 && !schedule_expired(&s, 1000, 500),
	    "nothing is old when the clock has been set back behind it");
	ok(schedule_retry(0, UINT32_MAX, REMOTE) >= UINT32_MAX - 1,
	    "no wrap-around");
	ok(!schedule_expired(&s, 0, 604800) && schedule_expired(&s, 0, 604801),
	    "a week is the lifetime");
}

static void
stuck(void)
{
	static struct world w;
	struct actor *first;
	uint64_t before;

	world_init(&w, 40, 20);
	w.deliver_ms = 1000000;
	for (unsigned i = 0; i < 5; i++)
		add(&w, LOCAL, 0, i + 1);
	run(&w, 2000);
	first = heap_first(&w.events);
	before = w.spawned;
	add(&w, LOCAL, 0, 100);
	schedule_check_stuck(&w.s, &first->w, w.now_ms + 5000);
	add(&w, LOCAL, 0, 101);
	act(&w);
	ok(before == 1 && w.spawned == 2,
	    "behind a delivery that takes its time nobody has to wait");
}

int
main(void)
{
	retries();
	backoff();
	fairness();
	silence();
	tarpits();
	turns();
	limited_room();
	the_dead();
	owners();
	adaptation();
	stuck();
	all_busy();
	a_million();
	return tap_done();
}
