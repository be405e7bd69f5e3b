/* The log's lines, byte for byte: analysers read them. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "send/log.h"
#include "tests/tap.h"

static struct log l;
static char out[LOG_SIZE];

/* What has been logged since the last call, as a string. */
static const char *
said(void)
{
	memcpy(out, l.bytes, l.len);
	out[l.len] = '\0';
	l.len = 0;
	return out;
}

#define SAYS(line) ok(strcmp(said(), line "\n") == 0, line)

static void
lines(void)
{
	static struct schedule s;
	const uint64_t id = 1795243284588616;

	log_new(&l, id);
	SAYS("new msg 1795243284588616");
	log_info(&l, id, 87, SPAN("joe@example.org"), 5311, 1000);
	SAYS("info msg 1795243284588616: bytes 87 from <joe@example.org> "
	    "qp 5311 uid 1000");
	log_info(&l, id, 0, SPAN(""), 1, 0);
	SAYS("info msg 1795243284588616: bytes 0 from <> qp 1 uid 0");
	log_starting(&l, 7, id, LOCAL, SPAN("me@here.example"));
	SAYS("starting delivery 7: msg 1795243284588616 to local "
	    "me@here.example");
	log_starting(&l, 8, id, REMOTE, SPAN("me@there.example"));
	SAYS("starting delivery 8: msg 1795243284588616 to remote "
	    "me@there.example");
	log_result(&l, 7, 'K', SPAN("did 1+0+0\n"));
	SAYS("delivery 7: success: did_1+0+0/");
	log_result(&l, 8, 'D', SPAN("no such user\n"));
	SAYS("delivery 8: failure: no_such_user/");
	log_result(&l, 8, 'Z', SPAN("later"));
	SAYS("delivery 8: deferral: later");
	log_result(&l, 8, 0, SPAN(""));
	SAYS("delivery 8: report mangled, will defer");
	s.of[LOCAL].limit = 10;
	s.of[REMOTE].limit = 20;
	s.of[LOCAL].running = 3;
	log_status(&l, &s);
	SAYS("status: local 3/10 remote 0/20");
	s.draining = true;
	log_status(&l, &s);
	SAYS("status: local 3/10 remote 0/20 exitasap");
	log_bounce(&l, id, 99);
	SAYS("bounce msg 1795243284588616 qp 99");
	log_discarded(&l, 3, id);
	SAYS("triple bounce: discarding report/1795243284588616");
	log_end(&l, id);
	SAYS("end msg 1795243284588616");
	log_say(&l, "status", "exiting", SPAN(""));
	SAYS("status: exiting");
	log_trouble(&l, "trouble marking", id, 0);
	SAYS("warning: trouble marking 1795243284588616");
}

static void
strangers(void)
{
	char long_text[LOG_TEXT_MAX + 100];
	size_t len;

	log_result(&l, 1, 'Z', SPAN("a b\tc%d\x01\x80\xff\r\nnew msg 1\n"));
	SAYS("delivery 1: deferral: a_b_c_d____/new_msg_1/");
	log_info(&l, 1, 1, SPAN("a b\n@x"), 1, 1);
	SAYS("info msg 0000000000000001: bytes 1 from <a_b/@x> qp 1 uid 1");
	memset(long_text, 'x', sizeof long_text);
	log_result(&l, 1, 'D', (struct span){ long_text, sizeof long_text });
	len = strlen(said());
	ok(len == strlen("delivery 1: failure: \n") + LOG_TEXT_MAX,
	    "a text is capped at 10000 bytes");
}

static void
overflow(void)
{
	int fds[2];
	static char got[200000];
	size_t len = 0;
	ssize_t n;

	if (pipe(fds) == -1)
		exit(1);
	fcntl(fds[1], F_SETPIPE_SZ, 200000);
	log_init(&l, fds[1]);
	for (int i = 0; i < 5000; i++)
		log_end(&l, (uint64_t)i);
	log_flush(&l);
	close(fds[1]);
	while ((n = read(fds[0], got + len, sizeof got - len)) > 0)
		len += (size_t)n;
	ok(len == 5000 * strlen("end msg 0000000000000000\n"),
	    "more than fits is written at once, nothing is lost");
}

/* Programs that share a pipe put their lines between ours, not into them. */
static void
whole_lines(void)
{
	int fds[2];
	static char got[LOG_SIZE];
	char text[LOG_TEXT_MAX];
	bool whole = true;
	size_t written = 0, largest = 0;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == -1)
		exit(1);
	log_init(&l, fds[1]);
	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < 30; i++) {
		log_starting(&l, i, i, LOCAL, (struct span){ text, 20 * i });
		log_result(&l, i, 'K', (struct span){ text, 1000 });
	}
	log_result(&l, 30, 'D', (struct span){ text, LOG_TEXT_MAX });
	log_flush(&l);
	close(fds[1]);
	while ((n = read(fds[0], got, sizeof got)) > 0) {
		whole = whole && got[n - 1] == '\n';
		written += (size_t)n;
		if ((size_t)n > largest)
			largest = (size_t)n;
		if (n > PIPE_BUF)
			whole = whole && memchr(got, '\n', (size_t)n) ==
			    got + n - 1;
	}
	ok(whole, "what is written at once is whole lines, or one long one");
	ok(largest > LOG_TEXT_MAX && written > LOG_SIZE, "of all lengths");
}

int
main(void)
{
	log_init(&l, -1);
	lines();
	strangers();
	overflow();
	whole_lines();
	return tap_done();
}
