/*
 * What the queue manager remembers of the mail that waits: a small record for
 * each message, and one for each pair of a message and a destination (a job).
 * Senders, recipients and states stay in the file and are read when due.
 */
#ifndef SEND_MESSAGE_H
#define SEND_MESSAGE_H

#include <stdint.h>

#include "lib/base/pool.h"
#include "lib/base/table.h"

struct dest;
struct rare;

/* Flags of a message. */
enum {
	MESSAGE_IN_CUR = 1,	/* its file is in cur/ (perhaps also in new/) */
	MESSAGE_MOVING = 2,	/* linked into cur/, not yet out of new/ */
	MESSAGE_HELD = 4,	/* by order of an administrator */
	MESSAGE_REROUTE = 8,	/* routes changed while jobs were running */
	MESSAGE_ADMITTING = 16,	/* its recipients are being routed */
	MESSAGE_TO_TELL = 32,	/* report/ID holds flushed entries */
	MESSAGE_TELLING = 64,	/* the sender is being told just now */
	MESSAGE_DOOMED = 128,	/* to be deleted when nothing is running */
	MESSAGE_CONDEMNED = 256,	/* to be returned now, by order */
	MESSAGE_OLD = 512,	/* its birth was no truth: first seen now */
	MESSAGE_NOTED = 1024,	/* cur/ID.note may exist */
	MESSAGE_FOUND = 2048,	/* by listing: report/ID may exist as well */
};

struct message {
	uint64_t id;		/* its name: microseconds since 1970 */
	struct job *jobs;
	struct rare *rare;	/* what few messages have (send/rare.h), or NULL */
	uint32_t birth_s;	/* since 1970 */
	uint32_t recipients;
	uint32_t left;		/* recipients without a final state */
	uint32_t tried_s;	/* when last tried; 0: never */
	uint32_t uid;		/* who injected it */
	uint16_t running;	/* transactions on workers */
	uint16_t flags;
};

enum job_state {
	JOB_PARKED,		/* nothing to do but for what is running */
	JOB_READY,		/* in its destination's queue */
	JOB_WAITING,		/* until due_s */
};

/* What is told of a job that waits long, for a destination nobody reaches. */
enum job_overlong {
	OVERLONG_UNTOLD,
	OVERLONG_TOLD_IN_PART,	/* in the round that has begun */
	OVERLONG_TOLD,
};

/*
 * The recipients of a message that go to one destination. A round hands them
 * out in the order of the envelope, starting at the record at "at"; those put
 * off are remembered for the round after.
 */
struct job {
	struct message *message;
	struct dest *dest;
	struct job *next_of_message;
	union {
		struct {
			struct job *prev, *next;
		} queue;	/* JOB_READY */
		struct {
			uint32_t heap_at, due_s;
		} wait;		/* JOB_WAITING */
	} in;
	uint32_t at, index, left;		/* this round: still to be given */
	uint32_t again_at, again_index, again;	/* the next one: put off */
	uint16_t running;	/* transactions on workers */
	uint8_t state;		/* enum job_state */
	uint8_t overlong;	/* enum job_overlong */
};

/* All messages, by ID. */
struct messages {
	struct table by_id;
	struct pool pool;
};

void messages_init(struct messages *m);
struct message *messages_find(const struct messages *m, uint64_t id);
/* A new record; NULL with errno ENOMEM. */
struct message *messages_add(struct messages *m, uint64_t id);
/* Its jobs must be gone. */
void messages_remove(struct messages *m, struct message *msg);

#endif
