/*
 * How programs put mail into the queue: a client of postern-queue. One struct
 * injector carries one message after another. Errors stick until the verdict.
 *
 *   injector_spawn   for one message: runs $POSTERNQUEUE, else $QMAILQUEUE, else
 *                    postern-queue, by qmail-queue's interface (message on fd 0,
 *                    envelope on fd 1, custom text on fd 6)
 *   injector_join    a session on a connected stream socket (session form):
 *                    the second entrance, or a postern-queue -s at the other end
 *
 * then for each message:
 *   injector_data (any number of times), injector_envelope_begin,
 *   injector_sender, injector_recipient (any number), injector_commit
 *   or injector_abort at any point
 */
#ifndef QUEUE_INJECTOR_H
#define QUEUE_INJECTOR_H

#include "lib/os/out.h"
#include "queue/format.h"

enum { INJECTOR_TEXT_MAX = 255 };

/* What became of a message. */
struct injector_verdict {
	int code;		/* qmail-queue's exit code; 0 is queued */
	char id[QUEUE_ID_LEN + 1];	/* "" when not known */
	unsigned pid;		/* "qp" */
	/*
	 * What to tell: first letter K, Z or D, then text for a log or an SMTP
	 * reply, with the enhanced code as qmail writes it: "Dmail server
	 * permanently rejected message (#5.3.0)". Printable ASCII or UTF-8.
	 */
	char text[INJECTOR_TEXT_MAX + 1];
};

struct injector {
	int kind;		/* INJECTOR_*: see injector.c */
	int sock;		/* session socket, or -1 */
	int envelope_fd;	/* of a spawned program */
	int custom_fd;
	long pid;
	bool plain;		/* F and T records only ($QMAILQUEUE) */
	bool in_message;
	struct out out;
};

/*
 * Starts the program for one message. env_program overrides the environment
 * when not NULL. 0; -1 with errno (then injector_commit gives a Z verdict too).
 */
int injector_spawn(struct injector *q);
/* Uses sock, which is the injector's from now on. */
void injector_join(struct injector *q, int sock);
/* Connects to the second entrance. 0; -1 with errno. */
int injector_connect(struct injector *q);
void injector_data(struct injector *q, const void *p, size_t len);
void injector_envelope_begin(struct injector *q);
void injector_sender(struct injector *q, const struct queue_sender *s);
void injector_recipient(struct injector *q, const struct queue_recipient *r);
/* Ends the envelope and waits for the verdict, which is always filled in. */
void injector_commit(struct injector *q, struct injector_verdict *v);
/* Nothing is queued. A session goes on; a spawned program is over. */
void injector_abort(struct injector *q);
/* Closes the session or what is left of a spawned program. */
void injector_close(struct injector *q);

/*
 * For who runs a program of qmail-queue's interface in another way than
 * injector_spawn: what its exit code means, with what it wrote to fd 6. Fills
 * in code and text of v; no ID.
 */
void injector_explain(int code, struct span custom, struct injector_verdict *v);

#endif
