/*
 * A 64-bit checksum against what disks, crashes and copying do to bytes. It is
 * not a signature: whoever can write a file can make its checksum fit.
 *
 * Four lanes take turns with 8-byte words, so that a processor works on all of
 * them at once. Each step is a bijection of word and lane: one changed word
 * always changes the sum.
 */
#ifndef LIB_BASE_CHECKSUM_H
#define LIB_BASE_CHECKSUM_H

#include <stdint.h>

#include "lib/base/span.h"

enum { CHECKSUM_LANES = 4, CHECKSUM_BLOCK = 32 };

struct checksum {
	uint64_t lanes[CHECKSUM_LANES];
	uint64_t len;
	size_t waiting;				/* bytes in block */
	unsigned char block[CHECKSUM_BLOCK];
};

void checksum_init(struct checksum *c);
/* The bytes may come in pieces of any size: the sum does not depend on it. */
void checksum_add(struct checksum *c, const void *p, size_t len);
/* The sum of all so far. */
uint64_t checksum_end(const struct checksum *c);

/* Of one piece. */
uint64_t checksum64(struct span s);

#endif
