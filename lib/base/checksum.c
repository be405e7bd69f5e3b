/* The checksum of queue files: four lanes of multiply and fold. */
#include "lib/base/checksum.h"

#include <string.h>

static const uint64_t factor = 0xd6e8feb86659fd93u;	/* odd: a bijection */
static const uint64_t seeds[CHECKSUM_LANES] = {
	0x706f737465726e31u, 0x243f6a8885a308d3u,
	0x13198a2e03707344u, 0xa4093822299f31d0u,
};

/* Little-endian whatever the machine; compilers make one load of it. */
static uint64_t
word(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static uint64_t
mix(uint64_t lane, uint64_t w)
{
	lane = (lane ^ w) * factor;
	return lane ^ lane >> 32;
}

static void
add_blocks(struct checksum *c, const unsigned char *p, size_t blocks)
{
	uint64_t a = c->lanes[0], b = c->lanes[1];
	uint64_t d = c->lanes[2], e = c->lanes[3];

	for (; blocks > 0; blocks--, p += CHECKSUM_BLOCK) {
		a = mix(a, word(p));
		b = mix(b, word(p + 8));
		d = mix(d, word(p + 16));
		e = mix(e, word(p + 24));
	}
	c->lanes[0] = a;
	c->lanes[1] = b;
	c->lanes[2] = d;
	c->lanes[3] = e;
}

void
checksum_init(struct checksum *c)
{
	memset(c, 0, sizeof *c);
	memcpy(c->lanes, seeds, sizeof seeds);
}

void
checksum_add(struct checksum *c, const void *from, size_t len)
{
	const unsigned char *p = from;

	c->len += len;
	if (c->waiting > 0) {
		size_t n = CHECKSUM_BLOCK - c->waiting;

		if (n > len)
			n = len;
		memcpy(c->block + c->waiting, p, n);
		c->waiting += n;
		p += n;
		len -= n;
		if (c->waiting < CHECKSUM_BLOCK)
			return;
		add_blocks(c, c->block, 1);
		c->waiting = 0;
	}
	add_blocks(c, p, len / CHECKSUM_BLOCK);
	p += len - len % CHECKSUM_BLOCK;
	c->waiting = len % CHECKSUM_BLOCK;
	if (c->waiting > 0)
		memcpy(c->block, p, c->waiting);
}

uint64_t
checksum_end(const struct checksum *c)
{
	struct checksum last = *c;
	uint64_t sum = last.len * factor;

	if (last.waiting > 0) {
		memset(last.block + last.waiting, 0,
		    CHECKSUM_BLOCK - last.waiting);
		add_blocks(&last, last.block, 1);
	}
	for (int i = 0; i < CHECKSUM_LANES; i++)
		sum = mix(sum, last.lanes[i]);
	return mix(sum, 0);
}

uint64_t
checksum64(struct span s)
{
	struct checksum c;

	checksum_init(&c);
	if (s.len > 0)
		checksum_add(&c, s.p, s.len);
	return checksum_end(&c);
}
