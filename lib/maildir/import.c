/*
 * Identifiers of messages that an earlier server handed out, so that clients do
 * not fetch everything again. Dovecot's dovecot-uidlist (version 3):
 *
 *	3 V1275660208 N25022 G...
 *	25006 W2345 P2001 :1276528487.M364837P9451.host,S=1355,W=1394
 *
 * where P is an identifier of a server before it; without one the identifier
 * is made of UID and UIDVALIDITY, in the form that its pop3_uidl_format gave.
 * Courier's courierpop3dsizelist (versions 2 and 3):
 *
 *	/3 NEXTUID UIDVALIDITY
 *	1276528487.M364837P9451.host:2,S 1394 17:1275660208:0
 *
 * where the identifier is UID17-1275660208, or UID17 when the last is 0, and
 * the name when both are 0. Sizes are not taken over: they are counted
 * otherwise there.
 */
#include "lib/maildir/index.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/num.h"
#include "lib/maildir/names.h"

/*
 * Identifiers made here are written behind the file in x->text. All the room
 * for them is reserved first, since afterwards the bytes must not move.
 * 1; 0 too many; -1 ENOMEM.
 */
static int
reserve(struct maildir_index *x)
{
	struct span text = buf_peek(&x->text);
	size_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	if (lines >= MAILDIR_INDEX_MAX / MAILDIR_UIDL_MAX)
		return 0;
	if (buf_reserve(&x->text, lines * MAILDIR_UIDL_MAX) != NULL)
		return 1;
	errno = x->text.err;
	return errno == ENOMEM ? -1 : 0;
}

/* Where an identifier is put together: its own room, and for a NUL. */
static int
room_init(struct buf *b)
{
	buf_init(b, MAILDIR_UIDL_MAX + 1);
	return buf_reserve(b, MAILDIR_UIDL_MAX + 1) != NULL ? 0 : -1;
}

/* The identifier in b, kept; empty, which derives one, when b is none. */
static struct span
keep(struct maildir_index *x, const struct buf *b)
{
	struct span s = buf_peek(b);
	size_t from = x->text.len;

	if (b->err != 0 || !maildir_uidl_ok(s))
		return (struct span){ "", 0 };
	buf_span(&x->text, s);
	return span_tail(buf_peek(&x->text), from);
}

/* One server's file on its way into an index. */
struct import {
	struct maildir_index *x;
	struct span format;		/* of Dovecot's identifiers */
	uint64_t validity;
	struct buf room;		/* for one identifier */
};

/* The first line; false: not a file that we know. */
typedef bool import_head(struct import *im, struct span head);
/* A line behind it. 0; -1 with errno. */
typedef int import_line(struct import *im, struct span line);

static int
by_uidl(const void *left, const void *right)
{
	const struct maildir_note *a = *(struct maildir_note *const *)left;
	const struct maildir_note *b = *(struct maildir_note *const *)right;
	int r = span_compare(a->uidl, b->uidl);

	return r != 0 ? r : (a > b) - (a < b);
}

/*
 * Of several messages with one identifier, as in a damaged file, the first
 * keeps it: clients would not fetch the others. 0; -1 with errno ENOMEM.
 */
static int
share_none(struct maildir_index *x)
{
	struct maildir_note **sorted = malloc((x->count + 1) * sizeof *sorted);

	if (sorted == NULL)
		return -1;
	for (size_t i = 0; i < x->count; i++)
		sorted[i] = &x->notes[i];
	qsort(sorted, x->count, sizeof(struct maildir_note *), by_uidl);
	for (size_t i = x->count; i-- > 1;)
		if (span_eq(sorted[i]->uidl, sorted[i - 1]->uidl))
			sorted[i]->uidl.len = 0;
	free(sorted);
	return 0;
}

/* Both parsers: 1; 0 another format, or too much; -1 with errno ENOMEM. */
static int
import(struct import *im, import_head *take_head, import_line *take_line)
{
	int r = reserve(im->x);
	struct span text = buf_peek(&im->x->text);

	if (r != 1 || !take_head(im, span_cut(&text, '\n')))
		return r == -1 ? -1 : 0;
	if (room_init(&im->room) == -1)
		return -1;
	while (text.len > 0 && r != -1)
		r = take_line(im, span_cut(&text, '\n'));
	buf_free(&im->room);
	if (r == -1)
		return -1;
	maildir_index_sort(im->x);
	return share_none(im->x) == 0 ? 1 : -1;
}

/* ---- Dovecot ---- */

/* What the parts of an identifier may be made of. */
struct parts {
	uint64_t uid, validity;
	struct span base;
};

/* A number behind "%": [0WIDTH][X] and u or v; false: nothing we know. */
static bool
put_number(struct buf *b, struct span *format, const struct parts *p)
{
	uint64_t width = 0;
	bool hexadecimal;
	uint64_t n;

	if (span_starts(*format, SPAN("0")) &&
	    num_take(format, MAILDIR_UIDL_MAX, &width) != PARSE_OK)
		return false;
	hexadecimal = span_starts(*format, SPAN("X"));
	*format = span_tail(*format, hexadecimal);
	if (!span_starts(*format, SPAN("u")) &&
	    !span_starts(*format, SPAN("v")))
		return false;
	n = format->p[0] == 'u' ? p->uid : p->validity;
	*format = span_tail(*format, 1);
	buf_fmt(b, hexadecimal ? "%0*llx" : "%0*llu", (int)width,
	    (unsigned long long)n);
	return true;
}

