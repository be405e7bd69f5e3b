/*
 * Dates. Days are counted in eras of 400 years with the year beginning in
 * March, so that the leap day comes last and no table of months is needed.
 */
#include "lib/mail/date.h"

#include <errno.h>
#include <string.h>

#include "lib/base/num.h"

enum { DAY_SECONDS = 86400, ERA_DAYS = 146097, TO_1970 = 719468 };

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "SunMonTueWedThuFriSat";

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
date_from_days(int64_t days, struct date *out)
{
	int64_t shifted = days + TO_1970;
	int64_t era = floor_div(shifted, ERA_DAYS);
	int64_t of_era = shifted - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 -
	    of_era / (ERA_DAYS - 1)) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;	/* 0 is March */

	out->day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
	out->month = (unsigned)(month < 10 ? month + 3 : month - 9);
	out->year = year + era * 400 + (out->month <= 2);
	out->weekday = (unsigned)(days + 4 - floor_div(days + 4, 7) * 7);
}

static int64_t
days_from_date(const struct date *d)
{
	int64_t year = d->year - (d->month <= 2);
	int64_t era = floor_div(year, 400);
	int64_t of_era = year - era * 400;
	int64_t month = d->month > 2 ? d->month - 3 : d->month + 9;
	int64_t of_year = (153 * month + 2) / 5 + d->day - 1;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - TO_1970;
}

void
date_from_seconds(int64_t seconds, struct date *out)
{
	int64_t days = floor_div(seconds, DAY_SECONDS);
	unsigned rest = (unsigned)(seconds - days * DAY_SECONDS);

	date_from_days(days, out);
	out->hour = rest / 3600;
	out->minute = rest / 60 % 60;
	out->second = rest % 60;
}

int64_t
date_to_seconds(const struct date *d)
{
	return days_from_date(d) * DAY_SECONDS + d->hour * 3600 +
	    d->minute * 60 + d->second;
}

/* ---- writing ---- */

