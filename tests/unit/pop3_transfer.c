/* Messages to POP3 clients: the same however the file is cut into blocks. */
#include "pop3d/transfer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tap.h"

struct sample {
	const char *what, *stored, *sent;
	long lines;		/* -1: RETR */
};

static const struct sample samples[] = {
	{ "LF ends", "A: b\n\nx\ny\n", "A: b\r\n\r\nx\r\ny\r\n.\r\n", -1 },
	{ "CR LF ends", "A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx\r\n.\r\n", -1 },
	{ "dots", ".\n..\na.\n.b", "..\r\n...\r\na.\r\n..b\r\n.\r\n", -1 },
	{ "no last end", "A: b\n\nx", "A: b\r\n\r\nx\r\n.\r\n", -1 },
	{ "CR inside", "a\rb\n\r\r\n", "a\rb\r\n\r\r\n.\r\n", -1 },
	{ "empty", "", ".\r\n", -1 },
	{ "TOP 0", "A: b\n\nx\ny\n", "A: b\r\n\r\n.\r\n", 0 },
	{ "TOP 1", "A: b\n\nx\ny\n", "A: b\r\n\r\nx\r\n.\r\n", 1 },
	{ "TOP 9", "A: b\r\n\r\nx\r\ny\r\n",
	    "A: b\r\n\r\nx\r\ny\r\n.\r\n", 9 },
	{ "TOP, a line of CR", "A: b\n\r\r\nC: d\n\nx\n",
	    "A: b\r\n\r\r\nC: d\r\n\r\n.\r\n", 0 },
	{ "TOP, header only", "A: b\n", "A: b\r\n.\r\n", 0 },
};

static bool
sent_as(const struct sample *m, size_t cut)
{
	struct span s = span_str(m->stored);
	struct transfer t;
	static struct out o;
	char got[256];
	int p[2];
	ssize_t n;

	if (pipe(p) == -1)
		return false;
	out_init(&o, p[1], 1000);
	transfer_start(&t);
	if (m->lines >= 0)
		transfer_limit(&t, (uint64_t)m->lines);
	transfer_bytes(&t, span_head(s, cut), &o);
	transfer_bytes(&t, span_tail(s, cut), &o);
	transfer_end(&t, &o);
	if (out_flush(&o) == -1)
		return false;
	close(p[1]);
	n = read(p[0], got, sizeof got);
	close(p[0]);
	return n >= 0 && span_is((struct span){ got, (size_t)n }, m->sent);
}

/* To a descriptor that blocks, as a client's socket does, or the pipe to TLS. */
static bool
ends_when_nobody_reads(int fds[2], int to)
{
	static const char rubbish[65536];
	static struct out o;

	out_init(&o, fds[to], 100);
	for (int i = 0; i < 1000 && o.err == 0; i++)
		out_add(&o, rubbish, sizeof rubbish);
	close(fds[0]);
	close(fds[1]);
	return o.err == ETIMEDOUT;
}

int
main(void)
{
	int fds[2];

	alarm(60);
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		bool good = true;

		for (size_t cut = 0; cut <= strlen(samples[i].stored); cut++)
			good = good && sent_as(&samples[i], cut);
		ok(good, samples[i].what);
	}
	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 &&
	    ends_when_nobody_reads(fds, 0),
	    "a client that reads nothing is left");
	ok(pipe(fds) == 0 && ends_when_nobody_reads(fds, 1),
	    "also one behind a pipe");
	return tap_done();
}
