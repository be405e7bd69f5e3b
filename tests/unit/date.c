/* The calendar, and dates as mail writes them. */
#include "lib/mail/date.h"

#include "tests/tap.h"

static char room[DATE_ROOM];

static bool
parses(const char *s, int64_t want)
{
	int64_t got;

	return date_parse(span_str(s), &got) == 0 && got == want;
}

static void
writing(void)
{
	ok(span_is(date_write_utc(0, room), "1 Jan 1970 00:00:00 -0000"),
	    "the beginning");
	ok(span_is(date_write_utc(838727694, room),
	    "30 Jul 1996 11:54:54 -0000"), "qmail's manual");
	ok(span_is(date_write_utc(951782400, room),
	    "29 Feb 2000 00:00:00 -0000"), "leap day of 2000");
	ok(span_is(date_write_utc(4107542399, room),
	    "28 Feb 2100 23:59:59 -0000") &&
	    span_is(date_write_utc(4107542400, room),
	    "1 Mar 2100 00:00:00 -0000"), "none in 2100");
	ok(span_is(date_write_zone(880127706, -360, room),
	    "Fri, 21 Nov 1997 09:55:06 -0600"), "RFC 5322 A.1.1");
	ok(span_is(date_write_zone(0, 330, room),
	    "Thu, 1 Jan 1970 05:30:00 +0530"), "half an hour");
	ok(span_is(date_write_ctime(86400 * 8, room),
	    "Fri Jan  9 00:00:00 1970"), "ctime");
	date_write_zone(UINT64_MAX, -1439, room);
	date_write_utc((uint64_t)INT64_MAX, room);
	ok(true, "absurd times fit the room");
}

static void
reading(void)
{
	ok(parses("Fri, 21 Nov 1997 09:55:06 -0600", 880127706), "RFC 5322");
	ok(parses("21 Nov 97 09:55:06 CST", 880127706), "obsolete");
	ok(parses("Thu,\r\n 1\tJan 1970 00:00 GMT", 0), "folds, no seconds");
	ok(!parses("31 Foo 1970 00:00", 0) && !parses("", 0) &&
	    !parses("1 Jan 1970", 0) && !parses("1 Jan 1970 24:00", 0),
	    "no dates");
}

static void
there_and_back(void)
{
	bool good = true;

	for (int64_t t = -70000000000; t < 70000000000; t += 86399 * 31) {
		struct date d;

		date_from_seconds(t, &d);
		good = good && date_to_seconds(&d) == t && d.month >= 1 &&
		    d.month <= 12 && d.day >= 1 && d.day <= 31;
	}
	ok(good, "every day there and back");
}

int
main(void)
{
	writing();
	reading();
	there_and_back();
	return tap_done();
}
