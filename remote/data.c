/* A stored message as SMTP data: one line at a time, cut when too long. */
#include "remote/data.h"

#include <string.h>

enum { UTF8_TAIL_MAX = 3 };

void
encoder_start(struct encoder *e)
{
	*e = (struct encoder){ 0 };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* How long the line end at in[at] is: 1 to 3; 0 when in ends too soon. */
static size_t
line_end(struct span in, size_t at, bool last)
{
	if (in.p[at] == '\n')
		return 1;
	if (in.len > at + 1 && in.p[at + 1] == '\n')
		return 2;
	if (in.len > at + 2 && in.p[at + 1] == '\r' && in.p[at + 2] == '\n')
		return 3;
	return in.len > at + 2 || last ? 1 : 0;
}

/* No more than max bytes, not ending inside a UTF-8 sequence. */
static size_t
hard_cut(struct span in, size_t max)
{
	size_t back = 0;

	while (back < UTF8_TAIL_MAX &&
	    ((unsigned char)in.p[max - back] & 0xc0) == 0x80)
		back++;
	return max - back;
}

/* Where to cut a header line: before its last blank that follows text. */
static size_t
cut_header(struct encoder *e, struct span in, size_t max)
{
	size_t text = 0;

	while (text < max && is_blank(in.p[text]))
		text++;
	for (size_t i = max; i > text; i--)
		if (is_blank(in.p[i]))
			return i;
	e->owes_blank = true;
	return hard_cut(in, max);
}

static size_t
cut_body(struct span in, size_t max)
{
	for (size_t i = max; i > max / 2; i--)
		if (is_blank(in.p[i - 1]))
			return i;
	return hard_cut(in, max);
}

/*
 * Takes a line, or as much of it as may go into one. false: in ends too soon.
 */
static bool
take_line(struct encoder *e, struct span *in, bool last, struct span *line)
{
	size_t max = ENCODE_LINE_MAX - (e->owes_blank ? 1 : 0);
	struct span window = span_head(*in, max + 1);
	size_t end = span_find(window, '\n');
	size_t end_len = 0;

	end = span_find(span_head(window, end), '\r');
	if (end < window.len) {
		end_len = line_end(*in, end, last);
		if (end_len == 0)
			return false;
		if (end == 0 && !e->owes_blank)
			e->in_body = true;
		e->owes_blank = false;
	} else if (in->len > max) {
		e->owes_blank = false;
		end = e->in_body ? cut_body(*in, max) :
		    cut_header(e, *in, max);
	} else if (!last) {
		return false;
	}
	*line = span_head(*in, end);
	*in = span_tail(*in, end + end_len);
	return true;
}

size_t
encode(struct encoder *e, struct span *in, bool last, char *out, size_t room)
{
	char *p = out;

	while (in->len > 0 && room - (size_t)(p - out) >= ENCODE_OUT_MIN) {
		bool blank = e->owes_blank;
		struct span line;

		if (!take_line(e, in, last, &line))
			break;
		if (blank)
			*p++ = ' ';
		else if (line.len > 0 && *line.p == '.')
			*p++ = '.';
		memcpy(p, line.p, line.len);
		p += line.len;
		*p++ = '\r';
		*p++ = '\n';
	}
	return (size_t)(p - out);
}
