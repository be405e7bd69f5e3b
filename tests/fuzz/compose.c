/*
 * Header completion: composing what was composed changes nothing and finds
 * the same recipients; nothing that must not leave is left.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/header.h"
#include "queue/compose.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct compose_how how = {
	.hosts = { { "host", 4 }, { "dom.example", 11 }, { "plus.example", 12 } },
	.from = { "me@host.example", 15 },
	.name = { "Me \"M\" Too", 10 },
	.date = { "1 Jan 1970 00:00:00 -0000", 25 },
	.message_id = { "id@host.example", 15 },
	.need_recipients = true,
};

/* What the reader hands out: fields only. */
static struct span
fields_of(struct span in)
{
	struct span rest = in;
	struct header_field f;

	for (;;) {
		struct span before = rest;

		if (header_take(&rest, &f) != 1 || f.name.len == 0)
			return span_between(in.p, before.p);
	}
}

static void
check_fields(struct span header)
{
	struct header_field f;

	while (header_take(&header, &f) == 1)
		switch (header_known(f.name)) {
		case HEADER_BCC:
		case HEADER_RESENT_BCC:
		case HEADER_RETURN_PATH:
		case HEADER_CONTENT_LENGTH:
			abort();
		default:
			if (f.name.len == 0)
				abort();
		}
	if (header.len > 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = fields_of((struct span){ (const char *)bytes, size });
	struct composed once, twice;
	struct span a, b;

	if (compose(&how, in, &once) == 0) {
		if (buf_get(&once.header, &a) == -1)
			abort();
		check_fields(a);
		if (compose(&how, a, &twice) == -1 ||
		    buf_get(&twice.header, &b) == -1 || !span_eq(a, b) ||
		    twice.recipients.len > once.recipients.len)
			abort();
		composed_free(&twice);
	}
	composed_free(&once);
	return 0;
}
