/* NOTIFY, xtext, ORCPT and enhanced status codes. */
#include "lib/mail/dsn.h"

#include "tests/tap.h"

static struct buf b;

static bool
holds(const char *text)
{
	struct span s;

	return buf_get(&b, &s) == 0 && span_is(s, text);
}

static void
notify(void)
{
	unsigned n = 0;

	ok(dsn_notify_parse(SPAN("never"), &n) == 0 && n == DSN_NOTIFY_NEVER,
	    "never");
	ok(dsn_notify_parse(SPAN("SUCCESS,FAILURE"), &n) == 0 &&
	    n == (DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE), "two");
	ok(dsn_notify_parse(SPAN("NEVER,DELAY"), &n) == -1, "never alone");
	ok(dsn_notify_parse(SPAN(""), &n) == -1 &&
	    dsn_notify_parse(SPAN("DELAY,"), &n) == -1 &&
	    dsn_notify_parse(SPAN(",DELAY"), &n) == -1 &&
	    dsn_notify_parse(SPAN("LATER"), &n) == -1, "malformed");
	buf_reset(&b);
	dsn_notify_write(&b, DSN_NOTIFY_DELAY | DSN_NOTIFY_SUCCESS);
	ok(holds("SUCCESS,DELAY"), "written");
}

static bool
decodes(const char *from, const char *to)
{
	buf_reset(&b);
	return dsn_orcpt_decode(span_str(from), &b) == 0 && holds(to);
}

static bool
encodes(const char *from, bool utf8, const char *to)
{
	buf_reset(&b);
	dsn_orcpt_encode(&b, span_str(from), utf8);
	return holds(to);
}

static void
orcpt(void)
{
	buf_reset(&b);
	ok(xtext_decode(SPAN("QQ+2B1+3D2"), &b) == 0 && holds("QQ+1=2"),
	    "xtext");
	ok(xtext_decode(SPAN("a+0A"), &b) == -1 &&
	    xtext_decode(SPAN("a+4"), &b) == -1 &&
	    xtext_decode(SPAN("a b"), &b) == -1 &&
	    xtext_decode(SPAN("a=b"), &b) == -1, "bad xtext");
	ok(decodes("rfc822;Carol@Ivory.EDU", "rfc822;Carol@Ivory.EDU"), "plain");
	ok(decodes("rfc822;a+2Bb@c", "rfc822;a+b@c"), "plus");
	ok(decodes("utf-8;j\\x{F6}rg@x", "utf-8;j\xc3\xb6rg@x"), "embedded");
	ok(decodes("utf-8;j\xc3\xb6rg@x", "utf-8;j\xc3\xb6rg@x"), "UTF-8 itself");
	ok(!decodes("utf-8;j\\x{D800}@x", "") && !decodes("utf-8;\\x{0A}", "") &&
	    !decodes("utf-8;\xff", "") && !decodes("rfc822;", "") &&
	    !decodes("x", "") && !decodes(";a", ""), "malformed");
	ok(encodes("rfc822;a+b@c", false, "rfc822;a+2Bb@c"), "encoded");
	ok(encodes("utf-8;j\xc3\xb6+@x", false, "utf-8;j\\x{F6}\\x{2B}@x"),
	    "in ASCII");
	ok(encodes("utf-8;j\xc3\xb6@x", true, "utf-8;j\xc3\xb6@x"), "as UTF-8");
}

static bool
code_of(const char *text, const char *code)
{
	struct dsn_code c;

	buf_reset(&b);
	if (!dsn_code_find(span_str(text), &c))
		return false;
	dsn_code_write(&b, c);
	return holds(code);
}

static void
codes(void)
{
	ok(code_of("5.1.1 no such user", "5.1.1"), "at the front");
	ok(code_of("550 5.7.1 go away", "5.7.1"), "behind a reply code");
	ok(code_of("550-4.7.99 go away", "4.7.99"), "of several lines");
	ok(code_of("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1"),
	    "qmail's");
	ok(code_of("(x) (# ) (#5) (#4.3.0)", "4.3.0"), "the first real one");
	ok(!code_of("550 127.0.0.1 is listed", "") && !code_of("", "") &&
	    !code_of("1.2.3 x", "") && !code_of("5.1.1.1 x", "") &&
	    !code_of("(#5.1.1", "") && !code_of("(", ""), "none");
}

int
main(void)
{
	buf_init(&b, 4000);
	notify();
	orcpt();
	codes();
	buf_free(&b);
	return tap_done();
}
