/* The queue as mailq lists it, in the form that monitoring programs parse. */
#ifndef QUEUE_MAILQ_H
#define QUEUE_MAILQ_H

#include "lib/os/out.h"

/*
 * Lists new/ and cur/, the oldest message first; json: a line of JSON for each
 * (names as Postfix's postqueue -j). What cannot be read is left out.
 * 0; -1 with errno, EACCES when the caller may not read the queue.
 */
int mailq(struct out *out, bool json);

/*
 * Lists what the caller injected, as postern-send shows it to everybody; but
 * for nothing when he has none among those of others. *own: how many that
 * are; *all: and of everybody. 0; -1 with errno when there is no answer.
 */
int mailq_own(struct out *out, bool json, uint64_t *own, uint64_t *all);

#endif
