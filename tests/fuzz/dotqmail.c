/*
 * .qmail lines: all bytes are in some line, in order, and texts lie inside;
 * the search for an extension ends, and never leaves the directory.
 *
 * links: lib/mail/dotqmail.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/dotqmail.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
search(struct span ext)
{
	struct dotqmail_search s;
	struct buf name;
	size_t n = 0;
	long rest;

	buf_init(&name, ext.len + 64);
	dotqmail_search_start(&s, SPAN("-"), ext);
	while (dotqmail_search_next(&s, &name, &rest)) {
		struct span text = buf_peek(&name);

		if (rest != DOTQMAIL_NO_DEFAULT && (size_t)rest > ext.len)
			abort();
		if (++n > ext.len + 2 || text.len < 7 ||
		    memchr(text.p + 1, '.', text.len - 1) != NULL)
			abort();
	}
	buf_free(&name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span all = { (const char *)bytes, size };
	struct span rest = all;
	struct dotqmail_line line;

	while (rest.len > 0) {
		size_t before = rest.len;

		if (!dotqmail_next(&rest, &line) || rest.len >= before ||
		    line.text.p < all.p ||
		    line.text.p + line.text.len > all.p + all.len)
			abort();
	}
	search(all);
	return 0;
}
