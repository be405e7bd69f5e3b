/* The queue as mailq lists it, in the form that monitoring programs parse. */
#ifndef QUEUE_MAILQ_H
#define QUEUE_MAILQ_H

#include "lib/os/out.h"

enum {
	MAILQ_IDS_MAX = 64 << 20,	/* bytes of all IDs */
	MAILQ_NOTE_MAX = 1 << 20
};

/*
 * Lists new/ and cur/, the oldest message first; json: a line of JSON for each
 * (names as Postfix's postqueue -j). What cannot be read is left out.
 * 0; -1 with errno, EACCES when the caller may not read the queue.
 */
int mailq(struct out *out, bool json);

/*
 * How many messages postern-send has, which everybody may ask.
 * 0; -1 with errno when there is no answer.
 */
int mailq_count(uint64_t *messages);

#endif
