/*
 * One message on its way into the queue. Its file is created when the buffer is
 * full or the message complete; a message that fits is written at once. The
 * first trouble sticks as an exit code, and what comes after it is dropped.
 *
 *   arrival_begin - arrival_message ... - arrival_envelope ... -
 *   arrival_commit or arrival_abort, and again
 */
#ifndef QUEUE_ARRIVAL_H
#define QUEUE_ARRIVAL_H

#include "lib/base/checksum.h"
#include "queue/envelope.h"
#include "queue/spool.h"

enum { ARRIVAL_ROOM = 65536 };

struct arrival {
	struct spool *spool;
	uint32_t pid;		/* ours: "qp" */
	struct queue_header header;
	struct checksum message_sum, envelope_sum;
	struct envelope envelope;
	int code;		/* the first trouble; 0: none */
	int fd;			/* -1: no file yet */
	char dot[QUEUE_ID_LEN + 2];	/* its name; the ID is dot + 1 */
	bool flushed;		/* some of it is in the file */
	size_t len;
	char bytes[ARRIVAL_ROOM];	/* not in the file yet */
};

void arrival_init(struct arrival *a, struct spool *spool);
/* invoker: as from spool_invoker, for the Received line. */
void arrival_begin(struct arrival *a, unsigned uid, const char *invoker);

/* Room for message bytes, at least one; arrival_filled says how many came. */
char *arrival_room(struct arrival *a, size_t *room);
void arrival_filled(struct arrival *a, size_t n);
void arrival_message(struct arrival *a, struct span bytes);

/*
 * Takes envelope bytes off the front of *in; what stands behind the end is
 * left. True when the envelope has ended, or trouble came.
 */
bool arrival_envelope(struct arrival *a, struct span *in);

/*
 * Makes it durable under its name and tells send. 0, and the ID is at
 * arrival_id; else an exit code, and nothing is left behind.
 */
int arrival_commit(struct arrival *a);
const char *arrival_id(const struct arrival *a);
/* Forgets it; nothing is left behind. */
void arrival_abort(struct arrival *a);

#endif
