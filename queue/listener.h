/*
 * The second entrance: postern-queue -l serves sessions on a listening socket,
 * each in a fork of its own; the caller is who the peer credentials say.
 */
#ifndef QUEUE_LISTENER_H
#define QUEUE_LISTENER_H

#include "queue/session.h"

enum {
	LISTENER_CHILDREN_MAX = 2000,
	LISTENER_USERS_MAX = 250,	/* of uids that are not the system's */
	LISTENER_PER_USER_MAX = 25,	/* of each of these */
};

/*
 * Serves on descriptor listening until lifeline (a descriptor, or -1) ends.
 * The exit code; in a child the code of its session.
 */
int listener_run(struct session *s, struct spool *spool, int listening,
    int lifeline);

#endif
