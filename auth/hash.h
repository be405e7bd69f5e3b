/*
 * Password hashes: crypt(3)'s of any kind that libc knows, and SCRAM-SHA-256
 * verifiers, which serve that mechanism as well as a password in the clear.
 */
#ifndef AUTH_HASH_H
#define AUTH_HASH_H

#include "lib/base/buf.h"

/*
 * Takes as long as the hash wants, and sets *worked; or no time at all, when it
 * is none ("*LK*"). Wrong, malformed, locked: false.
 */
bool hash_matches(struct span hash, struct span password, bool *worked);

/*
 * Could it be a hash at all, known to this libc? Slow: it tries, and keeps in
 * known (a caller's buf, empty at first) what works, so that another one of
 * that kind and cost needs no trying.
 */
bool hash_usable(struct span hash, struct buf *known);

/* Is it a scheme that hash_make knows? */
bool hash_scheme_ok(const char *scheme);

/*
 * Appends a hash. scheme: "scram", "sha512", or "default", crypt(3)'s own
 * choice where it has one. 0; -1 with errno, EINVAL for an unknown scheme.
 */
int hash_make(struct buf *to, const char *scheme, struct span password);

/* len random bytes from the system. 0; -1 with errno. */
int random_bytes(void *p, size_t len);
/* Appends len random characters of the alphabet (2 to 256 of them). */
int random_text(struct buf *to, const char *alphabet, size_t len);

/* Overwrites with zeros, and no compiler may leave it out. */
void wipe_bytes(void *p, size_t len);

#endif
