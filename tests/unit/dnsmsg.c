/* lib/net/dnsmsg: questions, and answers from strangers. */
#include "lib/net/dnsmsg.h"

#include "tests/tap.h"

/* A packet under construction. */
static char packet[4096];
static size_t len;
static struct dns_question question;

static void
put(const void *p, size_t n)
{
	memcpy(packet + len, p, n);
	len += n;
}

static void
put16(unsigned n)
{
	char two[2] = { (char)(n >> 8), (char)n };

	put(two, 2);
}

static void
set_ancount(unsigned n)
{
	packet[6] = (char)(n >> 8);
	packet[7] = (char)n;
}

/* The answer to "name type?", without records yet. */
static void
answer(const char *name, unsigned type, unsigned flags)
{
	len = 0;
	question.id = 4711;
	question.type = (uint16_t)type;
	if (!dns_name_parse(span_str(name), &question.name))
		tap_ok(false, "a test's own name", __FILE__, __LINE__);
	put16(4711);
	put16(0x8180 | flags);
	put16(1);
	put16(0);
	put16(0);
	put16(0);
	put(question.name.wire, question.name.len);
	put16(type);
	put16(1);
}

static size_t
record_head(unsigned owner_at, unsigned type, unsigned data_len)
{
	static const char ttl[4];

	put16(0xc000 | owner_at);
	put16(type);
	put16(1);
	put(ttl, 4);
	put16(data_len);
	set_ancount((unsigned)(packet[7] + 1));
	return len;
}

static size_t
cname(unsigned owner_at, const char *to)
{
	struct dns_name name;
	size_t at;

	(void)dns_name_parse(span_str(to), &name);
	at = record_head(owner_at, DNS_CNAME, name.len);
	put(name.wire, name.len);
	return at;
}

static void
address(unsigned owner_at, const char *text)
{
	struct ip ip;

	(void)ip_parse(span_str(text), &ip);
	record_head(owner_at, ip.family == 4 ? DNS_A : DNS_AAAA,
	    ip.family == 4 ? 4 : 16);
	put(ip.bytes, ip.family == 4 ? 4 : 16);
}

static void
mx(unsigned preference, const char *host)
{
	struct dns_name name = { .len = 1 };

	(void)dns_name_parse(span_str(host), &name);
	record_head(12, DNS_MX, name.len + 2u);
	put16(preference);
	put(name.wire, name.len);
}

static enum dns_outcome
reading(struct dns_reader *r)
{
	/* behind the end lies nothing that we may touch */
	static char room[4096];
	char *p = room + sizeof room - len;

	memcpy(p, packet, len);
	return dns_reader_open(r, (struct span){ p, len }, &question);
}

static enum dns_outcome
outcome(void)
{
	struct dns_reader r;

	return reading(&r);
}

static bool
finds(const char *const *want)
{
	struct dns_reader r;
	struct dns_record record;
	char text[DNS_TEXT_MAX + IP_TEXT_MAX];

	if (reading(&r) != DNS_FOUND)
		return false;
	for (; *want != NULL; want++) {
		if (dns_reader_next(&r, &record) != 1)
			return false;
		if (record.ip.family != 0)
			ip_format(&record.ip, text);
		else if (!dns_name_text(&record.name, text))
			return false;
		if (strcmp(text, *want) != 0)
			return false;
	}
	return dns_reader_next(&r, &record) == 0;
}

#define FINDS(...) finds((const char *const []){ __VA_ARGS__, NULL })

static void
names(void)
{
	static const char *const bad[] = {
		"", ".", "a..b", ".a", "a b.c", "a\\.b", "a@b", "\xc3\xa9.x",
		("0123456789012345678901234567890123456789012345678901234567"
		    "890123.x"),
	};
	char text[DNS_TEXT_MAX];
	char longest[300];
	struct dns_name name;

	ok(dns_name_parse(SPAN("Mail.Example_1-x.ORG."), &name) &&
	    dns_name_text(&name, text) &&
	    strcmp(text, "mail.example_1-x.org") == 0, "a name");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!dns_name_parse(span_str(bad[i]), &name), bad[i]);
	for (size_t i = 0; i < sizeof longest; i++)
		longest[i] = i % 2 == 1 ? '.' : 'a';
	ok(dns_name_parse((struct span){ longest, 253 }, &name) &&
	    name.len == 255 && dns_name_text(&name, text) &&
	    strlen(text) == 253, "253 bytes");
	ok(!dns_name_parse((struct span){ longest, 255 }, &name), "255 bytes");
	name = (struct dns_name){ .len = 4, .wire = "\2a.\0" };
	ok(!dns_name_text(&name, text), "a dot inside a label is not text");
	name = (struct dns_name){ .len = 1 };
	ok(dns_name_text(&name, text) && text[0] == '\0', "the root");
}

