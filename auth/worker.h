/*
 * The children of postern-auth that do the slow part: NSS and password
 * hashing. Each takes one question at a time (VERIFY or VOUCH of
 * lib/wire/auth.h) from its socket and gives the answer; the text of NO and
 * LATER is the reason, for the log.
 */
#ifndef AUTH_WORKER_H
#define AUTH_WORKER_H

#include <sys/types.h>

#include "lib/base/span.h"

/* Then it is ended, to make room for a new one: by who asks, between two. */
enum { WORKER_QUESTIONS_MAX = 5000 };

/*
 * Forks one. dummy: as of verify_password. *sock is its socket. Its pid; -1
 * with errno.
 */
pid_t worker_start(int control, struct span dummy, int *sock);

#endif
