/*
 * Who is served next: pure decisions on (state, now). Nothing here opens,
 * reads or asks the time; the caller reports what happened and carries out
 * what schedule_next says, until it says nothing more.
 *
 * Destinations that have work stand in rings and take turns, so none delays
 * another. Every event costs O(log n) in the messages that wait and O(1) in
 * workers and destinations.
 */
#ifndef SEND_SCHEDULE_H
#define SEND_SCHEDULE_H

#include "lib/base/heap.h"
#include "send/message.h"

enum kind { LOCAL, REMOTE, KINDS };

enum {
	SCHEDULE_CONNECTING_MAX = 500,	/* workers not yet READY, of a kind */
	SCHEDULE_SLOW_PERCENT = 80,	/* of them for slow destinations */
	SCHEDULE_LATE_MS = 30000,	/* slow: connecting takes so long */
	SCHEDULE_IDLE_MAX = 100,	/* workers without work, of a kind */
	SCHEDULE_REMOTE_START = 5,	/* a destination's first limit */
	SCHEDULE_PER_WORKER = 8,	/* ready jobs that justify one more */
	SCHEDULE_STUCK_MS = 1000,	/* no result for so long: not reused */
	SCHEDULE_LOCAL_IDLE_MS = 2000,
	SCHEDULE_REMOTE_IDLE_MS = 4000,
	SCHEDULE_LOCAL_PROBE_S = 5,	/* first interval, doubled each time */
	SCHEDULE_LOCAL_PROBE_MAX_S = 300,
	SCHEDULE_REMOTE_PROBE_S = 60,
	SCHEDULE_REMOTE_PROBE_MAX_S = 3600,
	SCHEDULE_SLOWER_MS = 10000,	/* between two halvings of a limit */
};

enum worker_state { WORKER_CONNECTING, WORKER_OPEN, WORKER_LEAVING };

struct worker {
	struct dest *dest;
	struct worker *prev, *next;		/* of its destination */
	struct worker *room_prev, *room_next;	/* of those with room */
	struct worker *idle_prev, *idle_next;	/* of those without work */
	enum worker_state state;
	unsigned running;		/* transactions */
	bool roomy, idle;		/* in these lists? */
	bool slow;			/* the first of a slow destination */
	bool full;			/* its socket takes no more just now */
	int64_t since_ms;		/* when something last happened */
};

/*
 * Can be given a job; needs its first worker; the same, but it is slow; could
 * use one more.
 */
enum ring { RING_GIVE, RING_FIRST, RING_SLOW, RING_MORE, RINGS };

struct dest {
	enum kind kind;
	struct span identity;		/* what it is known by */
	struct span key;		/* what its spawner is asked for */
	uint64_t hash;
	struct job *first, *last;	/* ready jobs */
	struct job *newest;		/* the job made last, while it lives; or
				 * the one of the message being routed */
	uint32_t ready, jobs;		/* ready ones; all of them */
	struct worker *workers, *roomy;
	uint32_t connecting, open, running;
	uint32_t limit, good;		/* transactions at a time; successes */
	uint32_t failures;		/* in a row, to get through at all */
	uint32_t heap_at;		/* when blocked */
	bool blocked;
	bool reached;			/* said READY since it was last dead */
	bool slow;			/* its last worker was late: READY,
					 * or gone without it */
	bool left;			/* nothing finds it any more */
	int64_t blocked_ms;		/* no new worker before this */
	int64_t slower_ms;		/* when its limit was last lowered */
	struct {
		struct dest *prev, *next;
		bool in;
	} ring[RINGS];
	char bytes[];			/* identity and key */
};

struct schedule {
	struct table dests;
	struct pool job_pool;
	struct heap waiting;		/* jobs, by due_s */
	size_t ready;			/* jobs in destinations' queues */
	struct heap blocked;		/* destinations, by blocked_ms */
	uint64_t seed;
	struct lane {
		uint32_t limit;		/* concurrencylocal, -remote */
		uint32_t workers_max;	/* that a spawner runs */
		uint32_t per_worker;	/* transactions in flight on one */
		uint32_t running, connecting, workers, idle;
		uint32_t slow;		/* connecting: to slow destinations */
		bool slow_had_turn;	/* one of these was the last asked for */
		struct worker *idle_first, *idle_last;	/* first: oldest */
		struct dest *ring[RINGS];
		bool paused;		/* the spawner takes no more just now */
	} of[KINDS];
	uint64_t lifetime_s;		/* queuelifetime */
	bool draining;			/* give nothing, spawn nothing */
};

/* seed: for the hash of destinations' names. Limits are 0 at first. */
void schedule_init(struct schedule *s, uint64_t seed);

/* ---- destinations ---- */

/*
 * The destination known by identity, made when it is not there; key is what
 * its spawner is to be asked for. NULL with errno ENOMEM.
 */
struct dest *schedule_dest(struct schedule *s, enum kind kind,
    struct span identity, struct span key);
