/* Names in Maildirs, and quota files. */
#include "lib/maildir/names.h"

#include "lib/maildir/quota.h"
#include "tests/tap.h"

static void
names(void)
{
	struct buf b;
	uint64_t n;
	bool cr = false;

	buf_init(&b, MAILDIR_NAME_MAX);
	maildir_name_queued(&b, 1700000000123456, SPAN("1700000000123457"), 3,
	    0, SPAN("host.example"));
	maildir_name_add_size(&b, 'S', 10);
	maildir_name_add_size(&b, 'W', 12);
	ok(span_is(buf_peek(&b),
	    "1700000000.Q1700000000123457N3.host.example,S=10,W=12"),
	    "of a queued message");
	buf_reset(&b);
	maildir_name_queued(&b, 1000000, SPAN("1"), 0, 2, SPAN("a/b:c,d e"));
	ok(span_is(buf_peek(&b), "1.Q1N0_2.a\\057b\\072c\\054d\\040e"),
	    "what would mean something is escaped");
	buf_reset(&b);
	maildir_name_fresh(&b, 5000007, 42, 9, SPAN(""));
	ok(span_is(buf_peek(&b), "5.M7P42Q9.localhost"), "of a fresh message");
	ok(maildir_name_size(SPAN("1.x.h,S=12,W=34:2,FS"), 'S', &n) &&
	    n == 12, "S");
	ok(maildir_name_size(SPAN("1.x.h,S=12,W=34:2,FS"), 'W', &n) &&
	    n == 34, "W");
	ok(!maildir_name_size(SPAN("1.x.h:2,S=12"), 'S', &n), "not in info");
	ok(!maildir_name_size(SPAN("1.x.h,S=1x"), 'S', &n), "not a number");
	ok(!maildir_name_size(SPAN("S=12"), 'S', &n), "not at the start");
	ok(span_is(maildir_name_flags(SPAN("a:2,RS")), "RS"), "flags");
	ok(maildir_name_flags(SPAN("a:1,RS")).len == 0, "other info");
	ok(maildir_name_flags(SPAN("a")).len == 0, "no info");
	ok(span_is(maildir_name_base(SPAN("a,S=1:2,")), "a,S=1"), "base");
	ok(span_is(maildir_name_folder(SPAN("./Maildir/.Work//")), ".Work") &&
	    span_is(maildir_name_folder(SPAN(".a.b")), ".a.b"), "a folder");
	ok(maildir_name_folder(SPAN("./Maildir/")).len == 0 &&
	    maildir_name_folder(SPAN(".")).len == 0 &&
	    maildir_name_folder(SPAN("Maildir/..a")).len == 0 &&
	    maildir_name_folder(SPAN("//")).len == 0, "none");
	ok(maildir_bare_lf(SPAN("a\nb\r\nc\n\n"), &cr) == 3 && !cr,
	    "bare line feeds");
	cr = true;
	ok(maildir_bare_lf(SPAN("\n\r"), &cr) == 0 && cr, "across pieces");
	buf_free(&b);
}

static void
quotas(void)
{
	struct quota_limit l;
	struct quota_sum s;
	struct span first;

	ok(quota_limit_parse(SPAN("10000000S,1000C"), &l) == 0 &&
	    l.bytes == 10000000 && l.count == 1000, "limit");
	ok(quota_limit_parse(SPAN(" 5C \n"), &l) == 0 && l.bytes == 0 &&
	    l.count == 5, "count alone");
	ok(quota_limit_parse(SPAN("7X,5C"), &l) == 0 && l.count == 5,
	    "an unknown letter");
	ok(quota_limit_parse(SPAN(""), &l) == -1, "nothing");
	ok(quota_limit_parse(SPAN("10MB"), &l) == -1, "no unit");
	ok(quota_limit_parse(SPAN("99999999999999999999S"), &l) == -1,
	    "too large");
	ok(quota_file_parse(SPAN("100S\n40 2          \n-10 -1\n\nx\n7 1"),
	    &first, &l, &s) == 0 && s.bytes == 37 && s.count == 2 &&
	    s.lines == 3 && span_is(first, "100S"), "sums");
	ok(quota_file_parse(SPAN("100S\n9223372036854775807 1\n5 1\n"),
	    &first, &l, &s) == 0 && s.bytes == 5,
	    "a number that is none does not count");
	ok(quota_file_parse(SPAN("12 1\n"), &first, &l, &s) == -1,
	    "no limit in the first line");
}

int
main(void)
{
	names();
	quotas();
	return tap_done();
}
