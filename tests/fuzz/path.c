/*
 * Paths and what follows them: what was read can be written and read again,
 * and no prefix of the input is read beyond its end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
there_and_back(const struct path *p)
{
	struct path again;
	struct buf b;
	struct span s;

	buf_init(&b, PATH_WIRE_MAX);
	if (path_write(&b, path_address(p)) == -1 || buf_get(&b, &s) == -1 ||
	    path_take(&s, &again) != PATH_OK || s.len != 0 ||
	    !span_eq(path_address(p), path_address(&again)) ||
	    p->has_domain != again.has_domain)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };
	struct path_param param;
	struct path p;

	/* Without a domain a quoted @ would look like one: not written so. */
	if (path_take(&in, &p) == PATH_OK &&
	    (p.has_domain || span_find(path_address(&p), '@') == p.len))
		there_and_back(&p);
	while (path_param_take(&in, &param) == 1)
		if (param.keyword.len > PATH_PARAM_MAX)
			abort();
	in = (struct span){ (const char *)bytes, size };
	if (path_take_loose(&in, &p) == PATH_OK && p.len > PATH_ADDRESS_MAX)
		abort();
	return 0;
}
