/*
 * Netstrings: the length in decimal, a colon, the bytes, a comma. "5:hello,".
 * No leading zeros but for the empty one, "0:,".
 */
#ifndef LIB_BASE_NETSTRING_H
#define LIB_BASE_NETSTRING_H

#include "lib/base/buf.h"

/* Room for the head, the length and the colon, of any netstring. */
enum { NETSTRING_HEAD_MAX = 21 };

/*
 * Takes the head off the front of *in; *len is at most max.
 * PARSE_OK, PARSE_BAD, or PARSE_MORE when *in ends in the middle of it.
 */
enum parse netstring_head_take(struct span *in, size_t max, size_t *len);

/* Takes a whole netstring of at most max bytes; *out points into *in. */
enum parse netstring_take(struct span *in, size_t max, struct span *out);

/* The head for len bytes, in room. */
struct span netstring_head(size_t len, char room[NETSTRING_HEAD_MAX]);

void netstring_write(struct buf *to, struct span bytes);

#endif
