/* postern-local as a worker: transactions on a socket, one after another. */
#ifndef LOCAL_WORKER_H
#define LOCAL_WORKER_H

#include "local/job.h"

/*
 * Serves sock until it is closed or has been idle, and follows owner's home
 * directory when that is replaced. The exit code.
 */
int worker_run(struct owner *owner, int sock);
/* Says on sock that no transaction will be taken (UNREADY), class Z. */
void worker_unready(int sock, const struct verdict *v);

#endif
