/* Fields of a header, whatever it holds. */
#include "lib/mail/header.h"

#include <stdlib.h>

#include "tests/tap.h"

static void
fields(void)
{
	struct span in = SPAN("From x@y Mon\nTo: a,\r\n\tb \r\nSub ject\n"
	    "Subject :  s\n x\n\nbody: no\n");
	struct header_field f;

	ok(header_take(&in, &f) == 1 && f.name.len == 0 &&
	    span_is(f.whole, "From x@y Mon\n"), "mbox line is no field");
	ok(header_take(&in, &f) == 1 && span_is(f.name, "To") &&
	    span_is(f.value, " a,\r\n\tb "), "folded, CR LF");
	ok(header_take(&in, &f) == 1 && f.name.len == 0, "blank in a name");
	ok(header_take(&in, &f) == 1 && span_is(f.name, "Subject") &&
	    span_is(f.value, "  s\n x"), "blank before the colon");
	ok(header_take(&in, &f) == 0 && span_is(in, "body: no\n"), "end");
	in = SPAN("A: b");
	ok(header_take(&in, &f) == 1 && span_is(f.value, " b") &&
	    header_take(&in, &f) == 0, "no last line end");
}

static void
lengths(void)
{
	ok(header_len(SPAN("a: b\n\nc")) == 6, "LF");
	ok(header_len(SPAN("a: b\r\n\r\nc")) == 8, "CR LF");
	ok(header_len(SPAN("\nc")) == 1, "no header");
	ok(header_len(SPAN("a: b\n")) == 5, "no body");
	ok(header_len(SPAN("")) == 0, "nothing");
}

static void
names(void)
{
	struct header_field f;

	ok(header_known(SPAN("mEssage-Id")) == HEADER_MESSAGE_ID, "case");
	ok(header_known(SPAN("X-To")) == HEADER_OTHER, "unknown");
	ok(header_find(SPAN("A: 1\nb: 2\n\nC: 3\n"), "B", &f) &&
	    span_is(f.value, " 2"), "found");
	ok(!header_find(SPAN("A: 1\n\nB: 2\n"), "b", &f), "not in the body");
}

static void
unfolding(void)
{
	struct buf b;
	struct span s;

	buf_init(&b, 100);
	header_unfold(&b, SPAN(" a,\r\n\tb\n c"));
	ok(buf_get(&b, &s) == 0 && span_is(s, " a,\tb c"), "unfolded");
	buf_free(&b);
}

static void
cuts(void)
{
	static const char text[] = "A: b\n c\r\n\td\nno field\n:x\nE : f\r\n\r\n";
	bool good = true;

	for (size_t n = 0; n < sizeof text; n++) {
		char *copy = malloc(n + 1);
		struct span in = { copy, n };
		struct header_field f;
		size_t total = 0;

		memcpy(copy, text, n);
		while (header_take(&in, &f) == 1)
			total += f.whole.len;
		good = good && total <= n && in.len == 0 &&
		    header_len((struct span){ copy, n }) == n;
		free(copy);
	}
	ok(good, "cut at every byte");
}

int
main(void)
{
	fields();
	lengths();
	names();
	unfolding();
	cuts();
	return tap_done();
}
