/* qmail-queue's interface: one message on descriptor 0, its envelope on 1. */
#ifndef QUEUE_ONCE_H
#define QUEUE_ONCE_H

#include "queue/arrival.h"

/*
 * Reads and queues it for the caller with that uid, invoker as from
 * spool_invoker: the exit code.
 */
int once_run(struct arrival *a, unsigned uid, const char *invoker,
    struct spool *spool);

#endif
