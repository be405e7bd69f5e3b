/* qmail-queue's interface: one message on descriptor 0, its envelope on 1. */
#ifndef QUEUE_ONCE_H
#define QUEUE_ONCE_H

#include "queue/arrival.h"

/* Reads and queues it: the exit code. */
int once_run(struct arrival *a, struct spool *spool, unsigned uid);

#endif
