/* Dates as RFC 5322 has them, by our own calendar: no locale, no zone files. */
#ifndef LIB_MAIL_DATE_H
#define LIB_MAIL_DATE_H

#include <stdint.h>

#include "lib/base/span.h"

enum { DATE_ROOM = 64 };

struct date {
	int64_t year;		/* 1970 */
	unsigned month;		/* 1 to 12 */
	unsigned day;		/* 1 to 31 */
	unsigned hour, minute, second;
	unsigned weekday;	/* 0 is Sunday */
};

/* Seconds since 1970, UTC, to a date and back. The Gregorian calendar. */
void date_from_seconds(int64_t seconds, struct date *out);
int64_t date_to_seconds(const struct date *d);

/* qmail's form: "1 Nov 2026 05:02:03 -0000". The span points into room. */
struct span date_write_utc(uint64_t seconds, char room[DATE_ROOM]);
/*
 * RFC 5322 section 3.3 with the day of the week and a zone, minutes east of
 * Greenwich: "Sun, 1 Nov 2026 06:02:03 +0100".
 */
struct span date_write_zone(uint64_t seconds, int minutes_east,
    char room[DATE_ROOM]);
/* ctime's form in UTC, for mbox: "Sun Nov  1 05:02:03 2026". */
struct span date_write_ctime(uint64_t seconds, char room[DATE_ROOM]);

/*
 * Reads an RFC 5322 date-time, obsolete zones included, comments not.
 * 0; -1 with errno EINVAL.
 */
int date_parse(struct span s, int64_t *seconds) MUST_CHECK;

#endif
