/* lib/net/ip: addresses, literals, prefixes. */
#include "lib/net/ip.h"

#include "tests/tap.h"

static bool
reads_as(const char *text, const char *want)
{
	char room[IP_TEXT_MAX];
	struct ip ip;

	if (!ip_parse(span_str(text), &ip))
		return want == NULL;
	return want != NULL && span_is(ip_format(&ip, room), want);
}

static bool
literal_as(const char *text, const char *want)
{
	char room[IP_LITERAL_MAX];
	struct ip ip;

	if (!ip_literal_parse(span_str(text), &ip))
		return want == NULL;
	return want != NULL && span_is(ip_literal_format(&ip, room), want);
}

static bool
within(const char *addr, const char *prefix)
{
	struct ip_prefix p;
	struct ip ip;

	return ip_parse(span_str(addr), &ip) &&
	    ip_prefix_parse(span_str(prefix), &p) && ip_in_prefix(&ip, &p);
}

static void
text(void)
{
	static const char *const good[][2] = {
		{ "192.0.2.1", "192.0.2.1" }, { "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" }, { "::1", "::1" }, { "1::", "1::" },
		{ "2001:DB8::0:1", "2001:db8::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:c000:201", "192.0.2.1" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
	};
	static const char *const bad[] = {
		"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4",
		"1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1..2.3", "1.2.3.",
		":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"1::2::3", "12345::", "g::", "::1%lo", "1:2:3:4:5:6:7:8::",
		"::1:2:3:4:5:6:7:8", ":1::", "1:", "::1.2.3", "::1.2.3.4:1",
		"1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ok(reads_as(good[i][0], good[i][1]), good[i][0]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(reads_as(bad[i], NULL), bad[i]);
}

static void
literals(void)
{
	ok(literal_as("[192.0.2.1]", "[192.0.2.1]"), "v4 literal");
	ok(literal_as("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"), "v6");
	ok(literal_as("[ipv6:::1]", "[IPv6:::1]"), "tag in any case");
	ok(literal_as("[::1]", "[IPv6:::1]"), "v6 without a tag");
	ok(literal_as("[IPv6:::ffff:1.2.3.4]", "[1.2.3.4]"), "mapped");
	ok(literal_as("[IPv6:1.2.3.4]", NULL), "v4 with the v6 tag");
	ok(literal_as("[1.2.3.4", NULL), "no end");
	ok(literal_as("1.2.3.4", NULL), "no brackets");
	ok(literal_as("[X:1]", NULL), "another tag");
	ok(literal_as("[]", NULL), "nothing inside");
}

static void
prefixes(void)
{
	struct ip_prefix p;

	ok(within("10.1.2.3", "10.0.0.0/8"), "in a /8");
	ok(!within("11.1.2.3", "10.0.0.0/8"), "not in a /8");
	ok(within("10.1.2.3", "10.1.2.2/31"), "in a /31");
	ok(!within("10.1.2.4", "10.1.2.2/31"), "not in a /31");
	ok(within("10.1.2.3", "0.0.0.0/0"), "all of v4");
	ok(!within("::1", "0.0.0.0/0"), "another family");
	ok(within("10.1.2.3", "10.1.2.3"), "an address is its own prefix");
	ok(within("2001:db8:ffff::1", "2001:db8::/32"), "in a v6 /32");
	ok(!within("2001:db9::1", "2001:db8::/32"), "not in it");
	ok(!ip_prefix_parse(SPAN("10.0.0.0/33"), &p), "33 bits");
	ok(!ip_prefix_parse(SPAN("10.0.0.0/"), &p), "no bits");
	ok(!ip_prefix_parse(SPAN("/8"), &p), "no address");
}

static void
sockets(void)
{
	struct sockaddr_storage ss;
	struct ip ip, back;
	uint16_t port;

	(void)ip_parse(SPAN("2001:db8::7"), &ip);
	ip_to_sockaddr(&ip, 25, &ss);
	ok(ip_from_sockaddr(&ss, &back, &port) && port == 25 &&
	    ip_eq(&ip, &back), "v6 there and back");
	(void)ip_parse(SPAN("192.0.2.7"), &ip);
	ip_to_sockaddr(&ip, 2525, &ss);
	ok(ip_from_sockaddr(&ss, &back, &port) && port == 2525 &&
	    ip_eq(&ip, &back), "v4 there and back");
	ss.ss_family = AF_UNIX;
	ok(!ip_from_sockaddr(&ss, &back, &port) && back.family == 0,
	    "no address in a unix socket");
	(void)ip_parse(SPAN("127.9.9.9"), &ip);
	ok(ip_is_loopback(&ip) && !ip_is_any(&ip), "loopback");
	(void)ip_parse(SPAN("::"), &ip);
	ok(ip_is_any(&ip) && !ip_is_loopback(&ip), "any");
	(void)ip_parse(SPAN("fe80::1"), &ip);
	ok(ip_is_link_local(&ip), "link-local");
}

int
main(void)
{
	text();
	literals();
	prefixes();
	sockets();
	return tap_done();
}