static void
questions(void)
{
	char room[DNS_QUESTION_MAX];
	size_t n;

	answer("example.org", DNS_MX, 0);
	n = dns_question_write(&question, false, room);
	ok(n == len && memcmp(room + 12, packet + 12, n - 12) == 0 &&
	    room[2] == 1, "plain question");
	n = dns_question_write(&question, true, room);
	ok(n == len + 11 && room[11] == 1 && room[n - 9] == 41,
	    "question with EDNS");
}

static void
found(void)
{
	answer("example.org", DNS_MX, 0);
	mx(10, "a.example.org");
	mx(5, "b.example.org");
	ok(FINDS("a.example.org", "b.example.org"), "MX records");
	answer("example.org", DNS_MX, 0);
	mx(0, ".");
	ok(FINDS(""), "a null MX");
	answer("example.org", DNS_AAAA, 0);
	address(12, "2001:db8::1");
	address(12, "192.0.2.1");
	ok(FINDS("2001:db8::1"), "only the type asked for");
	answer("example.org", DNS_A, 0);
	address((unsigned)cname(12, "x.example.net"), "192.0.2.1");
	ok(FINDS("192.0.2.1"), "a CNAME is followed");
	answer("EXAMPLE.org", DNS_A, 0);
	packet[13] = 'E';
	address(12, "192.0.2.1");
	ok(FINDS("192.0.2.1"), "case does not matter");
}

static void
chains(void)
{
	size_t b;

	answer("a", DNS_A, 0);
	b = cname(12, "b");
	address((unsigned)cname((unsigned)b, "c"), "192.0.2.9");
	ok(FINDS("192.0.2.9"), "a chain");
	answer("a", DNS_A, 0);
	cname(12, "a");
	ok(outcome() == DNS_BAD, "a chain that bites its tail");
	answer("a", DNS_A, 0);
	cname(12, "b");
	ok(outcome() == DNS_NODATA, "a chain that leads nowhere");
}

static void
failures(void)
{
	answer("example.org", DNS_MX, 3);
	ok(outcome() == DNS_NXDOMAIN, "no such name");
	answer("example.org", DNS_MX, 0);
	ok(outcome() == DNS_NODATA, "no such records");
	answer("example.org", DNS_MX, 2);
	ok(outcome() == DNS_SERVFAIL, "server failure");
	answer("example.org", DNS_MX, 5);
	ok(outcome() == DNS_SERVFAIL, "refused");
	answer("example.org", DNS_MX, 1);
	ok(outcome() == DNS_FORMERR, "format error");
	len = 12;
	memset(packet + 4, 0, 8);
	ok(outcome() == DNS_FORMERR, "format error, header only");
	answer("example.org", DNS_MX, 0x200);
	ok(outcome() == DNS_TRUNCATED, "truncated");
}

static void
foreign(void)
{
	answer("example.org", DNS_MX, 0);
	mx(1, "a");
	packet[0]++;
	ok(outcome() == DNS_OTHER, "another id");
	answer("example.org", DNS_MX, 0);
	packet[13] = 'f';
	ok(outcome() == DNS_OTHER, "another name");
	answer("example.org", DNS_MX, 0);
	question.type = DNS_A;
	ok(outcome() == DNS_OTHER, "another type");
	answer("example.org", DNS_MX, 0);
	packet[2] = 1;
	ok(outcome() == DNS_OTHER, "a question, not an answer");
}

static void
hostile(void)
{
	size_t at;

	answer("example.org", DNS_MX, 0);
	at = record_head(12, DNS_MX, 4);
	put16(1);
	put16(0xc000 | (unsigned)(at + 2));
	ok(outcome() == DNS_BAD, "a name that points to itself");
	answer("example.org", DNS_MX, 0);
	record_head(12, DNS_MX, 4);
	put16(1);
	put16(0xffff);
	ok(outcome() == DNS_BAD, "a name that points out of the packet");
	answer("example.org", DNS_A, 0);
	record_head(12, DNS_A, 5);
	put("12345", 5);
	ok(outcome() == DNS_BAD, "an address of five bytes");
	answer("example.org", DNS_A, 0);
	set_ancount(200);
	ok(outcome() == DNS_BAD, "fewer records than announced");
	answer("example.org", DNS_MX, 0);
	mx(1, "a.b.c");
	for (size_t whole = len; len > 0; len--)
		if (len < whole && outcome() == DNS_FOUND) {
			ok(false, "cut anywhere it is not an answer");
			return;
		}
	ok(true, "cut anywhere it is not an answer");
}

int
main(void)
{
	names();
	questions();
	found();
	chains();
	failures();
	foreign();
	hostile();
	return tap_done();
}
