/*
 * Packets and descriptors: what was not asked for is never opened. And the
 * sockets they come by: how clients connect, and how they are taken.
 */
#include "lib/os/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/accept.h"
#include "lib/os/deadline.h"
#include "tests/tap.h"

static char dir[] = "/tmp/postern-fdpass.XXXXXX";

/* How many descriptors are open? */
static int
count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* A packet of len bytes with nfds descriptors through sv. */
static void
put(int sock, size_t len, size_t nfds)
{
	static const int fds[FDPASS_MAX] = { 1, 1, 1, 1 };
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < len; i++)
		buf_char(&b, 'x');
	if (fdpass_send(sock, &b, fds, nfds) == -1)
		ok(false, "sent");
	buf_free(&b);
}

static void
packets(void)
{
	char room[10];
	struct span packet;
	struct rlimit all, few;
	int sv[2], fds[FDPASS_MAX];
	int before;

	if (fdpass_pair(sv) == -1)
		return;
	before = count_open();
	for (size_t nfds = 1; nfds <= FDPASS_MAX; nfds++) {
		put(sv[0], 3, nfds);
		ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds,
		    nfds) == 1 && packet.len == 3 &&
		    count_open() == before + (int)nfds,
		    "as many descriptors as are asked for");
		for (size_t i = 0; i < nfds; i++)
			close(fds[i]);
		if (nfds == FDPASS_MAX)
			break;
		put(sv[0], 3, nfds + 1);
		ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds,
		    nfds) == -1 && errno == EMSGSIZE && fds[0] == -1,
		    "one more: refused");
		ok(count_open() == before, "  and nothing stays open");
	}
	put(sv[0], 3, 1);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 2) == 1 &&
	    fds[0] != -1 && fds[1] == -1, "one less");
	close(fds[0]);
	put(sv[0], 3, 2);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, NULL, 0) == 1 &&
	    count_open() == before, "who wants none gets none");
	put(sv[0], 11, 1);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 1) == -1 &&
	    errno == EMSGSIZE && count_open() == before,
	    "a packet too large: refused, nothing open");
	getrlimit(RLIMIT_NOFILE, &all);
	few = all;
	few.rlim_cur = (rlim_t)sv[1] + 1;
	put(sv[0], 3, 2);
	setrlimit(RLIMIT_NOFILE, &few);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 2) == -1 &&
	    errno == EMFILE && packet.len == 3 && fds[0] == -1,
	    "no room for descriptors: the packet is there");
	setrlimit(RLIMIT_NOFILE, &all);
	ok(count_open() == before, "  and nothing stays open");
	put(sv[0], 0, 1);
	ok(fdpass_recv(sv[1], room, sizeof room, &packet, fds, 1) == 0 &&
	    count_open() == before, "a packet of nothing: the end");
	close(sv[0]);
	close(sv[1]);
}

static void
connecting(void)
{
	int listener = unix_listen(dir, "door", SOCK_SEQPACKET, 0600);
	int held[64];
	int n = 0;
	int64_t began, took;

	listen(listener, 0);	/* a small waiting room */
	while (n < 64 && (held[n] = unix_connect(dir, "door",
	    SOCK_SEQPACKET | SOCK_NONBLOCK)) != -1)
		n++;
	ok(n > 0 && n < 64 && errno == EAGAIN,
	    "a full waiting room: who does not wait is told");
	began = clock_monotonic_ms();
	ok(unix_connect(dir, "door", SOCK_SEQPACKET) == -1 &&
	    errno == ETIMEDOUT, "who waits does not wait for ever");
	took = clock_monotonic_ms() - began;
	ok(took >= UNIX_CONNECT_MS - 500 && took < UNIX_CONNECT_MS + 15000,
	    "  but for a while");
	while (n-- > 0)
		close(held[n]);
	close(listener);
}

/* What the log got so far. */
static const char *
logged(int fd)
{
	static char line[500];
	ssize_t n = read(fd, line, sizeof line - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void
set_limit(rlim_t n)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = n;
	setrlimit(RLIMIT_NOFILE, &r);
}

static void
accepting(void)
{
	int listener = unix_listen(dir, "door", SOCK_SEQPACKET, 0600);
	int client = unix_connect(dir, "door", SOCK_SEQPACKET);
	int err = dup(2);
	int line[2];
	int taken, lowest;
	struct acceptor a;
	struct poller p;
	struct poller_event e;

	if (pipe2(line, O_NONBLOCK) == -1 || poller_init(&p) == -1 ||
	    poller_add(&p, listener, POLLER_IN, &a) == -1)
		return;
	acceptor_init(&a, listener);
	ok(acceptor_watch(&a, &p, &a) == 0 && poller_wait(&p, &e, 1, 0) == 1,
	    "a client waits");
	lowest = dup(0);
	close(lowest);
	set_limit((rlim_t)lowest);
	dup2(line[1], 2);
	ok(acceptor_take(&a, 0) == -1 && acceptor_rest_ms(&a) > 0,
	    "without a descriptor for it the socket rests");
	ok(strstr(logged(line[0]), "cannot take clients") != NULL,
	    "  the log says so");
	ok(acceptor_watch(&a, &p, &a) > 0 && poller_wait(&p, &e, 1, 0) == 0,
	    "  nobody is woken up");
	usleep(1000 * ACCEPT_REST_MS);
	ok(acceptor_watch(&a, &p, &a) == 0 && poller_wait(&p, &e, 1, 0) == 1,
	    "  and then tries again");
	ok(acceptor_take(&a, 0) == -1 && *logged(line[0]) == '\0',
	    "  told once");
	set_limit(256);
	taken = acceptor_take(&a, SOCK_NONBLOCK);
	ok(taken != -1 && fcntl(taken, F_GETFD) == FD_CLOEXEC &&
	    (fcntl(taken, F_GETFL) & O_NONBLOCK), "at last it is taken");
	close(taken);
	ok(acceptor_take(&a, 0) == -1 && *logged(line[0]) == '\0',
	    "nobody there is no trouble");
	close(client);
	client = unix_connect(dir, "door", SOCK_SEQPACKET);
	set_limit((rlim_t)lowest);
	ok(acceptor_take(&a, 0) == -1 && *logged(line[0]) != '\0',
	    "the next time the log hears of it again");
	dup2(err, 2);
	set_limit(256);
	close(client);
	close(listener);
}

int
main(void)
{
	char path[100];

	if (mkdtemp(dir) == NULL)
		return 1;
	packets();
	connecting();
	accepting();
	snprintf(path, sizeof path, "%s/door", dir);
	unlink(path);
	rmdir(dir);
	return tap_done();
}
