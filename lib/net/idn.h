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

#endif
