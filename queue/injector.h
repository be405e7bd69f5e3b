/*
 * How programs put mail into the queue: a client of postern-queue. One struct
 * injector carries one message after another. Errors stick until the verdict,
 * so callers write freely and ask once.
 *
 * A struct injector starts in one of four ways:
 *   injector_spawn    for one message: runs $POSTERNQUEUE, else $QMAILQUEUE,
 *                     else postern-queue, by qmail-queue's interface (message
 *                     on fd 0, envelope on fd 1, custom text on fd 6)
 *   injector_adopt    the same with a program that someone else has started
 *   injector_join     a session on a connected stream socket (session form),
 *                     with a postern-queue -s at the other end
 *   injector_connect  a session with the second entrance, queue/injector
 *
 * then for each message:
 *   injector_data (any number of times), injector_envelope_begin,
 *   injector_sender, injector_recipient (any number), injector_commit
 *   or injector_abort at any point
 *
 * injector_alive tells whether it can carry another message: a program never
 * can, a session until it breaks. Whoever needs the second entrance because it
 * may not gain privileges need not care: postern-queue goes there by itself.
 *
 * A dead program, a broken pipe or a silent peer ends in a Z verdict, never in
 * a signal or an endless wait: SIGPIPE is ignored from the first injector_spawn
 * or injector_adopt on (and reset in the program), waits have limits.
 *
 * A message that fits into INJECTOR_ROOM goes through a session in one write;
 * an abort before anything was written costs nothing.
 */
#ifndef QUEUE_INJECTOR_H
#define QUEUE_INJECTOR_H

#include <sys/types.h>

#include "queue/format.h"

enum {
	INJECTOR_TEXT_MAX = 255,
	INJECTOR_ROOM = 32768,
	INJECTOR_STALL_MS = 20 * 60 * 1000,	/* no progress in writing */
	INJECTOR_VERDICT_MS = 60 * 60 * 1000,	/* a scanner may be slow */
	INJECTOR_END_MS = 1000,		/* one that is to end: then it is killed */
};

/* What became of a message. */
struct injector_verdict {
	int code;		/* qmail-queue's exit code; 0 is queued */
	char id[QUEUE_ID_LEN + 1];	/* "" when not known */
	unsigned pid;		/* "qp" */
	/*
	 * What to tell: first letter K, Z or D, then text for a log or an SMTP
	 * reply, with the enhanced code as qmail writes it: "Dmail server
	 * permanently rejected message (#5.3.0)". Printable ASCII or UTF-8,
	 * never empty behind the letter.
	 */
	char text[INJECTOR_TEXT_MAX + 1];
};

/*
 * The program has ended, or is not waited for any longer, and to be ended: its
 * exit code, 0 to 255; -1 when it crashed.
 */
typedef int injector_ended(void *self);

/* What came on a program's descriptor 6. */
struct injector_custom {
	size_t len;		/* of text */
	size_t surplus;		/* bytes behind it, read and dropped */
	char text[INJECTOR_TEXT_MAX];
};

struct injector {
	int fd;			/* session, or the program's descriptor 0 */
	int envelope_fd;	/* of a program; -1 for a session */
	int custom_fd;		/* of a program; -1: none */
	pid_t pid;
	int end_fd;		/* of a program that was adopted; or -1 */
	injector_ended *ended;
	void *ended_self;
	struct injector_custom custom;
	bool program;
	bool plain;		/* F and T records only ($QMAILQUEUE) */
	bool in_message;
	bool in_envelope;
	bool sent;		/* some of this message has left */
	int err;		/* the first errno of this message */
	int64_t stall_ms, verdict_ms;	/* limits: INJECTOR_*_MS, if not less */
	struct buf record;	/* scratch */
	size_t start;		/* of the netstring being filled */
	size_t len;
	char bytes[INJECTOR_ROOM];
};

/*
 * The path of the program for one message, and whether it is one that knows qmail's
 * records only ($QMAILQUEUE). NULL: neither variable is set (an empty one
 * counts as not set), so it is postern-queue.
 */
const char *injector_program(bool *plain);

/*
 * Starts the program for one message. 0; -1 with errno (then injector_commit
 * gives a Z verdict too).
 */
int injector_spawn(struct injector *q);
/*
 * The write ends of the program's descriptors 0 and 1, the read end of its 6
 * (or -1); the injector's from now on. end, which remains the caller's, can be
 * read from when the program has ended; then, or when that takes too long,
 * ended(self) is called, once.
 */
void injector_adopt(struct injector *q, int message, int envelope, int custom,
    int end, bool plain, injector_ended *ended, void *self);
/* Uses sock, which is the injector's from now on. */
void injector_join(struct injector *q, int sock);
/* Connects to the second entrance. 0; -1 with errno. */
int injector_connect(struct injector *q);
/* No wait for it is longer than ms from now on. */
void injector_hurry(struct injector *q, int64_t ms);
/* Can it carry another message? */
bool injector_alive(const struct injector *q);

void injector_data(struct injector *q, const void *p, size_t len);
void injector_envelope_begin(struct injector *q);
void injector_sender(struct injector *q, const struct queue_sender *s);
void injector_recipient(struct injector *q, const struct queue_recipient *r);
/* Records as they are, for a session; without the final empty record. */
void injector_records(struct injector *q, const void *p, size_t len);
/* Ends the envelope and waits for the verdict, which is always filled in. */
void injector_commit(struct injector *q, struct injector_verdict *v);
/* Nothing is queued. A session goes on; a spawned program is over. */
void injector_abort(struct injector *q);
/* Closes the session or what is left of a spawned program. */
void injector_close(struct injector *q);

/*
 * For who runs a program of qmail-queue's interface in another way: what its
 * exit code means (-1 is a crash), with what it wrote to fd 6. Fills in code
 * and text of v and nothing else.
 */
void injector_explain(int code, struct span custom, struct injector_verdict *v);

#endif
