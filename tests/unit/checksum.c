/* The checksum does not depend on the pieces, and sees every change. */
#include "lib/base/checksum.h"

#include "tests/tap.h"

enum { SIZE = 200 };

static void
fill(char *p)
{
	for (int i = 0; i < SIZE; i++)
		p[i] = (char)(i * 37 + 11);
}

static bool
pieces_do_not_matter(const char *p, uint64_t want)
{
	for (size_t a = 0; a <= SIZE; a++)
		for (size_t b = a; b <= SIZE; b += 7) {
			struct checksum c;

			checksum_init(&c);
			checksum_add(&c, p, a);
			checksum_add(&c, p + a, b - a);
			checksum_add(&c, p + b, SIZE - b);
			if (checksum_end(&c) != want)
				return false;
		}
	return true;
}

static bool
each_bit_matters(char *p, uint64_t want)
{
	for (int i = 0; i < SIZE * 8; i++) {
		bool same;

		p[i / 8] ^= (char)(1 << i % 8);
		same = checksum64((struct span){ p, SIZE }) == want;
		p[i / 8] ^= (char)(1 << i % 8);
		if (same)
			return false;
	}
	return true;
}

int
main(void)
{
	char bytes[SIZE], zeros[SIZE] = { 0 };
	uint64_t sum;

	fill(bytes);
	sum = checksum64((struct span){ bytes, SIZE });
	ok(pieces_do_not_matter(bytes, sum), "the pieces do not matter");
	ok(each_bit_matters(bytes, sum), "each bit matters");
	ok(checksum64((struct span){ zeros, 8 }) !=
	    checksum64((struct span){ zeros, 9 }), "the length matters");
	ok(checksum64((struct span){ zeros, 0 }) !=
	    checksum64((struct span){ zeros, 32 }), "nothing is not zeros");
	ok(checksum64(SPAN("postern")) == 0xd4f9b4679c95451au,
	    "a fixed value: the format of files that lie in queues");
	return tap_done();
}
