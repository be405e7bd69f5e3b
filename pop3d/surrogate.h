/*
 * Headers for clients that did not say UTF8 (RFC 6856 section 2.1): the same
 * fields in ASCII, with encoded words (RFC 2047) for text, and for an address
 * that cannot be written in ASCII an empty group whose name is the address, as
 * RFC 6857 section 3.1 has it. Pure.
 */
#ifndef POP3D_SURROGATE_H
#define POP3D_SURROGATE_H

#include "lib/base/buf.h"

/*
 * The length of the header at the front of a message, the empty line counted;
 * all of it when there is no empty line.
 */
size_t header_length(struct span message);
/* Appends the header in ASCII, lines ended by LF. The error sticks in to. */
void surrogate_write(struct buf *to, struct span header);

#endif