/* The same, only looked up. */
struct dest *schedule_find(const struct schedule *s, enum kind kind,
    struct span identity);
/* From now on another one is made for its identity. */
void schedule_dest_leave(struct schedule *s, struct dest *d);
/* Frees it when nothing is left that needs remembering. */
void schedule_dest_release(struct schedule *s, struct dest *d);

/* ---- jobs ---- */

/* A parked job of msg for d. NULL with errno ENOMEM. */
struct job *schedule_job(struct schedule *s, struct message *msg,
    struct dest *d);
/* Parks it, whatever it was; makes it ready. */
void schedule_park(struct schedule *s, struct job *j);
void schedule_make_ready(struct schedule *s, struct job *j);
/* Makes it wait. Without memory for that, it is ready instead. */
void schedule_wait(struct schedule *s, struct job *j, uint32_t due_s);
/* A ready job goes behind the others of its destination. */
void schedule_rotate(struct schedule *s, struct job *j);
/* Takes it from its message and forgets it. Nothing of it may be running. */
void schedule_job_end(struct schedule *s, struct job *j);

/* Seconds since then; 0 when the clock has been set back behind it. */
uint32_t schedule_age(uint32_t birth_s, uint32_t now_s);
/* Retry times: qmail's, birth + (isqrt(age) + 20 or 10)^2. */
uint32_t schedule_retry(uint32_t birth_s, uint32_t now_s, enum kind kind);
/* Has a message born then been in the queue too long? */
bool schedule_expired(const struct schedule *s, uint32_t birth_s,
    uint32_t now_s);

/* ---- workers ---- */

/* A worker has been asked for; has said READY; has ended. */
void schedule_spawned(struct schedule *s, struct worker *w, struct dest *d,
    int64_t now_ms);
void schedule_opened(struct schedule *s, struct worker *w, int64_t now_ms);
void schedule_gone(struct schedule *s, struct worker *w, int64_t now_ms);
/* No more work for this one; it ends when it has finished. */
void schedule_leave(struct schedule *s, struct worker *w, int64_t now_ms);
/* It got a transaction; its socket is full; it finished a transaction. */
void schedule_given(struct schedule *s, struct worker *w, int64_t now_ms);
void schedule_full(struct schedule *s, struct worker *w);
void schedule_finished(struct schedule *s, struct worker *w, int64_t now_ms);
/* Has it work but no result for too long? Then it gets no more for now. */
void schedule_check_stuck(struct schedule *s, struct worker *w,
    int64_t now_ms);

/* Seconds to wait after so many failures in a row: doubled, up to max_s. */
uint32_t schedule_backoff(uint32_t failures, uint32_t first_s, uint32_t max_s);
/* The destination answered a transaction properly: it may get more. */
void schedule_good(struct schedule *s, struct dest *d);
/* It asked to be spared, or a further connection failed: it gets less. */
void schedule_slower(struct schedule *s, struct dest *d, int64_t now_ms);
/*
 * Nothing gets through. It is tried again, by one worker, when a growing
 * interval has passed.
 */
void schedule_dead(struct schedule *s, struct dest *d, int64_t now_ms);
/* Others of its workers work, this one could not connect: wait a little. */
void schedule_pause(struct schedule *s, struct dest *d, int64_t now_ms);
/* Forgets when it was to be tried again: now. */
void schedule_revive(struct schedule *s, struct dest *d);

/* ---- decisions ---- */

enum act { ACT_NOTHING, ACT_GIVE, ACT_SPAWN, ACT_CLOSE };

struct action {
	enum act act;
	struct dest *dest;	/* GIVE, SPAWN */
	struct job *job;	/* GIVE: the first in line */
	struct worker *worker;	/* GIVE, CLOSE */
};

/* What to do now. Call again after each action, until ACT_NOTHING. */
struct action schedule_next(struct schedule *s);

/*
 * Lets time pass: due jobs become ready, blocked destinations may be probed.
 * At most max jobs are moved; true when more are due already.
 */
bool schedule_tick(struct schedule *s, int64_t now_ms, uint32_t now_s,
    unsigned max);
/* At least so many destinations, not slow, wait for room to connect. */
unsigned schedule_kept_out(const struct schedule *s, enum kind kind);
/* It has been connecting for long: may it be ended where others wait? */
bool schedule_gives_way(const struct worker *w, int64_t now_ms);
/* An idle worker whose time is up; NULL. */
struct worker *schedule_stale(const struct schedule *s, int64_t now_ms);
/* No destination is blocked any more. */
void schedule_revive_all(struct schedule *s);
/* Milliseconds until something is due; -1 for never. wall_us: since 1970. */
int schedule_left_ms(const struct schedule *s, int64_t now_ms,
    uint64_t wall_us);
/* Decides anew for every destination, after limits have changed. */
void schedule_limits_changed(struct schedule *s);

#endif
