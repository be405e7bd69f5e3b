/*
 * Headers, dates, DSN words, encodings: any bytes. The fields of a header are
 * the header, byte for byte; what was decoded encodes to something that
 * decodes to the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/date.h"
#include "lib/mail/dsn.h"
#include "lib/mail/encode.h"
#include "lib/mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
fields(struct span in)
{
	const char *at = in.p;
	size_t len = header_len(in);
	struct header_field f;
	struct span rest = in;

	while (header_take(&rest, &f) == 1) {
		if (f.whole.p != at || f.whole.len == 0)
			abort();
		at += f.whole.len;
	}
	if (in.len - rest.len != len)
		abort();
}

static void
orcpt(struct span in)
{
	struct buf a, b, c;
	struct span plain, wire, again;

	buf_init(&a, 8 * in.len + 100);
	buf_init(&b, 64 * in.len + 1000);
	buf_init(&c, 64 * in.len + 1000);
	if (dsn_orcpt_decode(in, &a) == 0 && buf_get(&a, &plain) == 0) {
		dsn_orcpt_encode(&b, plain, in.len % 2 == 0);
		if (buf_get(&b, &wire) == -1 ||
		    dsn_orcpt_decode(wire, &c) == -1 ||
		    buf_get(&c, &again) == -1 || !span_eq(plain, again))
			abort();
	}
	buf_free(&a);
	buf_free(&b);
	buf_free(&c);
}

static void
base64(struct span in)
{
	struct buf a, b;
	struct span code, plain;

	buf_init(&a, 2 * in.len + 100);
	buf_init(&b, 2 * in.len + 100);
	base64_encode(&a, in);
	if (buf_get(&a, &code) == -1 || base64_decode(&b, code) == -1 ||
	    buf_get(&b, &plain) == -1 || !span_eq(plain, in))
		abort();
	buf_reset(&b);
	if (base64_decode(&b, in) == 0 && in.len % 4 != 0)
		abort();
	buf_free(&a);
	buf_free(&b);
}

static void
phrase(struct span in)
{
	struct buf a;
	struct span s;

	buf_init(&a, 8 * in.len + 100);
	phrase_write(&a, in);
	if (buf_get(&a, &s) == -1)
		abort();
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] > 126 || (s.p[i] == '\n' &&
		    (i + 1 == s.len || s.p[i + 1] != ' ')))
			abort();
	buf_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };
	struct dsn_code code;
	int64_t seconds;
	unsigned notify;

	fields(in);
	orcpt(in);
	base64(in);
	phrase(in);
	if (date_parse(in, &seconds) == 0 && seconds < -3000000000)
		abort();
	if (dsn_code_find(in, &code) && code.class > 5)
		abort();
	if (dsn_notify_parse(in, &notify) == 0 && notify > DSN_NOTIFY_ALL)
		abort();
	return 0;
}
