/*
 * Address lists of header fields (RFC 5322 section 3.4 with the obsolete forms
 * of section 4.4): groups, comments, quoted names, source routes, domain
 * literals, 8-bit and UTF-8 names. As in qmail-inject, a blank where a comma
 * should be ends an address too.
 */
#ifndef LIB_MAIL_ADDRESS_H
#define LIB_MAIL_ADDRESS_H

#include "lib/mail/path.h"

enum {
	ADDRESS_NEST_MAX = 50		/* comments within comments */
};

enum address_kind {
	ADDRESS_MAILBOX,
	ADDRESS_GROUP,			/* its name; mailboxes follow */
	ADDRESS_GROUP_END
};

struct address {
	enum address_kind kind;
	struct span name;	/* as written, before < or a group's colon */
	struct span comment;	/* the last one behind it, without parentheses */
	struct span gap;	/* as written, between the one before and this */
	struct span spec;	/* the address as written, with its route */
	bool comma_lacks;	/* gap has no comma, or a ; instead */
	bool route;		/* spec starts with a route */
	bool angle;		/* it stood in angle brackets */
	bool has_domain;
	struct span whole;	/* unquoted: local@domain; "" for <>; "a@b@"
				   for a quoted "a@b" without a domain */
	struct span local, domain;	/* its parts, unquoted */
};

struct address_list {
	struct span rest;
	struct buf text;	/* of the last address, unquoted */
	const char *plain_until;	/* neither < nor : before this */
	bool in_group;
	bool need_comma;	/* an address came, no comma since */
};

/* Reads value, the value of a header field, which must outlive the list. */
void address_list_init(struct address_list *l, struct span value);
void address_list_free(struct address_list *l);

/*
 * The next address, group start or group end. Its spans live until the next
 * call. 1; 0 the end (gap and comma_lacks tell of what stood there); -1 with
 * errno: EINVAL (not an address list), EMSGSIZE, ENOMEM.
 */
int address_next(struct address_list *l, struct address *out) MUST_CHECK;

/* ---- completion, as qmail-inject completes host names ---- */

struct completion {
	struct span defaulthost;	/* for an address without one */
	struct span defaultdomain;	/* for a host without dots */
	struct span plusdomain;		/* for a host that ends with + */
};

/* Appends the completed form of an unquoted address, unquoted. */
void address_complete(struct buf *to, struct span address,
    const struct completion *c);

/*
 * Appends value with every address completed, routes gone and commas put
 * where they lack; what needs no change stays as it was written.
 * each, when not NULL, is called with every completed address, unquoted.
 * 0; -1 with errno as address_next.
 */
int address_list_complete(struct buf *to, struct span value,
    const struct completion *c,
    void (*each)(void *ctx, struct span address), void *ctx) MUST_CHECK;

#endif
