/*
 * A message from a local program into the queue: what postern-inject and
 * sendmail have in common. In order: submission_init, submission_load, the
 * caller's own settings, submission_add for each argument, submission_read,
 * then submission_print or submission_queue.
 */
#ifndef QUEUE_SUBMIT_H
#define QUEUE_SUBMIT_H

#include "lib/os/out.h"
#include "queue/author.h"
#include "queue/compose.h"
#include "queue/injector.h"
#include "queue/reader.h"

enum submit_result {
	SUBMIT_OK,
	SUBMIT_BAD,		/* the message or an address is wrong for good */
	SUBMIT_TROUBLE		/* on our side */
};

enum { SUBMIT_WHY_MAX = 512 };

struct submission {
	struct author author;
	struct compose_how how;
	struct queue_sender sender;	/* flags and envid are the caller's;
					   8BITMIME is added where it is true
					   and nothing was said */
	unsigned notify;		/* of every recipient */
	bool sender_given;		/* by the caller, in sender_address */
	bool use_return_path;
	bool verp_each, verp_message;	/* of the sender that we make up */
	bool verp_any;			/* of whatever sender there is */
	bool add_header_recipients;
	bool want_full_name;		/* from /etc/passwd, for a From to add */
	struct buf recipients;		/* NUL-ended, completed */
	struct buf sender_address;
	struct buf from_address;	/* of a From to add */
	struct buf lists;		/* $QMAILMFTFILE */
	bool eight_bit;			/* it holds bytes over 127 */
	char message_id[512];
	char date[64];
	char why[SUBMIT_WHY_MAX];	/* after a failure */
	struct reader reader;
	struct composed composed;
	struct injector injector;
};

/* reader_how: READER_* for descriptor 0. */
void submission_init(struct submission *s, unsigned reader_how);
/* Environment and control files. with_full_name: see author_load. */
enum submit_result submission_load(struct submission *s);
/* The letters of $QMAILINJECT. */
void submission_letters(struct submission *s, const char *letters);
/* An envelope sender, unquoted; completed unless it is empty or special. */
void submission_set_sender(struct submission *s, struct span address);
/* A recipient, unquoted; it is completed. */
void submission_add(struct submission *s, struct span address);
/* Reads and composes the header; then all recipients are known. */
enum submit_result submission_read(struct submission *s);
/* The message, composed, to out. */
enum submit_result submission_print(struct submission *s, struct out *out);
/*
 * The message into the queue. SUBMIT_OK: v tells what became of it; otherwise
 * nothing was queued.
 */
enum submit_result submission_queue(struct submission *s,
    struct injector_verdict *v);

#endif
