/* Return-Path, Delivered-To and From_ lines, and the search for a loop. */
#include "local/lines.h"

#include <string.h>

#include "lib/mail/date.h"
#include "lib/mail/path.h"

enum { HEADER_CHUNK = 16384 };

static void
add_line(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_char(b, s.p[i] == '\n' || s.p[i] == '\0' ? '_' : s.p[i]);
}

void
line_delivered_to(struct buf *b, const struct job *j)
{
	buf_str(b, "Delivered-To: ");
	add_line(b, j->address);
	buf_char(b, '\n');
}

void
line_return_path(struct buf *b, const struct job *j)
{
	buf_str(b, "Return-Path: ");
	if (path_write(b, j->sender) == -1) {	/* control characters in it */
		buf_char(b, '<');
		add_line(b, j->sender);
		buf_char(b, '>');
	}
	buf_char(b, '\n');
}

void
line_from(struct buf *b, const struct job *j, uint64_t now_us)
{
	char room[DATE_ROOM];

	buf_str(b, "From ");
	if (j->sender.len == 0)
		buf_str(b, "MAILER-DAEMON");
	for (size_t i = 0; i < j->sender.len; i++) {
		char c = j->sender.p[i];

		buf_char(b, c == ' ' || c == '\t' || c == '\n' || c == '\0' ?
		    '-' : c);
	}
	buf_char(b, ' ');
	buf_span(b, date_write_ctime(now_us / 1000000, room));
	buf_char(b, '\n');
}

/* Looks through whole lines of s. 1 loops; 0 the header ended; -1 go on. */
static int
search(struct span *s, struct span mine)
{
	for (;;) {
		size_t len = span_find(*s, '\n');

		if (len == s->len)
			return -1;
		if (len == 0)
			return 0;
		if (span_eq(span_head(*s, len + 1), mine))
			return 1;
		*s = span_tail(*s, len + 1);
	}
}

/*
 * Goes on from where first ended, line by line. A line that is longer than the
 * room is not ours; what is left of it must not look like the start of one.
 */
static int
search_on(const struct job *j, struct span mine, uint64_t at)
{
	char room[HEADER_CHUNK];
	size_t kept = 0;

	while (at + kept < j->size) {
		ssize_t n = job_piece(j, at + kept, room + kept,
		    sizeof room - kept);
		struct span s;
		bool cut;
		int r;

		if (n == -1)
			return -1;
		s = (struct span){ room, kept + (size_t)n };
		r = search(&s, mine);
		if (r != -1)
			return r;
		at += (uint64_t)(s.p - room);
		cut = s.len == sizeof room;	/* no end of line in sight */
		if (cut) {
			at += s.len - 1;
			s = (struct span){ s.p + s.len - 1, 1 };
		}
		memmove(room, s.p, s.len);
		if (cut)
			room[0] = 'x';
		kept = s.len;
	}
	return 0;
}

int
line_loops(const struct job *j, struct span first)
{
	struct buf line;
	struct span mine;
	struct span s = first;
	int r = -1;

	buf_init(&line, 2 * WORK_ADDRESS_MAX);
	line_delivered_to(&line, j);
	if (buf_get(&line, &mine) == 0) {
		r = search(&s, mine);
		if (r == -1)
			r = first.len >= j->size ? 0 :
			    search_on(j, mine, (uint64_t)(s.p - first.p));
	}
	buf_free(&line);
	return r;
}
