/*
 * Address lists: completing one gives a list with the same number of
 * addresses, and completing that changes nothing more.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct completion how = {
	.defaulthost = { "host", 4 },
	.defaultdomain = { "dom.example", 11 },
	.plusdomain = { "plus.example", 12 },
};

static void
count(void *ctx, struct span address)
{
	size_t *n = ctx;

	if (address.len == 0)
		abort();
	(*n)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size }, once, twice;
	size_t first = 0, second = 0;
	struct buf a, b;

	buf_init(&a, 8 * size + 4096);
	buf_init(&b, 16 * size + 8192);
	if (address_list_complete(&a, in, &how, count, &first) == 0) {
		if (buf_get(&a, &once) == -1 ||
		    address_list_complete(&b, once, &how, count,
		    &second) == -1 || buf_get(&b, &twice) == -1 ||
		    first != second || !span_eq(once, twice))
			abort();
	}
	buf_free(&a);
	buf_free(&b);
	return 0;
}
