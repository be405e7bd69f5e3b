/* lib/net/idn: domain names as DNS knows them. */
#include "lib/net/idn.h"

#include "tests/tap.h"

static bool
becomes(const char *domain, const char *want)
{
	struct buf b;
	bool good;

	buf_init(&b, 300);
	good = idn_to_ascii(span_str(domain), &b) == 0 ?
	    want != NULL && span_is(buf_peek(&b), want) : want == NULL;
	buf_free(&b);
	return good;
}

static void
addresses(void)
{
	struct buf b;

	buf_init(&b, 300);
	ok(idn_address(SPAN("\xc3\xa9@b@\xc3\xa9.example"), &b) == 0 &&
	    span_is(buf_peek(&b), "\xc3\xa9@b@xn--9ca.example"),
	    "only the domain of an address");
	buf_free(&b);
}

static void
lists(void)
{
	struct buf b;
	static const char list[] = "a.example:b\0.\xc3\xa9.example:\xc3\xa9\0"
	    "u@\xc3\xa9:c\0:d\0\xff:e";
	static const char want[] = "a.example:b\0.xn--9ca.example:\xc3\xa9\0"
	    "u@xn--9ca:c\0:d\0\xff:e";

	buf_init(&b, 300);
	buf_add(&b, list, sizeof list);
	ok(idn_list(&b, ':') == 0 && span_eq(buf_peek(&b),
	    (struct span){ want, sizeof want }), "names in a list");
	buf_free(&b);
}

int
main(void)
{
	char label[100] = "\xc3\xa9";

	ok(becomes("Example.org", "Example.org"), "ASCII stays");
	ok(becomes("b\xc3\xbc" "cher.example", "xn--bcher-kva.example"),
	    "a letter within");
	ok(becomes("M\xc3\xbc" "nchen.B\xc3\xa4r.", "xn--mnchen-3ya.xn--br-via."),
	    "two labels");
	/* RFC 3492 section 7.1 */
	ok(becomes("\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88"
	    "\xe4\xb8\x8d\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96\x87",
	    "xn--ihqwcrb4cv8a8dqg056pqjye"), "Chinese");
	ok(becomes("3\xe5\xb9\xb4" "B\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5"
	    "\x85\x88\xe7\x94\x9f", "xn--3b-ww4c5e180e575a65lsy2b"),
	    "Japanese with digits and capitals");
	ok(becomes("\xed\xa0\x80.example", NULL), "a surrogate");
	ok(becomes("\xff.example", NULL), "not UTF-8");
	memset(label + 2, 'a', 70);
	ok(becomes(label, NULL), "too long");
	addresses();
	lists();
	return tap_done();
}
