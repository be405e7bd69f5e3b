/*
 * Reading a message. The header is searched line by line, each byte once,
 * while it comes in; what was read too much is the beginning of the body.
 */
#include "queue/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/mail/header.h"

enum { DOT_FRESH, DOT_SEEN, DOT_CR, DOT_INSIDE };	/* of a line */

void
reader_init(struct reader *r, int fd, unsigned how)
{
	r->fd = fd;
	r->how = how;
	r->eof = r->crlf = r->empty_line = r->held_cr = false;
	r->dot_state = DOT_FRESH;
	r->last = '\n';
	buf_init(&r->bytes, READER_HEADER_MAX + READER_CHUNK);
	r->header_from = r->header_to = r->body_from = 0;
}

void
reader_free(struct reader *r)
{
	buf_free(&r->bytes);
}

/*
 * How many of the n bytes come before a line with a dot alone. Bytes of such a
 * line that were handed out before cannot be taken back: a dot at the end of
 * a read is held by a terminal's line discipline, which gives whole lines.
 */
static size_t
before_dot(struct reader *r, const char *p, size_t n)
{
	size_t line = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (c == '\n') {
			if (r->dot_state == DOT_SEEN || r->dot_state == DOT_CR) {
				r->eof = true;
				return line;
			}
			r->dot_state = DOT_FRESH;
			line = i + 1;
		} else if (c == '.' && r->dot_state == DOT_FRESH) {
			r->dot_state = DOT_SEEN;
		} else if (c == '\r' && r->dot_state == DOT_SEEN) {
			r->dot_state = DOT_CR;
		} else {
			r->dot_state = DOT_INSIDE;
		}
	}
	return n;
}

/* Reads at most size bytes. How many; 0 at the end; -1 with errno. */
static ssize_t
fill(struct reader *r, char *to, size_t size)
{
	ssize_t n;

	if (r->eof)
		return 0;
	do
		n = read(r->fd, to, size);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		r->eof = n == 0;
	else if (r->how & READER_DOT)
		n = (ssize_t)before_dot(r, to, (size_t)n);
	return n;
}

/* ---- header ---- */

static bool
is_field(struct span line)
{
	struct header_field f;

	return header_take(&line, &f) == 1 && f.name.len > 0;
}

static bool
ends_crlf(struct span line)
{
	return line.len >= 2 && line.p[line.len - 2] == '\r' &&
	    line.p[line.len - 1] == '\n';
}

/*
 * Looks at the line that starts at header_to. true: it belongs to the header;
 * false: the header is over, and body_from is set.
 */
static bool
take_line(struct reader *r, struct span line)
{
	bool first = r->header_to == 0;

	if (first)
		r->crlf = ends_crlf(line);
	r->body_from = r->header_to;
	if (span_is(line, "\n") || span_is(line, "\r\n")) {
		r->body_from += line.len;
		r->empty_line = true;
		return false;
	}
	if (first && (span_starts(line, SPAN("From ")) ||
	    span_starts(line, SPAN(">From ")))) {
		r->header_from = r->header_to = line.len;
		return true;
	}
	if (!is_field(line) && (r->header_to == r->header_from ||
	    (*line.p != ' ' && *line.p != '\t')))
		return false;
	r->header_to += line.len;
	return true;
}

/* CR LF to LF in place. The new length. */
static size_t
strip_cr(char *p, size_t len)
{
	char *first = memchr(p, '\r', len);
	size_t kept;

	if (first == NULL)
		return len;
	kept = (size_t)(first - p);
	for (size_t i = kept; i < len; i++)
		if (p[i] != '\r' || i + 1 == len || p[i + 1] != '\n')
			p[kept++] = p[i];
	return kept;
}

static void
finish_header(struct reader *r, struct span *header)
{
	char *p = r->bytes.p;
	size_t len = r->header_to - r->header_from;

	if ((r->how & READER_LINES) && len > 0)
		len = strip_cr(p + r->header_from, len);
	*header = (struct span){ p != NULL ? p + r->header_from : "", len };
}

/*
 * A line that is longer than any chunk and cannot become a field: not worth
 * waiting for its end.
 */
static bool
is_hopeless(const struct reader *r, struct span part)
{
	return part.len > READER_CHUNK && !is_field(part) &&
	    (r->header_to == r->header_from ||
	    (*part.p != ' ' && *part.p != '\t'));
}

int
reader_header(struct reader *r, struct span *header)
{
	size_t seen = 0;	/* no LF between header_to and here */
	struct span rest;
	size_t at;

	for (;;) {
		rest = span_tail(buf_peek(&r->bytes), seen);
		at = span_find(rest, '\n');
		if (at < rest.len || (r->eof && r->bytes.len > r->header_to)) {
			struct span line = span_tail(buf_peek(&r->bytes),
			    r->header_to);

			seen += at < rest.len ? at + 1 : rest.len;
			line.len = seen - r->header_to;
			if (!take_line(r, line))
				break;
		} else if (r->eof || is_hopeless(r,
		    span_tail(buf_peek(&r->bytes), r->header_to))) {
			r->body_from = r->header_to;
			break;
		} else {
			char *to = buf_reserve(&r->bytes, READER_CHUNK);
			ssize_t n;

			seen = r->bytes.len;
			if (to == NULL) {
				errno = r->bytes.err;
				return -1;
			}
			if ((n = fill(r, to, READER_CHUNK)) == -1)
				return -1;
			r->bytes.len += (size_t)n;
		}
	}
	finish_header(r, header);
	return 0;
}

/* ---- body ---- */

/* What was read of the body together with the header. */
static size_t
copy_rest(struct reader *r, char *to)
{
	size_t n = r->bytes.len - r->body_from;

	if (n > READER_CHUNK)
		n = READER_CHUNK;
	if (n > 0)
		memcpy(to, r->bytes.p + r->body_from, n);
	r->body_from += n;
	return n;
}

/* The end: a CR that waited for its LF, and the end of the last line. */
static int
last_part(struct reader *r, struct span *part)
{
	size_t n = 0;

	if (r->held_cr)
		r->chunk[n++] = '\r';
	r->held_cr = false;
	if ((r->how & READER_LINES) && (n > 0 || r->last != '\n'))
		r->chunk[n++] = '\n';
	r->last = '\n';
	*part = (struct span){ r->chunk, n };
	return n > 0;
}

int
reader_body(struct reader *r, struct span *part)
{
	bool lines = (r->how & READER_LINES) && r->crlf;
	char *start = r->chunk + 1;
	size_t len = copy_rest(r, start);

	if (len == 0) {
		ssize_t n = fill(r, start, READER_CHUNK);

		if (n == -1)
			return -1;
		if (n == 0)
			return last_part(r, part);
		len = (size_t)n;
	}
	if (r->held_cr) {
		*--start = '\r';
		len++;
	}
	if (lines) {
		r->held_cr = start[len - 1] == '\r';
		len = strip_cr(start, len - r->held_cr);
	}
	if (len > 0)
		r->last = start[len - 1];
	*part = (struct span){ start, len };
	return 1;
}
