/*
 * What senders are told: a multipart/report (RFC 6522) of three parts: for
 * people, and for programs that know qmail's bounces, a text in QSBMF; for
 * programs a delivery status (RFC 3464, RFC 6533); and what was sent. Pure:
 * bytes into bufs. The pieces follow each other in this order:
 *
 *   bounce_head         the header of the message, beginning of the text
 *   bounce_text         a paragraph, for each recipient
 *   bounce_status_head  end of the text, the status of the message
 *   bounce_status       the status of a recipient, for each of them
 *   bounce_returned     the beginning of what was sent
 *   (the bytes that were sent)
 *   bounce_end
 */
#ifndef SEND_BOUNCE_H
#define SEND_BOUNCE_H

#include "lib/base/buf.h"
#include "send/report.h"

enum bounce_kind { BOUNCE_FAILURE, BOUNCE_DELAY, BOUNCE_SUCCESS };

struct bounce {
	enum bounce_kind kind;
	bool twice;		/* a bounce has bounced: to the postmaster */
	bool utf8;		/* RFC 6533's forms */
	bool eight_bit;		/* something in it is not ASCII */
	bool whole;		/* all that was sent comes back, or its header */
	struct span from;	/* bouncefrom@bouncehost */
	struct span to;
	struct span me;		/* who reports */
	struct span id;		/* of the message told of */
	struct span sender;	/* its sender */
	struct span envid;
	struct span boundary;	/* not to be guessed by who wrote the message */
	uint64_t now_s, birth_s, lifetime_s;
};

/* A recipient that is told of. */
struct told {
	struct span address, orcpt;
	const struct report_entry *entry;
};

void bounce_head(struct buf *to, const struct bounce *b);
void bounce_text(struct buf *to, const struct bounce *b,
    const struct told *t);
void bounce_status_head(struct buf *to, const struct bounce *b);
void bounce_status(struct buf *to, const struct bounce *b,
    const struct told *t);
void bounce_returned(struct buf *to, const struct bounce *b);
void bounce_end(struct buf *to, const struct bounce *b);

/* Which kind of bounce an entry of report/ID belongs into. */
enum bounce_kind bounce_kind_of(const struct report_entry *e);

#endif
