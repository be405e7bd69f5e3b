/* Paths: what RFC 5321 shows, what we bear, what we never let in. */
#include "lib/mail/path.h"

#include "tests/tap.h"

static struct path got;

/* Does text parse as a path with this address, nothing left over? */
static bool
reads(const char *text, const char *address)
{
	struct span in = span_str(text);

	return path_take(&in, &got) == PATH_OK && in.len == 0 &&
	    span_is(path_address(&got), address);
}

static enum path_result
result(const char *text)
{
	struct span in = span_str(text);

	return path_take(&in, &got);
}

static bool
writes(const char *address, const char *text)
{
	struct buf b;
	struct span out;
	bool good;

	buf_init(&b, PATH_WIRE_MAX);
	good = path_write(&b, span_str(address)) == 0 &&
	    buf_get(&b, &out) == 0 && span_is(out, text);
	buf_free(&b);
	return good;
}

static void
reading(void)
{
	ok(reads("<userx@y.foo.org>", "userx@y.foo.org"), "plain");
	ok(reads("<@hosta.int,@jkl.org:userc@d.bar.org>", "userc@d.bar.org"),
	    "source route is dropped");
	ok(reads("<>", "") && !got.has_domain, "null path");
	ok(reads("<Postmaster>", "Postmaster") && !got.has_domain, "postmaster");
	ok(reads("<\"Joe Q. Public\"@example.org>", "Joe Q. Public@example.org"),
	    "quoted local part");
	ok(reads("<\"a\\\"b\\\\c\"@example.org>", "a\"b\\c@example.org"),
	    "quoted pairs");
	ok(reads("<\"a@b\"@example.org>", "a@b@example.org") &&
	    span_is(path_local(&got), "a@b") &&
	    span_is(path_domain(&got), "example.org"), "@ in quotes");
	ok(reads("<a\\\"quote@heaven.af.mil>", "a\"quote@heaven.af.mil"),
	    "backslash without quotes, RFC 821");
	ok(reads("<x@[192.0.2.1]>", "x@[192.0.2.1]"), "IPv4 literal");
	ok(reads("<x@[IPv6:2001:db8::1]>", "x@[IPv6:2001:db8::1]"),
	    "IPv6 literal");
	ok(reads("<x@[IPv6:::ffff:192.0.2.1]>", "x@[IPv6:::ffff:192.0.2.1]"),
	    "IPv6 literal with dotted quad");
	ok(reads("<a..b.@docomo.example>", "a..b.@docomo.example"), "odd dots");
	ok(reads("<j\xc3\xb6rg@m\xc3\xbcnchen.example>",
	    "j\xc3\xb6rg@m\xc3\xbcnchen.example") && got.utf8, "UTF-8");
}

static void
refusing(void)
{
	ok(result("") == PATH_BAD && result("<") == PATH_BAD, "nothing");
	ok(result("a@b.c") == PATH_BAD, "no brackets");
	ok(result("<@b.c>") == PATH_BAD, "route and no address");
	ok(result("<\"\"@b.c>") == PATH_BAD, "empty local part");
	ok(result("<a@>") == PATH_BAD, "empty domain");
	ok(result("<a@b..c>") == PATH_BAD && result("<a@.b>") == PATH_BAD &&
	    result("<a@b.>") == PATH_BAD, "empty labels");
	ok(result("<a@-b.c>") == PATH_BAD, "hyphen in front");
	ok(result("<a@[]>") == PATH_BAD && result("<#@[]>") == PATH_BAD,
	    "empty literal: the queue's own senders stay outside");
	ok(result("<a@[1.2.3]>") == PATH_BAD &&
	    result("<a@[1.2.3.256]>") == PATH_BAD &&
	    result("<a@[IPv6:1:2]>") == PATH_BAD, "bad literals");
	ok(result("<a b@c.d>") == PATH_BAD, "blank without quotes");
	ok(result("<a\x01@c.d>") == PATH_BAD &&
	    result("<\"a\x7f\"@c.d>") == PATH_BAD &&
	    result("<a\n@c.d>") == PATH_BAD, "control characters");
	ok(result("<a@b.c") == PATH_BAD, "no end");
	ok(result("<\xff@b.c>") == PATH_NOT_UTF8, "8-bit but not UTF-8");
}

