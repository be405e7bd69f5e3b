/*
 * Without the queue's uid (started under no_new_privs, or from a file system
 * mounted nosuid) nothing is written: the message goes to the second entrance,
 * the socket queue/injector, where postern-queue -l takes it.
 */
#ifndef QUEUE_RELAY_H
#define QUEUE_RELAY_H

#include "queue/caller.h"
#include "queue/injector.h"

/*
 * Both confine themselves once they are connected.
 *
 * One message by qmail-queue's interface: the exit code; its text on
 * descriptor 6 for code 82. CODE_BUG when there is no second entrance.
 */
int relay_once(struct injector *q, const struct caller *c);

/* A whole session on descriptor 0, passed on byte by byte: the exit code. */
int relay_session(void);

#endif
