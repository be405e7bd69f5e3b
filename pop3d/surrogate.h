/*
 * Headers for clients that did not say UTF8 (RFC 6856 section 2.1): the same
 * fields in ASCII, with encoded words (RFC 2047) for text, and for an address
 * that cannot be written in ASCII an empty group whose name is the address, as
 * RFC 6857 section 3.1 has it. Pure.
 */
#ifndef POP3D_SURROGATE_H
#define POP3D_SURROGATE_H

#include "lib/base/buf.h"

/* Appends the header in ASCII, lines ended by LF. The error sticks in to. */
void surrogate_write(struct buf *to, struct span header);

#endif
