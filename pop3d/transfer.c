/*
 * Messages on their way to a POP3 client. Works line by line on whole blocks:
 * a line passes as two copies, its bytes and its end.
 */
#include "pop3d/transfer.h"

#include <errno.h>
#include <unistd.h>

enum { BLOCK_SIZE = 65536 };

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
	if (t->saw_cr)
		out_add(o, "\r", 1);
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

int
transfer_file(struct transfer *t, int fd, struct out *o)
{
	char block[BLOCK_SIZE];

	while (!t->ended && o->err == 0) {
		ssize_t n = read(fd, block, sizeof block);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		transfer_bytes(t, (struct span){ block, (size_t)n }, o);
		if ((size_t)n < sizeof block)
			break;	/* a regular file ends at a short read */
	}
	transfer_end(t, o);
	return 0;
}
