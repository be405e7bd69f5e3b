/*
 * The data machine: first byte says how the rest is cut. Whatever comes, no
 * more is given back than came in, and cutting changes nothing.
 *
 * links: smtpd/data.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtpd/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static size_t
run(struct data *d, struct span in, size_t step, char *out)
{
	size_t total = 0;

	data_init(d, false);
	while (in.len > 0) {
		struct span block = span_head(in, step);
		size_t given = block.len, len;
		enum parse r = data_feed(d, &block, out + total, &len);

		if (len > given)
			abort();
		total += len;
		in = span_tail(in, given - block.len);
		if (r == PARSE_OK)
			break;
	}
	if (d->bytes != total)
		abort();
	return total;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes + 1, size - 1 };
	struct data whole, cut;
	char *a, *b;
	size_t n;

	if (size < 2)
		return 0;
	a = malloc(size);
	b = malloc(size);
	if (a == NULL || b == NULL)
		abort();
	n = run(&whole, in, size, a);
	if (run(&cut, in, (size_t)bytes[0] % 7 + 1, b) != n ||
	    memcmp(a, b, n) != 0 || whole.faults != cut.faults ||
	    whole.hops != cut.hops)
		abort();
	free(a);
	free(b);
	return 0;
}
