/*
 * pop3load - a POP3 client that measures
 *
 *   pop3load open host port user password     login STAT UIDL LIST QUIT
 *   pop3load retr host port user password     login, RETR of each, QUIT;
 *                       of as many as 20 seconds allow
 *   pop3load login host port user password clients sessions
 *                       connect login STAT QUIT, sessions in all
 *   pop3load hold host port user password clients seconds
 *                       logs in as user1 .. userN and waits
 *
 * open prints seconds; retr messages per second; login sessions per second.
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

enum { RETR_SECONDS = 20 };

struct talk {
	int fd;
	size_t at, len;
	char bytes[1 << 16];
};

static struct sockaddr_in server = { .sin_family = AF_INET };
static const char *user, *password;

static void
fail(const char *what)
{
	fprintf(stderr, "pop3load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
fill(struct talk *t)
{
	ssize_t n;

	memmove(t->bytes, t->bytes + t->at, t->len - t->at);
	t->len -= t->at;
	t->at = 0;
	n = read(t->fd, t->bytes + t->len, sizeof t->bytes - t->len);
	if (n <= 0)
		fail("read");
	t->len += (size_t)n;
}

/* The next line, without its end; lives until the next call. */
static char *
line(struct talk *t)
{
	for (;;) {
		char *start = t->bytes + t->at;
		char *lf = memchr(start, '\n', t->len - t->at);

		if (lf != NULL) {
			*lf = '\0';
			if (lf > start && lf[-1] == '\r')
				lf[-1] = '\0';
			t->at = (size_t)(lf + 1 - t->bytes);
			return start;
		}
		fill(t);
	}
}

static char *
ask(struct talk *t, const char *command)
{
	char *reply;

	if (command != NULL && write(t->fd, command, strlen(command)) == -1)
		fail("write");
	reply = line(t);
	if (reply[0] != '+') {
		fprintf(stderr, "pop3load: %s -> %s\n",
		    command != NULL ? command : "greeting", reply);
		exit(1);
	}
	return reply;
}

static long
ask_many(struct talk *t, const char *command)
{
	long n = 0;

	ask(t, command);
	while (strcmp(line(t), ".") != 0)
		n++;
	return n;
}

static void
open_session(struct talk *t, const char *name)
{
	char command[256];
	int on = 1;

	t->at = t->len = 0;
	t->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (t->fd == -1 || connect(t->fd, (struct sockaddr *)&server,
	    sizeof server) == -1)
		fail("connect");
	setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	ask(t, NULL);
	snprintf(command, sizeof command, "USER %s\r\n", name);
	ask(t, command);
	snprintf(command, sizeof command, "PASS %s\r\n", password);
	ask(t, command);
}

static void
close_session(struct talk *t)
{
	ask(t, "QUIT\r\n");
	close(t->fd);
}

static void
open_all(void)
{
	static struct talk t;
	double start = now();
	long n;

	open_session(&t, user);
	ask(&t, "STAT\r\n");
	n = ask_many(&t, "UIDL\r\n");
	if (ask_many(&t, "LIST\r\n") != n)
		fail("UIDL and LIST differ");
	close_session(&t);
	printf("%.3f\n", now() - start);
}

static void
retr_all(void)
{
	static struct talk t;
	char command[64];
	double start;
	long n, i;

	open_session(&t, user);
	n = atol(ask(&t, "STAT\r\n") + 4);
	start = now();
	for (i = 0; i < n && now() - start < RETR_SECONDS; i++) {
		snprintf(command, sizeof command, "RETR %ld\r\n", i + 1);
		ask_many(&t, command);
	}
	printf("%.0f\n", (double)i / (now() - start));
	close_session(&t);
}

static void
login_loop(int which, int clients, int sessions)
{
	static struct talk t;
	char name[64];

	snprintf(name, sizeof name, "%s%d", user, which + 1);
	for (int i = which; i < sessions; i += clients) {
		open_session(&t, name);
		ask(&t, "STAT\r\n");
		close_session(&t);
	}
	exit(0);
}

static void
hold(int which, int seconds)
{
	static struct talk t;
	char name[64];

	snprintf(name, sizeof name, "%s%d", user, which + 1);
	open_session(&t, name);
	ask(&t, "STAT\r\n");
	sleep((unsigned)seconds);
	close_session(&t);
	exit(0);
}

static void
many(bool holding, int clients, int number)
{
	double start = now();
	int status;
	int bad = 0;

	for (int i = 0; i < clients; i++) {
		pid_t pid = fork();

		if (pid == -1)
			fail("fork");
		if (pid == 0 && holding)
			hold(i, number);
		if (pid == 0)
			login_loop(i, clients, number);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	if (!holding)
		printf("%.0f\n", number / (now() - start));
	exit(bad > 0);
}

int
main(int argc, char **argv)
{
	if (argc < 6 || inet_pton(AF_INET, argv[2], &server.sin_addr) != 1)
		return 2;
	server.sin_port = htons((unsigned short)atoi(argv[3]));
	user = argv[4];
	password = argv[5];
	if (strcmp(argv[1], "open") == 0)
		open_all();
	else if (strcmp(argv[1], "retr") == 0)
		retr_all();
	else if (argc == 8)
		many(strcmp(argv[1], "hold") == 0, atoi(argv[6]),
		    atoi(argv[7]));
	else
		return 2;
	return 0;
}
