/*
 * A message comes out the same however its bytes come in: each input is cut
 * at every byte (a datagram socket gives one read for each piece).
 */
#include "queue/reader.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tap.h"

static struct reader r;

struct result {
	bool empty_line;
	size_t header_len, len;
	char text[512];		/* header, then body */
};

static bool
take_all(int fd, unsigned how, struct result *out)
{
	struct span s;
	int more;

	memset(out, 0, sizeof *out);
	reader_init(&r, fd, how);
	if (reader_header(&r, &s) == -1)
		return false;
	memcpy(out->text, s.p, s.len);
	out->len = out->header_len = s.len;
	out->empty_line = r.empty_line;
	while ((more = reader_body(&r, &s)) == 1) {
		if (s.len > sizeof out->text - out->len)
			return false;
		if (s.len > 0)
			memcpy(out->text + out->len, s.p, s.len);
		out->len += s.len;
	}
	reader_free(&r);
	return more == 0;
}

/* The input in two or three pieces. */
static bool
read_cut(struct span in, size_t first, size_t second, unsigned how,
    struct result *out)
{
	struct span pieces[3] = { span_head(in, first),
		span_head(span_tail(in, first), second - first),
		span_tail(in, second) };
	bool good;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == -1)
		return false;
	for (int i = 0; i < 3; i++)
		if (pieces[i].len > 0 &&
		    write(sv[0], pieces[i].p, pieces[i].len) == -1)
			return false;
	close(sv[0]);
	good = take_all(sv[1], how, out);
	close(sv[1]);
	return good;
}

/* header|body as expected, "." between them when an empty line stood there. */
static void
try(const char *input, unsigned how, const char *header, bool empty,
    const char *body, const char *what)
{
	struct span in = span_str(input);
	struct result got;
	bool good = true;

	for (size_t i = 0; i <= in.len; i++)
		for (size_t j = i; j <= in.len; j += j % 3 + 1) {
			bool same = read_cut(in, i, j, how, &got) &&
			    got.empty_line == empty &&
			    span_is((struct span){ got.text, got.header_len },
			    header) &&
			    span_is((struct span){ got.text + got.header_len,
			    got.len - got.header_len }, body);

			if (!same && good)
				printf("# cut at %zu and %zu: %.*s|%.*s\n", i,
				    j, (int)got.header_len, got.text,
				    (int)(got.len - got.header_len),
				    got.text + got.header_len);
			good = good && same;
		}
	ok(good, what);
}

static void
shapes(void)
{
	try("A: b\nC: d\n e\n\nbody\n", 0, "A: b\nC: d\n e\n", true, "body\n",
	    "plain");
	try("A: b\r\n\r\nx\r\ny\r\n", 0, "A: b\r\n", true, "x\r\ny\r\n",
	    "CR LF left alone");
	try("A: b\r\n c\r\n\r\nx\r\n\r\ry\r\nz\r", READER_LINES, "A: b\n c\n",
	    true, "x\n\r\ry\nz\r\n", "CR LF made LF");
	try("A: b\nC: d\r\n\r\nx\r\ny", READER_LINES, "A: b\nC: d\n", true,
	    "x\r\ny\n", "first line LF: the body is left alone");
	try("From x\nA: b\n\nx\n", 0, "A: b\n", true, "x\n", "mbox line");
	try(">From x\n\nx\n", 0, "", true, "x\n", "nothing but an mbox line");
	try("no field\nx\n", 0, "", false, "no field\nx\n", "no header");
	try("A: b\nno field\nC: d\n", 0, "A: b\n", false, "no field\nC: d\n",
	    "a line that is no field");
	try(" a\nB: c\n", 0, "", false, " a\nB: c\n", "a fold of nothing");
	try("\nx", READER_LINES, "", true, "x\n", "empty line first");
	try("A: b", 0, "A: b", false, "", "no line end");
	try("A: b\n", 0, "A: b\n", false, "", "no body");
	try("", READER_LINES, "", false, "", "nothing");
}

static void
dots(void)
{
	struct result got;

	ok(read_cut(SPAN("A: b\n\nx\n.\ny\n"), 0, 0, READER_DOT | READER_LINES,
	    &got) && span_is((struct span){ got.text, got.len },
	    "A: b\nx\n"), "a dot ends it");
	ok(read_cut(SPAN("A: b\n\nx\n.\n"), 8, 8, READER_DOT | READER_LINES,
	    &got) && span_is((struct span){ got.text, got.len },
	    "A: b\nx\n"), "also in a read of its own");
	ok(read_cut(SPAN("A: b\n.\n"), 0, 0, READER_DOT, &got) &&
	    span_is((struct span){ got.text, got.len }, "A: b\n"),
	    "also in the header");
	ok(read_cut(SPAN("A: b\n\n.x\n..\n"), 0, 0, READER_DOT, &got) &&
	    span_is((struct span){ got.text, got.len }, "A: b\n.x\n..\n"),
	    "other dots do not");
}

static void
trouble(void)
{
	struct span s;
	int fd = dup(0);

	close(fd);
	reader_init(&r, fd, 0);
	ok(reader_header(&r, &s) == -1 && errno == EBADF, "no input");
	reader_free(&r);
}

int
main(void)
{
	shapes();
	dots();
	trouble();
	return tap_done();
}
