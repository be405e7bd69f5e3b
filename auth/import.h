/*
 * Lines of other systems' password files: passwd(5) style and Dovecot's
 * passwd-file,
 *
 *	user:password:uid:gid:gecos:home:shell:extra
 *
 * where only the first field must be there. Pure but for making hashes.
 */
#ifndef AUTH_IMPORT_H
#define AUTH_IMPORT_H

#include "auth/people.h"

enum import_result {
	IMPORT_OK,		/* *left: what is left out of it */
	IMPORT_NOTHING,		/* a comment or an empty line */
	IMPORT_BAD		/* *why says what is wrong */
};

/*
 * Reads one line. Missing fields of out are empty or PEOPLE_NOBODY. The
 * password may have a {SCHEME} before it: schemes of crypt(3) and
 * SCRAM-SHA-256 are kept, passwords in the clear are hashed by scheme. hash and
 * quota are caller's bufs that out points into, known that of hash_usable.
 */
enum import_result import_line(struct span line, const char *scheme,
    struct buf *known, struct buf *hash, struct buf *quota,
    struct people_entry *out, unsigned *left, const char **why);

/* Says one thing of the set that was left out, and takes it away; NULL: none. */
const char *import_left_out(unsigned *set);

/*
 * "500M", "2G", "1000000" (bytes), "500M,10000C", maildirsize's "1000S,5C",
 * "none": as maildirsize has it. PARSE_BAD: something else.
 */
enum parse quota_write(struct span s, struct buf *to);

#endif
