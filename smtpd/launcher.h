/*
 * The way into the queue for a smtpd that may start nothing.
 *
 * Where postern runs, that is the socket of postern-queue -l: a session there
 * costs a fork and no program. Where it does not, a launcher is forked before
 * the session is confined, hears nobody but its smtpd, and waits for one byte,
 * which turns it into postern-queue -s at the other end of the socket that smtpd
 * then holds. Both ways one process serves all messages of a session.
 *
 * With $POSTERNQUEUE or $QMAILQUEUE set it stays, and runs that program once
 * for each message, by qmail-queue's interface, on pipes that it hands over.
 */
#ifndef SMTPD_LAUNCHER_H
#define SMTPD_LAUNCHER_H

#include <stdbool.h>
#include <sys/types.h>

struct launcher {
	int sock;		/* -1: gone */
	bool per_message;	/* a program of the administrator's, each time */
	bool plain;		/* it knows no more than qmail-queue does */
	bool started;		/* postern-queue was asked for */
};

/* What a program started for one message is given and gives back. */
struct launched {
	int message;		/* write ends of its descriptors 0 and 1 */
	int envelope;
	int custom;		/* read end of its descriptor 6 */
	pid_t pid;
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

/* Starts the program for one message. 0; -1 with errno. */
int launcher_run(struct launcher *l, struct launched *out);
/*
 * Its exit code, when sock can be read from; -1 for a crash, and for a program
 * that has not ended yet, which is the launcher's last message.
 */
int launcher_code(struct launcher *l);

#endif
