/*
 * The way into the queue for a program that may start nothing: smtpd, and the
 * helper of postern-send.
 *
 * Where postern runs, that is the socket of postern-queue -l: a session there
 * costs a fork and no program. Where it does not, a launcher is forked before
 * its master is confined, hears nobody else, and waits for one byte, which
 * turns it into postern-queue -s at the other end of the socket that its master
 * then holds. Both ways one process serves all messages of a session.
 *
 * With $POSTERNQUEUE or $QMAILQUEUE set it stays, and runs that program once
 * for each message, by qmail-queue's interface, on pipes that it hands over.
 */
#ifndef QUEUE_LAUNCHER_H
#define QUEUE_LAUNCHER_H

#include <stdbool.h>

#include "queue/injector.h"

struct launcher {
	int sock;		/* -1: gone */
	bool per_message;	/* a program of the administrator's, each time */
	bool plain;		/* it knows no more than qmail-queue does */
	bool started;		/* postern-queue was asked for */
};

/*
 * Connects to postern-queue -l, where door allows it and it is there; else
 * forks the launcher, and nothing else runs yet. 0; -1 with errno.
 */
int launcher_open(struct launcher *l, bool door);

/*
 * The session form: asks for postern-queue, which starts while the caller goes
 * on. The first call does it, others do nothing.
 */
void launcher_start(struct launcher *l);

/*
 * Starts the program for one message, which is the injector's. One that has not
 * ended in time is killed. A launcher that has died, or cannot do that, starts
 * no other: sock is -1 then. 0; -1 with errno.
 */
int launcher_inject(struct launcher *l, struct injector *q);

#endif
