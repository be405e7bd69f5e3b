/*
 * A message on its way out: first byte says how it is cut. Whatever it holds,
 * what goes out is legal SMTP data, and cutting changes nothing.
 *
 * links: remote/data.o lib/base/span.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "remote/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* All of in, in pieces of step bytes (longer where that is too short). */
static size_t
run(struct span in, size_t step, char *out, size_t room)
{
	struct encoder e;
	size_t at = 0, have = step, len = 0;

	encoder_start(&e);
	while (at < in.len) {
		size_t n = have < in.len - at ? have : in.len - at;
		struct span piece = { in.p + at, n };
		size_t put = encode(&e, &piece, at + n == in.len, out + len,
		    room - len);

		len += put;
		at += n - piece.len;
		have = put == 0 ? have + step : step;
		if (have > ENCODE_IN_MIN + step)
			abort();
	}
	return len;
}

static void
check(struct span s)
{
	while (s.len > 0) {
		size_t lf = span_find(s, '\n');
		struct span line = span_head(s, lf);

		if (lf == s.len || lf == 0 || line.p[lf - 1] != '\r')
			abort();
		line.len--;
		if (span_find(line, '\r') < line.len || line.len > 999 ||
		    span_is(line, "."))
			abort();
		s = span_tail(s, lf + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t room = 3 * size + 2 * ENCODE_OUT_MIN;
	char *a = malloc(room), *b = malloc(room);
	struct span in;
	size_t len;

	if (size < 1 || a == NULL || b == NULL) {
		free(a);
		free(b);
		return 0;
	}
	in = (struct span){ (const char *)bytes + 1, size - 1 };
	len = run(in, bytes[0] + 1u, a, room);
	check((struct span){ a, len });
	if (len != run(in, ENCODE_IN_MIN, b, room) || memcmp(a, b, len) != 0)
		abort();
	free(a);
	free(b);
	return 0;
}
