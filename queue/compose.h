/*
 * What the header of a message becomes before it enters the queue: completed
 * as qmail-inject completes it (postern-header(5)). Pure: who sends and when
 * are told by the caller.
 */
#ifndef QUEUE_COMPOSE_H
#define QUEUE_COMPOSE_H

#include "lib/mail/address.h"

enum {
	COMPOSE_HEADER_MAX = 16 << 20,	/* bytes of a header, before and after */
	COMPOSE_RECIPIENTS_MAX = 32 << 20	/* bytes of addresses in it */
};

struct compose_how {
	struct completion hosts;
	struct span from;		/* unquoted address of a From to add */
	struct span name;		/* its display name; empty: none */
	struct span date;		/* of a Date to add */
	struct span message_id;		/* of a Message-ID to add, without <> */
	struct span lists;		/* NUL-ended: $QMAILMFTFILE's addresses */
	bool comment_style;		/* From: address (name) */
	bool delete_from;
	bool delete_message_id;
	bool need_recipients;		/* fields that hold them must be right */
	bool strict;			/* so must all others with addresses */
};

struct composed {
	struct buf header;		/* without the empty line */
	struct buf recipients;		/* NUL-ended: To Cc Bcc Apparently-To */
	struct buf resent_recipients;	/* NUL-ended: Resent-To -Cc -Bcc */
	struct buf return_path;		/* unquoted */
	bool has_return_path;
	bool resent;			/* any Resent- field was there */
	struct span bad;		/* when that fails: the field to blame */
};

/*
 * Composes from header, which holds fields only. 0; -1 with errno: EINVAL when
 * out->bad cannot be understood, ENOMEM, EMSGSIZE. Free out in any case.
 */
int compose(const struct compose_how *how, struct span header,
    struct composed *out) MUST_CHECK;
void composed_free(struct composed *c);

#endif