/* What stands behind a "%"; false: nothing we know. */
static bool
put_part(struct buf *b, struct span *format, const struct parts *p)
{
	if (span_starts(*format, SPAN("f")))
		buf_span(b, p->base);
	else if (span_starts(*format, SPAN("%")))
		buf_char(b, '%');
	else
		return put_number(b, format, p);
	*format = span_tail(*format, 1);
	return true;
}

static bool
put_uidl(struct buf *b, struct span format, const struct parts *p)
{
	buf_reset(b);
	while (format.len > 0) {
		size_t plain = span_find(format, '%');

		buf_span(b, span_head(format, plain));
		if (plain == format.len)
			break;
		format = span_tail(format, plain + 1);
		if (!put_part(b, &format, p))
			return false;
	}
	return true;
}

bool
maildir_uidl_format_ok(struct span format)
{
	const struct parts p = { 1, 1, { "x", 1 } };
	struct buf b;
	bool good = false;

	if (room_init(&b) == 0)
		good = put_uidl(&b, format, &p) && b.err == 0 &&
		    maildir_uidl_ok(buf_peek(&b));
	buf_free(&b);
	return good;
}

static int
dovecot_line(struct import *im, struct span line)
{
	struct maildir_note n = { .wire_size = MAILDIR_SIZE_UNKNOWN };
	struct parts p = { .validity = im->validity };

	if (num_take(&line, UINT32_MAX, &p.uid) != PARSE_OK)
		return 0;
	while (line.len > 0 && line.p[0] != ':') {
		struct span word = span_cut(&line, ' ');

		if (span_starts(word, SPAN("P")))
			n.uidl = span_tail(word, 1);
	}
	n.base = p.base = maildir_name_base(span_tail(line, 1));
	if (n.base.len == 0)
		return 0;
	if (!maildir_uidl_ok(n.uidl)) {
		(void)put_uidl(&im->room, im->format, &p);
		n.uidl = keep(im->x, &im->room);
	}
	return maildir_index_add(im->x, &n);
}

/* Takes the number behind V. */
static bool
dovecot_head(struct import *im, struct span head)
{
	if (!span_starts(head, SPAN("3 ")))
		return false;
	while (head.len > 0) {
		struct span word = span_cut(&head, ' ');

		if (span_starts(word, SPAN("V")) &&
		    num_parse(span_tail(word, 1), UINT32_MAX,
		    &im->validity) == -1)
			return false;
	}
	return true;
}

int
maildir_import_dovecot(struct maildir_index *x, struct span uidl_format)
{
	struct import im = { .x = x, .format = uidl_format };

	return import(&im, dovecot_head, dovecot_line);
}

/* ---- Courier ---- */

/* Number 0: the name, as Courier wrote it to clients before it had numbers. */
static void
put_name(struct buf *b, struct span base)
{
	for (size_t i = 0; i < base.len; i++) {
		unsigned char c = (unsigned char)base.p[i];

		if (c < 0x21 || c > 0x7e || c == '\'' || c == '"' || c == '+')
			buf_fmt(b, "+%02X", c);
		else
			buf_char(b, (char)c);
	}
}

static bool
courier_head(struct import *im, struct span head)
{
	(void)im;
	return span_starts(head, SPAN("/3 ")) || span_starts(head, SPAN("/2 "));
}

static int
courier_line(struct import *im, struct span line)
{
	struct maildir_note n = { .wire_size = MAILDIR_SIZE_UNKNOWN };
	size_t space = span_rfind(line, ' ');
	struct span ids = span_tail(line, space + 1);
	uint64_t uid;
	uint64_t validity = 0;

	line = span_head(line, space);
	line = span_head(line, span_rfind(line, ' '));	/* without the size */
	n.base = maildir_name_base(line);
	if (n.base.len == 0 || num_take(&ids, UINT32_MAX, &uid) != PARSE_OK)
		return 0;
	if (ids.len > 0 && ids.p[0] == ':') {
		ids = span_tail(ids, 1);
		if (num_take(&ids, UINT32_MAX, &validity) != PARSE_OK)
			return 0;
	}
	buf_reset(&im->room);
	if (uid == 0)
		put_name(&im->room, n.base);
	else
		buf_fmt(&im->room, "UID%u", (unsigned)uid);
	if (uid > 0 && validity > 0)
		buf_fmt(&im->room, "-%u", (unsigned)validity);
	n.uidl = keep(im->x, &im->room);
	return maildir_index_add(im->x, &n);
}

int
maildir_import_courier(struct maildir_index *x)
{
	struct import im = { .x = x };

	return import(&im, courier_head, courier_line);
}
