/* A session's netstrings mean the same however they are cut. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/checksum.h"
#include "queue/chunks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was said, with the bytes of a row of CHUNKS_BYTES as one. */
struct story {
	struct checksum sum;
	size_t bytes;
};

static void
tell(struct story *s, enum chunks_event e, struct span bytes)
{
	unsigned char sign = (unsigned char)e;

	if (e == CHUNKS_BYTES) {
		if (bytes.len == 0 || bytes.len > CHUNKS_MAX)
			abort();
		checksum_add(&s->sum, bytes.p, bytes.len);
		s->bytes += bytes.len;
		return;
	}
	checksum_add(&s->sum, &s->bytes, sizeof s->bytes);
	checksum_add(&s->sum, &sign, 1);
}

/* Feeds all in pieces of step bytes; what is not taken comes again. */
static uint64_t
play(struct span all, size_t step)
{
	struct story s = { .bytes = 0 };
	struct chunks c;
	size_t taken = 0, shown = 0;

	checksum_init(&s.sum);
	chunks_init(&c);
	while (shown < all.len) {
		shown = step < all.len - shown ? shown + step : all.len;
		for (;;) {
			struct span in = { all.p + taken, shown - taken };
			struct span bytes;
			enum chunks_event e = chunks_take(&c, &in, &bytes);

			taken = (size_t)(in.p - all.p);
			if (in.len == 0)
				taken = shown;
			if (e == CHUNKS_MORE)
				break;
			tell(&s, e, bytes);
			if (e == CHUNKS_BAD)
				return checksum_end(&s.sum);
		}
	}
	checksum_add(&s.sum, &s.bytes, sizeof s.bytes);
	return checksum_end(&s.sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all;

	if (size < 2)
		return 0;
	all = (struct span){ (const char *)data + 1, size - 1 };
	if (play(all, all.len) != play(all, data[0] % 16 + 1u))
		abort();
	return 0;
}
