/*
 * smtpsink - takes mail on every address and counts it
 *
 *   smtpsink expected first_silent last_silent file
 *
 * Listens on port 25 of 10.66.0.1 to 10.66.0.100. Connections to those from
 * first_silent to last_silent are accepted and never greeted; recipients in
 * domains that end in ".later.test" are refused for now. Appends a line
 * "count seconds" (monotonic clock) to file when the expected number of messages
 * has arrived, and ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct conn {
	int fd;
	bool listens, silent, in_data;
	size_t len;
	unsigned char last[5];
	char line[2048];
};

static long arrived, expected;
static const char *report;

static void
say(struct conn *c, const char *s)
{
	if (write(c->fd, s, strlen(s)) == -1)
		return;
}

static void
count(void)
{
	struct timespec ts;
	FILE *f;

	if (++arrived != expected)
		return;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	f = fopen(report, "a");
	if (f == NULL)
		exit(1);
	fprintf(f, "%ld %ld.%09ld\n", arrived, (long)ts.tv_sec, ts.tv_nsec);
	fclose(f);
}

static void
command(struct conn *c)
{
	if (strncasecmp(c->line, "EHLO", 4) == 0)
		say(c, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
		    "250 SIZE 10000000\r\n");
	else if (strncasecmp(c->line, "RCPT", 4) == 0 &&
	    strstr(c->line, ".later.test>") != NULL)
		say(c, "451 4.7.1 later\r\n");
	else if (strncasecmp(c->line, "DATA", 4) == 0) {
		say(c, "354 go\r\n");
		c->in_data = true;
		memcpy(c->last, "\0\0\0\r\n", 5);
	} else if (strncasecmp(c->line, "QUIT", 4) == 0) {
		say(c, "221 bye\r\n");
		shutdown(c->fd, SHUT_WR);
	} else
		say(c, "250 ok\r\n");
}

static void
take(struct conn *c, const char *p, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++) {
		if (c->in_data) {
			memmove(c->last, c->last + 1, 4);
			c->last[4] = (unsigned char)p[i];
			if (p[i] == '\n' &&
			    memcmp(c->last, "\r\n.\r\n", 5) == 0) {
				c->in_data = false;
				say(c, "250 taken\r\n");
				count();
			}
		} else if (p[i] == '\n') {
			c->line[c->len] = '\0';
			c->len = 0;
			command(c);
		} else if (c->len < sizeof c->line - 1)
			c->line[c->len++] = p[i];
	}
}

static struct conn *
conn_new(int ep, int fd)
{
	struct conn *c = calloc(1, sizeof *c);
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	if (c == NULL || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1) {
		perror("smtpsink");
		exit(1);
	}
	c->fd = fd;
	return c;
}

static void
listen_on(int ep, int host, bool silent)
{
	struct sockaddr_in me = { .sin_family = AF_INET,
	    .sin_port = htons(25),
	    .sin_addr.s_addr = htonl(0x0a420000u + (unsigned)host) };
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct conn *c;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&me, sizeof me) == -1 ||
	    listen(fd, 1024) == -1) {
		perror("smtpsink: listen");
		exit(1);
	}
	c = conn_new(ep, fd);
	c->listens = true;
	c->silent = silent;
}

static void
serve(int ep, struct conn *c)
{
	static char block[65536];
	ssize_t n;
	int fd;

	if (c->listens) {
		bool silent = c->silent;

		if ((fd = accept(c->fd, NULL, NULL)) == -1)
			return;
		c = conn_new(ep, fd);
		c->silent = silent;
		if (!silent)
			say(c, "220 sink ESMTP\r\n");
		return;
	}
	n = read(c->fd, block, sizeof block);
	if (n <= 0) {
		close(c->fd);
		free(c);
	} else if (!c->silent) {
		take(c, block, n);
	}
}

int
main(int argc, char **argv)
{
	struct rlimit many = { 65536, 65536 };
	int ep = epoll_create1(0);
	int first, last;

	if (argc != 5)
		return 2;
	setrlimit(RLIMIT_NOFILE, &many);
	expected = atol(argv[1]);
	first = atoi(argv[2]);
	last = atoi(argv[3]);
	report = argv[4];
	for (int host = 1; host <= 100; host++)
		listen_on(ep, host, host >= first && host <= last);
	for (;;) {
		struct epoll_event got[64];
		int n = epoll_wait(ep, got, 64, -1);

		for (int i = 0; i < n; i++)
			serve(ep, got[i].data.ptr);
	}
}
