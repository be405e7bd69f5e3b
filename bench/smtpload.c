/*
 * smtpload - offers mail to an SMTP server from many clients at once
 *
 *   smtpload -c clients -m messages -k messages_per_connection -s size
 *            -r recipients_per_message -u users -d domain [-n] [-w seconds] host port
 *
 * Each client is a process that waits for every reply, as smtp-source does;
 * recipients are u1 .. uN in turn, or with -n x@d1.domain .. x@dN.domain.
 * -w waits in each session before the final QUIT.
 * Prints the seconds from the first connection to the last reply.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct plan {
	int clients, messages, per_connection, size, recipients, users;
	int linger_s;
	bool by_domain;
	const char *domain;
	struct sockaddr_in server;
};

struct talk {
	int fd;
	size_t len;
	char reply[4096];
};

static void
fail(const char *what)
{
	fprintf(stderr, "smtpload: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
say(struct talk *t, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(t->fd, p, len);

		if (n <= 0)
			fail("write");
		p += n;
		len -= (size_t)n;
	}
}

/* Is there a whole reply: a line with a blank after its code? */
static bool
whole(const struct talk *t)
{
	const char *line = t->reply;
	const char *end = t->reply + t->len;
	const char *lf;

	while ((lf = memchr(line, '\n', (size_t)(end - line))) != NULL) {
		if (lf - line >= 4 && line[3] != '-')
			return true;
		line = lf + 1;
	}
	return false;
}

static void
expect(struct talk *t, char first)
{
	t->len = 0;
	while (!whole(t)) {
		ssize_t n = read(t->fd, t->reply + t->len,
		    sizeof t->reply - t->len);

		if (n <= 0)
			fail("read");
		t->len += (size_t)n;
	}
	if (t->reply[0] != first) {
		fprintf(stderr, "smtpload: %.*s", (int)t->len, t->reply);
		exit(1);
	}
}

static void
ask(struct talk *t, const char *line, char first)
{
	say(t, line, strlen(line));
	expect(t, first);
}

static void
greet(struct talk *t, const struct plan *p)
{
	int on = 1;

	t->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (t->fd == -1 || connect(t->fd, (const struct sockaddr *)&p->server,
	    sizeof p->server) == -1)
		fail("connect");
	setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	expect(t, '2');
	ask(t, "EHLO load.test\r\n", '2');
}

static void
one_message(struct talk *t, const struct plan *p, const char *body,
    size_t body_len, int number)
{
	char line[256];

	ask(t, "MAIL FROM:<sender@load.test>\r\n", '2');
	for (int i = 0; i < p->recipients; i++) {
		int who = (number * p->recipients + i) % p->users + 1;

		if (p->by_domain)
			snprintf(line, sizeof line,
			    "RCPT TO:<x@d%d.%s>\r\n", who, p->domain);
		else
			snprintf(line, sizeof line,
			    "RCPT TO:<u%d@%s>\r\n", who, p->domain);
		ask(t, line, '2');
	}
	ask(t, "DATA\r\n", '3');
	say(t, body, body_len);
	expect(t, '2');
}

static char *
make_body(int size, size_t *len)
{
	static const char head[] = "From: <sender@load.test>\r\n"
	    "To: <someone@load.test>\r\nSubject: load\r\n"
	    "Date: Sat, 21 Nov 2026 05:00:00 +0000\r\n"
	    "Message-ID: <load@load.test>\r\n\r\n";
	char *body = malloc((size_t)size + sizeof head + 128);

	if (body == NULL)
		fail("malloc");
	*len = sizeof head - 1;
	memcpy(body, head, *len);
	while (*len < (size_t)size) {
		memset(body + *len, 'x', 70);
		memcpy(body + *len + 70, "\r\n", 2);
		*len += 72;
	}
	memcpy(body + *len, ".\r\n", 3);
	*len += 3;
	return body;
}

static void
client(const struct plan *p, int who)
{
	struct talk t = { .fd = -1 };
	size_t body_len;
	char *body = make_body(p->size, &body_len);
	int on_this = 0;

	for (int m = who; m < p->messages; m += p->clients) {
		if (t.fd == -1)
			greet(&t, p);
		one_message(&t, p, body, body_len, m);
		if (++on_this == p->per_connection) {
			sleep((unsigned)p->linger_s);
			ask(&t, "QUIT\r\n", '2');
			close(t.fd);
			t.fd = -1;
			on_this = 0;
		}
	}
	if (t.fd != -1)
		ask(&t, "QUIT\r\n", '2');
	exit(0);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct plan p = {
		.clients = 20, .messages = 1000, .per_connection = 1000,
		.size = 4096, .recipients = 1, .users = 50,
		.domain = "bench.test",
		.server = { .sin_family = AF_INET },
	};
	double start;
	int bad = 0;
	int status;
	int c;

	while ((c = getopt(argc, argv, "c:m:k:s:r:u:d:nw:")) != -1) {
		switch (c) {
		case 'c': p.clients = atoi(optarg); break;
		case 'm': p.messages = atoi(optarg); break;
		case 'k': p.per_connection = atoi(optarg); break;
		case 's': p.size = atoi(optarg); break;
		case 'r': p.recipients = atoi(optarg); break;
		case 'u': p.users = atoi(optarg); break;
		case 'd': p.domain = optarg; break;
		case 'w': p.linger_s = atoi(optarg); break;
		case 'n': p.by_domain = true; break;
		default: return 2;
		}
	}
	if (argc - optind != 2 ||
	    inet_pton(AF_INET, argv[optind], &p.server.sin_addr) != 1)
		return 2;
	p.server.sin_port = htons((unsigned short)atoi(argv[optind + 1]));
	start = now();
	for (int i = 0; i < p.clients; i++) {
		pid_t pid = fork();

		if (pid == -1)
			fail("fork");
		if (pid == 0)
			client(&p, i);
	}
	while (wait(&status) > 0)
		if (status != 0)
			bad++;
	printf("%.3f\n", now() - start);
	return bad > 0;
}