static char *
put(char *to, const char *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

static char *
put_num(char *to, uint64_t n)
{
	char room[NUM_DIGITS];
	struct span digits = num_format(n, room);

	return put(to, digits.p, digits.len);
}

static char *
put_two(char *to, unsigned n)
{
	*to++ = (char)('0' + n / 10 % 10);
	*to++ = (char)('0' + n % 10);
	return to;
}

static char *
put_time(char *to, const struct date *d)
{
	to = put_two(to, d->hour);
	*to++ = ':';
	to = put_two(to, d->minute);
	*to++ = ':';
	return put_two(to, d->second);
}

/* "1 Nov 2026 05:02:03 " */
static char *
put_date(char *to, const struct date *d)
{
	to = put_num(to, d->day);
	*to++ = ' ';
	to = put(to, months + 3 * (d->month - 1), 3);
	*to++ = ' ';
	to = put_num(to, (uint64_t)d->year);
	*to++ = ' ';
	to = put_time(to, d);
	*to++ = ' ';
	return to;
}

struct span
date_write_utc(uint64_t seconds, char room[DATE_ROOM])
{
	struct date d;
	char *p;

	date_from_seconds((int64_t)seconds, &d);
	p = put_date(room, &d);
	p = put(p, "-0000", 5);
	return span_between(room, p);
}

struct span
date_write_zone(uint64_t seconds, int minutes_east, char room[DATE_ROOM])
{
	unsigned off = (unsigned)(minutes_east < 0 ? -minutes_east :
	    minutes_east);
	struct date d;
	char *p = room;

	date_from_seconds((int64_t)(seconds + (uint64_t)((int64_t)minutes_east *
	    60)), &d);
	p = put(p, weekdays + 3 * d.weekday, 3);
	p = put(p, ", ", 2);
	p = put_date(p, &d);
	*p++ = minutes_east < 0 ? '-' : '+';
	p = put_two(p, off / 60);
	p = put_two(p, off % 60);
	return span_between(room, p);
}

struct span
date_write_ctime(uint64_t seconds, char room[DATE_ROOM])
{
	struct date d;
	char *p = room;

	date_from_seconds((int64_t)seconds, &d);
	p = put(p, weekdays + 3 * d.weekday, 3);
	*p++ = ' ';
	p = put(p, months + 3 * (d.month - 1), 3);
	p = put(p, d.day < 10 ? "  " : " ", d.day < 10 ? 2 : 1);
	p = put_num(p, d.day);
	*p++ = ' ';
	p = put_time(p, &d);
	*p++ = ' ';
	p = put_num(p, (uint64_t)d.year);
	return span_between(room, p);
}

/* ---- reading ---- */

static void
skip_blanks(struct span *in)
{
	while (in->len > 0 && strchr(" \t\r\n", *in->p) != NULL &&
	    *in->p != '\0')
		*in = span_tail(*in, 1);
}

/* Index of the three-letter name at the front of *in, or -1. */
static int
take_name(struct span *in, const char *names, size_t count)
{
	skip_blanks(in);
	for (size_t i = 0; i < count; i++)
		if (span_case_starts(*in, (struct span){ names + 3 * i, 3 })) {
			*in = span_tail(*in, 3);
			return (int)i;
		}
	return -1;
}

static bool
take_num(struct span *in, uint64_t max, unsigned *out)
{
	uint64_t n;

	skip_blanks(in);
	if (num_take(in, max, &n) != PARSE_OK)
		return false;
	*out = (unsigned)n;
	return true;
}

static bool
take_colon(struct span *in)
{
	skip_blanks(in);
	if (in->len == 0 || *in->p != ':')
		return false;
	*in = span_tail(*in, 1);
	return true;
}

static bool
take_time(struct span *in, struct date *d)
{
	if (!take_num(in, 23, &d->hour) || !take_colon(in) ||
	    !take_num(in, 59, &d->minute))
		return false;
	d->second = 0;
	return !take_colon(in) || take_num(in, 60, &d->second);
}

/* Two digits are of 1950 to 2049, three count from 1900: RFC 5322 4.3. */
static bool
take_year(struct span *in, struct date *d)
{
	size_t before;
	unsigned n;

	skip_blanks(in);
	before = in->len;
	if (!take_num(in, 9999999, &n))
		return false;
	d->year = n;
	if (before - in->len <= 2)
		d->year += n < 50 ? 2000 : 1900;
	else if (before - in->len == 3)
		d->year += 1900;
	return d->year >= 1900;
}

/* Seconds east; an unknown or missing zone is -0000: RFC 5322 section 4.3. */
static bool
take_zone(struct span *in, int *east)
{
	static const char us[] = "ESTEDTCSTCDTMSTMDTPSTPDT";
	static const signed char hours[] = { -5, -4, -6, -5, -7, -6, -8, -7 };
	unsigned n;
	bool west;
	int i;

	*east = 0;
	if ((i = take_name(in, us, sizeof hours)) >= 0) {
		*east = hours[i] * 3600;
		return true;
	}
	if (in->len == 0 || (*in->p != '+' && *in->p != '-'))
		return true;
	west = *in->p == '-';
	*in = span_tail(*in, 1);
	if (!take_num(in, 9999, &n) || n % 100 > 59)
		return false;
	*east = (int)(n / 100 * 3600 + n % 100 * 60) * (west ? -1 : 1);
	return true;
}

int
date_parse(struct span s, int64_t *seconds)
{
	struct date d = { 0 };
	int month, east;

	if (take_name(&s, weekdays, 7) >= 0) {
		skip_blanks(&s);
		if (s.len > 0 && *s.p == ',')
			s = span_tail(s, 1);
	}
	if (!take_num(&s, 31, &d.day) || d.day == 0 ||
	    (month = take_name(&s, months, 12)) < 0 || !take_year(&s, &d))
		goto bad;
	d.month = (unsigned)month + 1;
	if (!take_time(&s, &d) || !take_zone(&s, &east))
		goto bad;
	*seconds = date_to_seconds(&d) - east;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}
