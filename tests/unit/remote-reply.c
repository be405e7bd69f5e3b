/* remote/reply, remote/route, remote/wrapped: what others say, understood. */
#include "remote/reply.h"
#include "remote/route.h"
#include "remote/wrapped.h"

#include "tests/tap.h"

/* Feeds lines parted by LF; the last result. */
static enum parse
feed(struct reply *r, const char *lines)
{
	struct span rest = span_str(lines);
	enum parse p = PARSE_MORE;

	reply_start(r);
	while (rest.len > 0 && p == PARSE_MORE)
		p = reply_add(r, span_cut(&rest, '\n'), NULL);
	return p;
}

static bool
status_is(const char *lines, char as, const char *want)
{
	struct reply r;
	char status[REPLY_STATUS_MAX];

	if (feed(&r, lines) != PARSE_OK)
		return false;
	reply_status(&r, as, status);
	return strcmp(status, want) == 0;
}

static void
replies(void)
{
	static const char *const bad[] = {
		"25", "abc", "2x0 ok", "199 x", "600 x", "250x", "250-a\n251 b",
		"250-a\nb", " 250 ok", "-250", "2500 ok",
	};
	struct reply r;

	ok(feed(&r, "250 ok") == PARSE_OK && r.code == 250 &&
	    reply_class(&r) == '2' && span_is(reply_text(&r), "250 ok"),
	    "a reply");
	ok(feed(&r, "250") == PARSE_OK, "a code alone");
	ok(feed(&r, "250-a\n250-250 b\n250-\n250 c") == PARSE_OK &&
	    r.lines == 4 &&
	    span_is(reply_text(&r), "250-a\n250-250 b\n250-\n250 c"), "lines");
	ok(feed(&r, "250-a\n250-b") == PARSE_MORE, "not at its end");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(feed(&r, bad[i]) == PARSE_BAD, bad[i]);
	ok(feed(&r, "250 \x01\x7f\xff\tx") == PARSE_OK &&
	    span_is(reply_text(&r), "250 ??? x"), "cleaned");
	reply_start(&r);
	for (int i = 1; i <= REPLY_LINES_MAX; i++)
		if (reply_add(&r, SPAN("250-xxxxxxxxxxxxxxxxxxx"), NULL) !=
		    PARSE_MORE)
			ok(false, "too early");
	ok(r.len == REPLY_TEXT_MAX, "no more text than that");
	ok(reply_add(&r, SPAN("250 x"), NULL) == PARSE_BAD, "too many lines");
}

static void
codes(void)
{
	ok(status_is("550 5.1.1 no", '5', "5.1.1"), "a code");
	ok(status_is("550-a\n550-5.7.1 b\n550 5.1.1 c", '5', "5.7.1"),
	    "the first one");
	ok(status_is("550 5.1.1", '5', "5.1.1"), "at the end");
	ok(status_is("550 5.123.456 x", '5', "5.123.456"), "a long one");
	ok(status_is("550 5.1234.1 x", '5', "5.0.0"), "too long");
	ok(status_is("550 4.1.1 x", '5', "5.0.0"), "of another class");
	ok(status_is("552 5.2.2 x", '4', "4.0.0"), "not believed");
	ok(status_is("550 5.1 x", '5', "5.0.0"), "incomplete");
	ok(status_is("550 5.1.1x", '5', "5.0.0"), "something else");
	ok(status_is("250 ok", '2', "2.0.0"), "none");
}

static void
offered(void)
{
	struct offers o = { 0 };

	offers_add(&o, SPAN("size 1000 "));
	offers_add(&o, SPAN("Pipelining"));
	offers_add(&o, SPAN("8BITMIME"));
	offers_add(&o, SPAN("DSN x"));
	offers_add(&o, SPAN("SMTPUTF8"));
	offers_add(&o, SPAN("LIMITS MAILMAX=5 RCPTMAX=100"));
	ok(o.size && o.size_max == 1000 && o.pipelining && o.eight_bit &&
	    o.dsn && o.smtputf8 && o.rcpt_max == 100, "all of it");
	o = (struct offers){ 0 };
	offers_add(&o, SPAN("SIZE"));
	ok(o.size && o.size_max == 0, "a size without a limit");
	offers_add(&o, SPAN("SIZE -1"));
	offers_add(&o, SPAN("LIMITS RCPTMAX=x"));
	offers_add(&o, SPAN(""));
	offers_add(&o, SPAN("PIPELININGX"));
	ok(o.size_max == 0 && o.rcpt_max == 0 && !o.pipelining, "nonsense");
}

static bool
relay_is(const char *text, const char *host, unsigned port, int family)
{
	struct route r;

	if (!route_parse_relay(span_str(text), &r))
		return host == NULL;
	return host != NULL && r.relay && span_is(r.host, host) &&
	    r.port == port && r.ip.family == family;
}

