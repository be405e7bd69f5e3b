/* Spans: cutting, trimming and comparing never leave the bytes they borrow. */
#include "lib/base/span.h"

#include <errno.h>

#include "lib/base/num.h"
#include "tests/tap.h"

static void
cutting(void)
{
	struct span in = SPAN("a:b:");

	ok(span_is(span_cut(&in, ':'), "a"), "first part");
	ok(span_is(span_cut(&in, ':'), "b"), "second part");
	ok(in.len == 0, "nothing left");
	ok(span_cut(&in, ':').len == 0, "cutting nothing gives nothing");
	ok(span_is(span_trim(SPAN(" \tx y\r\n")), "x y"), "trimmed");
	ok(span_trim(SPAN(" \t")).len == 0, "only blanks");
}

static void
comparing(void)
{
	ok(span_case_eq(SPAN("PostMaster"), SPAN("postmaster")), "case");
	ok(!span_case_eq(SPAN("a@"), SPAN("a`")), "only letters have case");
	ok(span_case_ends(SPAN("x.EXAMPLE"), SPAN(".example")), "suffix");
	ok(!span_case_ends(SPAN("le"), SPAN(".example")), "short suffix");
	ok(span_starts(SPAN("abc"), SPAN("")), "empty prefix");
	ok(span_compare(SPAN("b"), SPAN("ab")) > 0 &&
	    span_compare(SPAN("a"), SPAN("ab")) < 0 &&
	    span_compare(SPAN("a\xff"), SPAN("az")) > 0 &&
	    span_compare(SPAN("ab"), SPAN("ab")) == 0 &&
	    span_compare(SPAN(""), SPAN("a")) < 0, "in order");
	ok(span_find(SPAN("abc"), 'x') == 3, "not found is the length");
	ok(span_rfind(SPAN("a-b-c"), '-') == 3, "last one");
}

static void
copying(void)
{
	char room[4];

	ok(span_to_cstr(SPAN("abc"), room, sizeof room) == 0, "fits exactly");
	ok(span_to_cstr(SPAN("abcd"), room, sizeof room) == -1 &&
	    errno == EMSGSIZE, "one too long");
	ok(span_to_cstr(SPAN("a\0b"), room, sizeof room) == -1 &&
	    errno == EINVAL, "NUL inside");
}

static void
numbers(void)
{
	uint64_t n = 7;

	ok(num_parse(SPAN("18446744073709551615"), UINT64_MAX, &n) == 0 &&
	    n == UINT64_MAX, "largest");
	ok(num_parse(SPAN("18446744073709551616"), UINT64_MAX, &n) == -1 &&
	    errno == ERANGE, "one more");
	ok(num_parse(SPAN("100"), 100, &n) == 0 && n == 100, "the maximum");
	ok(num_parse(SPAN("101"), 100, &n) == -1, "over the maximum");
	ok(num_parse(SPAN("9"), 5, &n) == -1, "over a one-digit maximum");
	ok(num_parse(SPAN(""), 5, &n) == -1 && errno == EINVAL, "empty");
	ok(num_parse(SPAN("1x"), 5, &n) == -1 && errno == EINVAL, "rest");
	ok(num_parse(SPAN("-1"), 5, &n) == -1, "no sign");
}

int
main(void)
{
	cutting();
	comparing();
	copying();
	numbers();
	return tap_done();
}
