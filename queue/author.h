/*
 * Who sends, and what host names are completed with: the environment first,
 * then control files, then /etc/passwd, which is read directly (a static
 * program has no NSS).
 */
#ifndef QUEUE_AUTHOR_H
#define QUEUE_AUTHOR_H

#include "lib/mail/address.h"

enum {
	AUTHOR_NAME_MAX = 4096,		/* bytes of any of these */
	AUTHOR_PASSWD_MAX = 16 << 20	/* bytes of /etc/passwd */
};

struct author {
	struct buf me, defaulthost, defaultdomain, plusdomain, idhost;
	struct buf user, host;		/* of a From field */
	struct buf full_name;		/* see author_full_name; may be empty */
	bool passwd_read;		/* user and full_name are from there */
	struct span name;		/* $QMAILNAME and its like; may be empty */
	struct completion hosts;	/* points to the bufs above */
};

/*
 * Fills a, but for the full name. 0; -1 with errno, *what then names the file
 * to blame.
 */
int author_load(struct author *a, const char **what) MUST_CHECK;
/* Fills in the full name of the invoking user. 0; -1 with errno. */
int author_full_name(struct author *a) MUST_CHECK;

/* user@host, completed, unquoted. */
void author_address(const struct author *a, struct buf *to);

/*
 * The envelope sender: $QMAILSUSER@$QMAILSHOST, else as author_address.
 * stamp: when not empty, "-stamp" follows the user. verp: for each recipient.
 */
void author_sender(const struct author *a, struct span stamp, bool verp,
    struct buf *to);

#endif