static void
routes(void)
{
	struct route r;

	ok(relay_is("mail.x", "mail.x", 0, 0), "a name");
	ok(relay_is("mail.x:26", "mail.x", 26, 0), "a name and a port");
	ok(relay_is("192.0.2.1", "192.0.2.1", 0, 4), "an address");
	ok(relay_is("192.0.2.1:26", "192.0.2.1", 26, 4), "with a port");
	ok(relay_is("[192.0.2.1]:26", "[192.0.2.1]", 26, 4), "in brackets");
	ok(relay_is("[2001:db8::1]", "[2001:db8::1]", 0, 6), "IPv6");
	ok(relay_is("[IPv6:2001:db8::1]:26", "[IPv6:2001:db8::1]", 26, 6),
	    "as a literal, with a port");
	ok(relay_is("2001:db8::1", "2001:db8::1", 0, 6), "bare");
	ok(relay_is("", NULL, 0, 0), "nothing");
	ok(relay_is("x:0", NULL, 0, 0), "port 0");
	ok(relay_is("x:65536", NULL, 0, 0), "port 65536");
	ok(relay_is("x:", NULL, 0, 0), "no port");
	ok(relay_is(":25", NULL, 0, 0), "no host");
	ok(relay_is("[1.2.3.4]x", NULL, 0, 0), "something behind");
	ok(relay_is("[1.2.3.4", NULL, 0, 0), "no end");
	ok(route_parse_key(SPAN("m:x.y"), &r) && !r.relay, "a domain");
	ok(route_parse_key(SPAN("m:[::1]"), &r) && r.ip.family == 6 &&
	    !r.relay, "a literal");
	ok(!route_parse_key(SPAN("m:"), &r), "an empty domain");
	ok(!route_parse_key(SPAN("x"), &r), "no key");
}

static void
smtproutes(void)
{
	static const char lines[] = "a.x:one\0.a.x:two:26\0.x:\0:[::1]:27\0"
	    "a.x:never\0nonsense\0";
	struct span list = SPAN(lines);
	struct span relay;

	list.len--;
	ok(smtproutes_find(list, SPAN("A.x"), &relay) && span_is(relay, "one"),
	    "a domain, the first line of two");
	ok(smtproutes_find(list, SPAN("b.a.x"), &relay) &&
	    span_is(relay, "two:26"), "a suffix");
	ok(smtproutes_find(list, SPAN("c.b.a.x"), &relay) &&
	    span_is(relay, "two:26"), "further up");
	ok(smtproutes_find(list, SPAN("b.x"), &relay) && relay.len == 0,
	    "a shorter one, by MX");
	ok(smtproutes_find(list, SPAN("x"), &relay) &&
	    span_is(relay, "[::1]:27"), "the rest");
	ok(!smtproutes_find(SPAN("a:b\0"), SPAN("c"), &relay), "no match");
}

static bool
judged(struct span records, int status, char class, const char *code)
{
	struct why why;

	wrapped_judge(records, status, &why);
	return why.class == class && strcmp(why.code, code) == 0 &&
	    why.len > 0;
}

static void
wrapped(void)
{
	enum { EXIT = 256 };	/* in a status as of waitpid(2) */

	ok(judged(SPAN("rok\0Kdone\n\0"), 0, 'K', "2.0.0"), "success");
	ok(judged(SPAN("hno (#5.1.1)\n\0Dgiving up\0"), 0, 'D', "5.1.1"),
	    "the recipient's own failure");
	ok(judged(SPAN("slater\0Kdone\0"), 0, 'Z', "4.0.0"), "deferral");
	ok(judged(SPAN("r\0Zlater (#4.4.2)\0"), 0, 'Z', "4.4.2"), "after all");
	ok(judged(SPAN("Dnever (#4.4.2)\0"), 0, 'D', "5.0.0"),
	    "a code of another class");
	ok(judged(SPAN("K\0"), 9, 'Z', "4.3.0"), "a crash");
	ok(judged(SPAN("K\0"), 111 * EXIT, 'Z', "4.3.0"), "111");
	ok(judged(SPAN(""), 126 * EXIT, 'Z', "4.3.0") &&
	    judged(SPAN(""), 127 * EXIT, 'Z', "4.3.0"),
	    "a program that did not come to run");
	ok(judged(SPAN("K\0"), 100 * EXIT, 'D', "5.0.0") ||
	    judged(SPAN("K\0"), 100 * EXIT, 'D', "5.3.0"), "another code");
	ok(judged(SPAN(""), 0, 'Z', "4.3.0"), "silence");
	ok(judged(SPAN("Kdone"), 0, 'Z', "4.3.0"), "cut off");
	ok(judged(SPAN("xyz\0"), 0, 'Z', "4.3.0"), "nonsense");
}

int
main(void)
{
	replies();
	codes();
	offered();
	routes();
	smtproutes();
	wrapped();
	return tap_done();
}
