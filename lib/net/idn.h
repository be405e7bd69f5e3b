/*
 * Domain names with letters beyond ASCII, as DNS knows them: each such label
 * in Punycode (RFC 3492) behind "xn--" (RFC 5890). ASCII letters are made
 * small; other letters are taken as they are, not mapped and not checked
 * against what a registry would accept.
 */
#ifndef LIB_NET_IDN_H
#define LIB_NET_IDN_H

#include "lib/base/buf.h"

/*
 * Appends the ASCII form of domain. 0; -1 with errno EINVAL: not UTF-8, or a
 * label too long.
 */
int idn_to_ascii(struct span domain, struct buf *to) MUST_CHECK;

/* The same for what stands behind the last '@' of address, or for all of it. */
int idn_address(struct span address, struct buf *to) MUST_CHECK;

/*
 * The same for the names in a list of NUL-ended entries, each up to end (a
 * character, or NUL for all of the entry). What has no such form stays as it
 * is: it matches nothing that has one. 0; -1 with errno of list.
 */
int idn_list(struct buf *list, char end) MUST_CHECK;

#endif
