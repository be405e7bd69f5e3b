/* base64, quoted-printable, UTF-8, and names as phrases. */
#include "lib/mail/encode.h"

#include "lib/mail/utf8.h"
#include "tests/tap.h"

static struct buf b;

static bool
holds(const char *want)
{
	struct span s;
	bool good = buf_get(&b, &s) == 0 && span_is(s, want);

	if (!good)
		printf("# got: %.*s\n", (int)b.len, b.p);
	buf_reset(&b);
	return good;
}

static void
base64(void)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Z", "Zg=", "Zg==Zg==", "Zh==",
		"Z===", "====", "Zm9\n", "Zm8!", "Zm=v" };

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		base64_encode(&b, span_str(pairs[i][0]));
		ok(holds(pairs[i][1]), "RFC 4648 section 10");
		ok(base64_decode(&b, span_str(pairs[i][1])) == 0 &&
		    holds(pairs[i][0]), "and back");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ok(base64_decode(&b, span_str(bad[i])) == -1, "malformed");
		buf_reset(&b);
	}
}

static void
quoted_printable(void)
{
	char line[200];

	qp_encode(&b, SPAN("a=b \n\xc3\xa4 c\t"));
	ok(holds("a=3Db=20\n=C3=A4 c=09"), "what needs it");
	memset(line, 'x', sizeof line);
	qp_encode(&b, (struct span){ line, 100 });
	ok(span_find(buf_peek(&b), '\n') == 76, "lines of 76");
	buf_reset(&b);
}

static void
phrases(void)
{
	phrase_write(&b, SPAN("D. J. Bernstein"));
	ok(holds("\"D. J. Bernstein\""), "dots want quotes");
	phrase_write(&b, SPAN("Joe Doe"));
	ok(holds("Joe Doe"), "atoms");
	phrase_write(&b, SPAN("a \"b\" \\\r\nTo: x"));
	ok(holds("\"a \\\"b\\\" \\\\To: x\""), "quotes; no line ends get in");
	phrase_write(&b, SPAN("J\xc3\xb6rg"));
	ok(holds("=?utf-8?B?SsO2cmc=?="), "UTF-8");
	phrase_write(&b, SPAN("J\xf6rg"));
	ok(holds("=?unknown-8bit?B?SvZyZw==?="), "8-bit");
	phrase_write(&b, SPAN("=?utf-8?B?SsO2cmc=?="));
	ok(holds("\"=?utf-8?B?SsO2cmc=?=\""), "looks encoded, is not");
	comment_write(&b, SPAN("a (b) c"));
	ok(holds("(a \\(b\\) c)"), "comment");
	phrase_write(&b, SPAN("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"));
	ok(span_find(buf_peek(&b), '\n') <= 75, "encoded words of at most 75");
	buf_reset(&b);
}

static void
utf8(void)
{
	static const char *const good[] = { "", "a", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf8\x80\x80\x80", "\xc3", "\xe2\x82",
		"\xf0\x9f\x98", "\xc3(", "\xff" };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ok(utf8_ok(span_str(good[i])), "UTF-8");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!utf8_ok(span_str(bad[i])), "not UTF-8");
	for (uint32_t c = 0; c <= 0x10ffff; c += 251) {
		struct span s;
		uint32_t back = 0;

		buf_reset(&b);
		utf8_write(&b, c);
		s = buf_peek(&b);
		if (c >= 0xd800 && c <= 0xdfff ? s.len != 0 :
		    utf8_take(&s, &back) != PARSE_OK || back != c || s.len) {
			ok(false, "there and back");
			break;
		}
	}
}

static void
ascii(void)
{
	char text[24];
	bool good = true;

	memset(text, 'a', sizeof text);
	for (size_t len = 0; len <= sizeof text; len++) {
		good = good && ascii_ok((struct span){ text, len });
		for (size_t i = 0; i < len; i++) {
			text[i] = (char)0x80;
			good = good && !ascii_ok((struct span){ text, len });
			text[i] = 'a';
		}
	}
	ok(good, "a high byte is seen wherever it stands");
}

int
main(void)
{
	buf_init(&b, 100000);
	ascii();
	base64();
	quoted_printable();
	phrases();
	utf8();
	buf_free(&b);
	return tap_done();
}
