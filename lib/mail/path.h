/*
 * Addresses in the envelope. Inside postern an address is unquoted, as in
 * qmail: what follows the last @ is the domain, what stands before it is the
 * local part, whatever bytes it holds. On the wire it is a path (RFC 5321
 * sections 4.1.2 and 4.1.3), which quotes the local part where it must.
 */
#ifndef LIB_MAIL_PATH_H
#define LIB_MAIL_PATH_H

#include "lib/base/buf.h"

enum {
	PATH_ADDRESS_MAX = 1002,	/* bytes of an address, unquoted */
	PATH_WIRE_MAX = 2100,		/* bytes that path_write may write */
	PATH_DOMAIN_MAX = 255,		/* RFC 5321 section 4.5.3.1.2 */
	PATH_LABEL_MAX = 63,		/* RFC 1035 section 2.3.4 */
	PATH_PARAM_MAX = 64		/* bytes of a parameter's keyword */
};

struct path {
	bool has_domain;	/* not: <>, <postmaster>, <somebody> */
	bool utf8;		/* holds other than ASCII: RFC 6531 */
	size_t local_len;	/* the domain starts one behind it */
	size_t len;		/* 0: the null path <> */
	char address[PATH_ADDRESS_MAX + 1];	/* unquoted, NUL-ended */
};

enum path_result {
	PATH_OK,
	PATH_BAD,		/* not a path */
	PATH_LONG,		/* over a limit above */
	PATH_NOT_UTF8		/* 8-bit bytes that are not UTF-8 */
};

/*
 * Takes "<local@domain>", "<>" or "<local>" off the front of *in. Source
 * routes are dropped. Accepts more than the RFC where it is harmless: dots
 * anywhere in a local part, "_" in domains, local parts over 64 bytes. Never
 * accepts control characters, or a local part that is empty.
 */
enum path_result path_take(struct span *in, struct path *out) MUST_CHECK;

/* The same, also without the angle brackets, up to a blank or the end. */
enum path_result path_take_loose(struct span *in, struct path *out) MUST_CHECK;

/* All of it, and its parts; they live as long as p. */
struct span path_address(const struct path *p);
struct span path_local(const struct path *p);
struct span path_domain(const struct path *p);

/*
 * Appends the path of an unquoted address, with angle brackets: "<>" for the
 * empty one. 0; -1 with errno EINVAL, and nothing appended, when the address
 * holds control characters, or its domain what no domain may hold.
 */
int path_write(struct buf *to, struct span address) MUST_CHECK;
/* The same without the angle brackets: an addr-spec for a header field. */
int path_write_bare(struct buf *to, struct span address) MUST_CHECK;

/* Would they write it? */
bool path_is_writable(struct span address);

/* Does it hold bytes over 127? */
bool path_is_utf8(struct span address);

/*
 * Cuts an unquoted address at its last @. false when there is none: then
 * local is all of it and domain is empty. local and domain may be NULL.
 */
bool address_split(struct span address, struct span *local,
    struct span *domain);

/* Is s a domain name or an address literal that a path may hold? */
bool domain_ok(struct span s);

/* ---- what may follow a path: RFC 5321 section 4.1.2, Mail-parameters ---- */

struct path_param {
	struct span keyword;
	struct span value;
	bool has_value;		/* "KEY=" is malformed, "KEY" has none */
};

/*
 * Takes the next parameter, blanks before it skipped. 1 one is there; 0 the
 * end; -1 malformed.
 */
int path_param_take(struct span *in, struct path_param *out) MUST_CHECK;

#endif
