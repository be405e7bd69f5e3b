/*
 * Replies of SMTP servers: whatever comes, what is kept is printable, bounded,
 * and its status code is one.
 *
 * links: remote/reply.o lib/base/span.o lib/base/num.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "remote/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(const struct reply *r)
{
	struct span text = reply_text(r);
	char status[REPLY_STATUS_MAX];

	if (text.len > REPLY_TEXT_MAX || r->lines > REPLY_LINES_MAX + 1)
		abort();
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] != '\n' && (text.p[i] < ' ' || text.p[i] > 126))
			abort();
	reply_status(r, '5', status);
	if (memchr(status, '\0', sizeof status) == NULL || status[0] != '5' ||
	    status[1] != '.')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };
	struct offers o = { 0 };
	struct reply r;

	reply_start(&r);
	while (in.len > 0) {
		struct span said, line = span_cut(&in, '\n');
		enum parse p = reply_add(&r, line, &said);

		check(&r);
		if (p == PARSE_BAD)
			return 0;
		offers_add(&o, said);
		if (p == PARSE_OK)
			reply_start(&r);
	}
	return 0;
}
