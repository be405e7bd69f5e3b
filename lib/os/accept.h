/*
 * Clients of a listening socket. One for whom there is no descriptor left
 * stays in the waiting room and the socket ready, so that a loop would ask
 * again and again for nothing: the socket rests for a second instead, and the
 * log hears of it once, until a client is taken again.
 */
#ifndef LIB_OS_ACCEPT_H
#define LIB_OS_ACCEPT_H

#include "lib/os/deadline.h"
#include "lib/os/poller.h"

enum { ACCEPT_REST_MS = 1000 };

struct acceptor {
	int fd;
	bool told;		/* the log has heard of it */
	bool unwatched;		/* by acceptor_watch */
	struct deadline rest;	/* until then it rests */
};

/* For the listening socket fd, which remains the caller's. */
void acceptor_init(struct acceptor *a, int fd);

/*
 * Takes one client; flags as those of accept4. Its descriptor; -1: nobody is
 * there, or the rest begins.
 */
int acceptor_take(struct acceptor *a, int flags);

/* For how many milliseconds the socket is not to be watched; 0: it is. */
int acceptor_rest_ms(const struct acceptor *a);

/*
 * The same for who watches it with a poller, as what: before each wait, which
 * must not be longer than the answer, unless that is 0.
 */
int acceptor_watch(struct acceptor *a, struct poller *p, void *what);

#endif
