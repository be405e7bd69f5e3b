/*
 * The file passwd in the control directory: people without a Unix account, and
 * application passwords of people with one. A line each:
 *
 *	address:hash:uid:gid:home:quota:name=hash name=hash ...
 *
 * address   in lower case; without a domain: a Unix account, for which only
 *           hash and the application passwords count
 * hash      of the password: crypt(3)'s, or a SCRAM-SHA-256 verifier; "*" none;
 *           "-" the system's own (Unix accounts); with "!" before it the whole
 *           account is locked
 * quota     of the Maildir, as in maildirsize: 1000000S,500C; empty: none
 * the rest  application passwords
 *
 * It is compiled to passwd.cdb: key address, data the other fields, NUL-ended.
 * Pure; peoplefile.h reads and changes the files.
 */
#ifndef AUTH_PEOPLE_H
#define AUTH_PEOPLE_H

#include <stdint.h>

#include "lib/base/buf.h"

enum {
	PEOPLE_ADDRESS_MAX = 255,
	PEOPLE_HASH_MAX = 511,
	PEOPLE_APPS_MAX = 32,		/* application passwords of a user */
	PEOPLE_APP_NAME_MAX = 64,
	PEOPLE_LINE_MAX = 32768,
	PEOPLE_NOBODY = 0,		/* uid and gid of a line without */
};

struct people_entry {
	struct span address, hash, home, quota, apps;
	uint32_t uid, gid;
};

/* A line without its LF; the spans point into it. Comments are PARSE_BAD. */
enum parse people_take_line(struct span line, struct people_entry *out)
    MUST_CHECK;
/* A uid or gid; PEOPLE_NOBODY for an empty field. */
bool people_take_id(struct span s, uint32_t *id) MUST_CHECK;
/* Appends the line and its LF. */
void people_put_line(struct buf *to, const struct people_entry *e);

/* Appends the data of the cdb record; and back (address stays empty). */
void people_put_record(struct buf *to, const struct people_entry *e);
enum parse people_take_record(struct span data, struct people_entry *out)
    MUST_CHECK;

/* The next "name=hash" of *apps; false at the end. */
bool people_next_app(struct span *apps, struct span *name, struct span *hash);

/*
 * Appends the address as it is looked up, in lower case, its domain in the form
 * of DNS (lib/net/idn.h). false: it is none (empty, too long, not UTF-8, control
 * characters, ':' '/' or blanks, a part that begins with a dot or is missing). A
 * name without '@' is an address of that kind.
 */
bool people_address(struct span s, struct buf *to);
/* Is it an address with a domain? Otherwise it names a Unix account. */
bool people_has_domain(struct span address);
/* May this name an application password? Letters, digits, '.', '_', '-'. */
bool people_app_name(struct span s);
/* May this stand in a field of the file? No ':', LF or NUL. */
bool people_field(struct span s);

#endif
