/* base64 (RFC 4648), quoted-printable (RFC 2045), encoded words (RFC 2047). */
#ifndef LIB_MAIL_ENCODE_H
#define LIB_MAIL_ENCODE_H

#include "lib/base/buf.h"

/* One line, padded, whatever its length. */
void base64_encode(struct buf *to, struct span bytes);
/*
 * All of s, padding required, no blanks within.  0; -1 with errno EINVAL, and
 * what was appended is of no use.
 */
int base64_decode(struct buf *to, struct span s) MUST_CHECK;

/*
 * Quoted-printable of a text whose lines end with LF, lines of at most 76
 * bytes; LF stays the line end.
 */
void qp_encode(struct buf *to, struct span text);

/*
 * A display name as a phrase (RFC 5322 section 3.2.5): atoms as they are,
 * otherwise a quoted string, or encoded words when it is not ASCII (charset
 * utf-8; unknown-8bit when it is not UTF-8). Control characters are dropped.
 * Long ones are folded with LF and a space.
 */
void phrase_write(struct buf *to, struct span name);
/* The same as a comment, for the address-comment style: "(name)". */
void comment_write(struct buf *to, struct span name);

#endif
