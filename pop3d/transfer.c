/*
 * Messages on their way to a POP3 client. Works line by line on whole blocks:
 * a line passes as two copies, its bytes and its end.
 */
#include "pop3d/transfer.h"

#include <errno.h>
#include <unistd.h>

#include "lib/mail/header.h"
#include "lib/mail/utf8.h"
#include "lib/os/in.h"
#include "pop3d/surrogate.h"

enum {
	BLOCK_SIZE = 65536,
	HEADER_MAX = 1 << 20,	/* of a header that is not ASCII */
	SURROGATE_MAX = 8 << 20,
};

void
transfer_start(struct transfer *t)
{
	*t = (struct transfer){ .at_line_start = true, .line_empty = true };
}

void
transfer_limit(struct transfer *t, uint64_t lines)
{
	t->limited = true;
	t->body_lines = lines;
}

/* A line begins: may it still be sent? */
static bool
begin_line(struct transfer *t, char first, struct out *o)
{
	if (t->limited && t->in_body && t->body_lines-- == 0) {
		t->ended = true;
		return false;
	}
	if (first == '.')
		out_add(o, ".", 1);
	t->at_line_start = false;
	t->line_empty = true;
	return true;
}

static void
end_line(struct transfer *t, struct out *o)
{
	out_add(o, "\r\n", 2);
	if (t->line_empty)
		t->in_body = true;
	t->at_line_start = true;
	t->saw_cr = false;
}

/* Bytes inside a line; a CR at the end waits for what follows it. */
static void
inside_line(struct transfer *t, struct span s, struct out *o)
{
	if (s.len == 0)
		return;
	if (t->saw_cr) {
		out_add(o, "\r", 1);
		t->line_empty = false;
	}
	t->saw_cr = s.p[s.len - 1] == '\r';
	if (t->saw_cr)
		s.len--;
	if (s.len > 0)
		t->line_empty = false;
	out_span(o, s);
}

void
transfer_bytes(struct transfer *t, struct span bytes, struct out *o)
{
	while (bytes.len > 0 && !t->ended) {
		size_t lf = span_find(bytes, '\n');

		if (t->at_line_start && !begin_line(t, bytes.p[0], o))
			return;
		inside_line(t, span_head(bytes, lf), o);
		if (lf < bytes.len)
			end_line(t, o);
		bytes = span_tail(bytes, lf < bytes.len ? lf + 1 : lf);
	}
}

void
transfer_end(struct transfer *t, struct out *o)
{
	if (!t->at_line_start)
		end_line(t, o);
	out_str(o, ".\r\n");
}

void
transfer_in_ascii(struct transfer *t)
{
	t->ascii_header = true;
}

/*
 * The first block of the message, whose header is longer than it: the header
 * is read as a whole, and what follows left for later. 0; -1 with errno.
 */
static int
long_header(int fd, struct span *block, struct buf *room)
{
	char *p = buf_reserve(room, HEADER_MAX);
	ssize_t n;

	if (p == NULL || lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	n = read_full(fd, p, HEADER_MAX);
	if (n == -1)
		return -1;
	*block = (struct span){ p, (size_t)n };
	return 0;
}

/*
 * The block that begins the message, its header in ASCII if it must be. whole:
 * the block is all of the message. 0; -1 with errno, and nothing was sent.
 */
static int
first_block(struct transfer *t, int fd, struct span block, bool whole,
    struct out *o)
{
	size_t len = header_len(block);
	struct buf room, ascii;
	int r = 0;

	buf_init(&room, HEADER_MAX);
	buf_init(&ascii, SURROGATE_MAX);
	if (t->ascii_header && len == block.len && !whole) {
		r = long_header(fd, &block, &room);
		len = header_len(block);
	}
	if (r == 0 && t->ascii_header && !ascii_ok(span_head(block, len))) {
		surrogate_write(&ascii, span_head(block, len));
		r = ascii.err == 0 ? 0 : -1;
		errno = ascii.err;
		block = span_tail(block, len);
	}
	if (r == 0) {
		t->begun = true;
		out_span(o, t->head);
		transfer_bytes(t, buf_peek(&ascii), o);
		transfer_bytes(t, block, o);
	}
	buf_free(&room);
	buf_free(&ascii);
	return r;
}

int
transfer_file(struct transfer *t, int fd, struct out *o)
{
	char block[BLOCK_SIZE];

	while (!t->ended && o->err == 0) {
		ssize_t n = read(fd, block, sizeof block);
		struct span bytes = { block, (size_t)n };
		bool last = (size_t)n < sizeof block;

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (t->begun)
			transfer_bytes(t, bytes, o);
		else if (first_block(t, fd, bytes, last, o) == -1)
			return -1;
		if (last)
			break;	/* a regular file ends at a short read */
	}
	transfer_end(t, o);
	return 0;
}
