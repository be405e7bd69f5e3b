/*
 * maildirsize: any bytes give a limit and sums that cannot overflow, or none.
 *
 * links: lib/maildir/names.o lib/maildir/quota.o
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/maildir/quota.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span all = { (const char *)bytes, size };
	struct quota_limit limit;
	struct quota_sum sum;
	struct span first;

	if (quota_file_parse(all, &first, &limit, &sum) == -1)
		return 0;
	if (first.len > size || sum.lines > size)
		abort();
	return 0;
}
