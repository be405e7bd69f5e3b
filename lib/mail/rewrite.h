/*
 * What becomes of an envelope recipient: qmail-send's rules over its control
 * files. A pure function over loaded lists, so that RCPT and delivery agree.
 *
 *   no @                       @envnoathost is added
 *   user@[1.2.3.4], our own    user@localiphost
 *   user%dom@host, host in percenthack      user@dom, repeatedly
 *   domain in locals           local as it is
 *   virtualdomains             the first of user@domain, domain, .suffix (the
 *                              longest first), "" that is listed: local as
 *                              prepend-user@domain; an empty prepend: remote
 *   otherwise                  remote
 */
#ifndef LIB_MAIL_REWRITE_H
#define LIB_MAIL_REWRITE_H

#include "lib/base/buf.h"

/*
 * Lists hold NUL-ended entries, as control_list reads them, with domains in
 * the form of DNS (lib/net/idn.h). Addresses may have them in either form.
 */
struct rewrite_lists {
	struct span envnoathost, localiphost;	/* one name each */
	struct span locals, percenthack, virtualdomains;
	struct span own_ips;	/* of this host: "127.0.0.1", "::1" */
	char brk;		/* extension break: '-' */
};

struct rewrite_entry {
	struct span key;	/* lower case */
	struct span value;
};

struct rewrite_table {
	struct rewrite_entry *entries;	/* sorted by key */
	size_t count;
};

struct rewrite {
	char *text;		/* all the lists, copied */
	struct rewrite_table locals, percenthack, virtualdomains, own_ips;
	struct span envnoathost, localiphost;
	char brk;
};

struct rewritten {
	bool local;
	struct span address;	/* whole: local@domain */
	struct span user;	/* its local part; local: ask users for this */
	struct span domain;	/* remote: where to send it */
};

/* Copies and sorts the lists. 0; -1 with errno ENOMEM, *r then as freed. */
int rewrite_load(struct rewrite *r, const struct rewrite_lists *lists);
void rewrite_free(struct rewrite *r);

/*
 * What address becomes. scratch is reset and holds out's bytes until its next
 * change. O(log n) in each list. 0; -1 with errno of scratch.
 */
int rewrite_address(const struct rewrite *r, struct span address,
    struct buf *scratch, struct rewritten *out) MUST_CHECK;

#endif
