/* Netstrings: whole, cut at every byte, malformed. */
#include "lib/base/netstring.h"

#include "tests/tap.h"

static enum parse
take(const char *s, size_t max, struct span *out)
{
	struct span in = span_str(s);

	return netstring_take(&in, max, out);
}

static bool
cut_everywhere(struct span whole)
{
	for (size_t n = 0; n < whole.len; n++) {
		struct span in = span_head(whole, n), out;

		if (netstring_take(&in, 100, &out) != PARSE_MORE)
			return false;
		if (in.len != n)
			return false;
	}
	return true;
}

int
main(void)
{
	static const char *const bad[] = {
		"x", ":", "-1:,", "01:a,", "00:,", "3:abcd", "101:", "1 :a,",
		"99999999999999999999999999:", "1;a,",
	};
	struct span in = SPAN("5:hello,0:,rest"), out;
	struct buf b;

	ok(netstring_take(&in, 5, &out) == PARSE_OK && span_is(out, "hello"),
	    "takes the first");
	ok(netstring_take(&in, 5, &out) == PARSE_OK && out.len == 0,
	    "and the empty one");
	ok(span_is(in, "rest"), "and leaves the rest");
	ok(take("5:hello,", 4, &out) == PARSE_BAD, "not over the maximum");
	ok(cut_everywhere(SPAN("12:hello, world,")), "cut at every byte");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(take(bad[i], 100, &out) == PARSE_BAD, bad[i]);
	buf_init(&b, 100);
	netstring_write(&b, SPAN("ab"));
	netstring_write(&b, SPAN(""));
	ok(span_is(buf_peek(&b), "2:ab,0:,"), "writes what it reads");
	buf_free(&b);
	return tap_done();
}