static void
limits(void)
{
	char text[1400];
	struct span in = { text, 0 };

	memset(text, 'a', sizeof text);
	text[0] = '<';
	memcpy(text + 998, "@b.c>", 5);
	in.len = 1003;
	ok(path_take(&in, &got) == PATH_OK && got.len == 1001, "long address");
	memset(text + 990, 'a', 100);
	memcpy(text + 1000, "@b.c>", 5);
	in = (struct span){ text, 1005 };
	ok(path_take(&in, &got) == PATH_LONG, "1003 bytes are too many");
	memcpy(text, "<a@", 3);
	for (int i = 3; i < 300; i++)
		text[i] = i % 50 == 0 ? '.' : 'b';
	text[300] = '>';
	in = (struct span){ text, 301 };
	ok(path_take(&in, &got) == PATH_LONG, "domain over 255 bytes");
}

static void
loose(void)
{
	struct span in = SPAN("  a@b.c SIZE=1");

	ok(path_take_loose(&in, &got) == PATH_OK &&
	    span_is(path_address(&got), "a@b.c") && span_is(in, " SIZE=1"),
	    "no brackets, rest left");
	in = SPAN(" <a@b.c>x");
	ok(path_take_loose(&in, &got) == PATH_OK && span_is(in, "x"),
	    "brackets");
	in = SPAN("a@b.c>");
	ok(path_take_loose(&in, &got) == PATH_BAD, "half a bracket");
}

static void
writing(void)
{
	ok(writes("", "<>"), "null path");
	ok(writes("a.b@c.d", "<a.b@c.d>"), "plain");
	ok(writes("a b@c.d", "<\"a b\"@c.d>"), "blank");
	ok(writes("a..b@c.d", "<\"a..b\"@c.d>"), "two dots");
	ok(writes("a\"\\b@c.d", "<\"a\\\"\\\\b\"@c.d>"), "quotes");
	ok(writes("a@b@c.d", "<\"a@b\"@c.d>"), "@");
	ok(writes("#@[]", "<#@[]>"), "double bounce");
	ok(!writes("a\r\nDATA@c.d", ""), "never a line end");
}

/* Cut at every byte: no cut is a path, and nothing is taken from it. */
static void
cuts(void)
{
	static const char text[] =
	    "<@a.b,@[1.2.3.4]:\"x\\\" y\".z@[IPv6:2001:db8::7]>";
	bool good = true;

	for (size_t n = 0; n < sizeof text - 1; n++) {
		struct span in = { text, n };

		good = good && path_take(&in, &got) == PATH_BAD &&
		    in.p == text && in.len == n;
	}
	ok(good, "no beginning of a path is one");
}

static void
parameters(void)
{
	struct span in = SPAN(" SIZE=100 BODY=8BITMIME  SMTPUTF8 ");
	struct path_param p;

	ok(path_param_take(&in, &p) == 1 && span_is(p.keyword, "SIZE") &&
	    span_is(p.value, "100"), "first");
	ok(path_param_take(&in, &p) == 1 && span_is(p.value, "8BITMIME"),
	    "second");
	ok(path_param_take(&in, &p) == 1 && span_is(p.keyword, "SMTPUTF8") &&
	    !p.has_value, "without value");
	ok(path_param_take(&in, &p) == 0, "end");
	in = SPAN("SIZE=1");
	ok(path_param_take(&in, &p) == -1, "glued to the path");
	in = SPAN(" SIZE=");
	ok(path_param_take(&in, &p) == -1, "empty value");
	in = SPAN(" =1");
	ok(path_param_take(&in, &p) == -1, "no keyword");
	in = SPAN(" A=b=c");
	ok(path_param_take(&in, &p) == -1, "= in a value");
}

int
main(void)
{
	reading();
	refusing();
	limits();
	loose();
	writing();
	cuts();
	parameters();
	return tap_done();
}
