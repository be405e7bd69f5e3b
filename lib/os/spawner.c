/*
 * The spawners' loop. SIGCHLD is blocked but while waiting, and its handler
 * does nothing: it only ends the wait, so no signal is lost and no state is
 * shared with a handler. A client that does not read its answers for half a
 * minute counts as gone, so that it cannot hold up the others for ever.
 */
#include "lib/os/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"

enum {
	ANSWER_WAIT_MS = 30000,
	REQUEST_MAX = WORK_KEY_MAX + 64,
};

struct loop {
	const struct spawner *s;
	struct pollfd clients[SPAWNER_CLIENTS_MAX];
	size_t n, alive;
	size_t workers;
};

static void
on_child(int sig)
{
	(void)sig;
}

static void
reap(struct loop *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (l->workers > 0)
			l->workers--;
		if (WIFSIGNALED(status))
			warn_plain("worker %ld died of signal %d", (long)pid,
			    WTERMSIG(status));
	}
}

static void
hang_up(struct loop *l, size_t i)
{
	close(l->clients[i].fd);
	l->clients[i].fd = -1;	/* poll skips it */
	l->alive--;
}

/* Sends b to client i, waiting for room; the client is gone if that fails. */
static void
answer(struct loop *l, size_t i, const struct buf *b, int fd)
{
	struct deadline d = deadline_in_ms(ANSWER_WAIT_MS);

	while (fdpass_send(l->clients[i].fd, b, &fd, fd == -1 ? 0 : 1) == -1) {
		if (errno == EAGAIN &&
		    deadline_wait(l->clients[i].fd, POLLOUT, d) == 0)
			continue;
		warn_errno("cannot answer a client");
		hang_up(l, i);
		return;
	}
}

static void
refuse(struct loop *l, size_t i, uint64_t tag, const struct spawner_why *why)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_REFUSED);
	packet_num(&b, tag);
	packet_str(&b, (struct span){ &why->class, 1 });
	packet_str(&b, span_str(why->code));
	packet_str(&b, span_str(why->text));
	answer(l, i, &b, -1);
	buf_free(&b);
}

static void
hand_over(struct loop *l, size_t i, uint64_t tag, int sock)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_SPAWNED);
	packet_num(&b, tag);
	answer(l, i, &b, sock);
	buf_free(&b);
}

/* Starts a worker; the client's end of its socket, or -1 with *why. */
static int
start_worker(struct loop *l, const char *key, struct spawner_why *why)
{
	int sv[2];
	pid_t pid;

	*why = (struct spawner_why){ .class = 'Z', .code = "4.3.0" };
	if (l->workers >= l->s->limit) {
		snprintf(why->text, sizeof why->text,
		    "Too many deliveries at the moment. (#4.3.2)");
		why->code = "4.3.2";
		return -1;
	}
	if (fdpass_pair(sv) == -1) {
		snprintf(why->text, sizeof why->text,
		    "Cannot make a socket: %s. (#4.3.0)", strerror(errno));
		return -1;
	}
	pid = l->s->start(l->s->self, key, sv[1], why);
	close(sv[1]);
	if (pid > 0) {
		l->workers++;
		return sv[0];
	}
	close(sv[0]);
	if (why->text[0] == '\0')
		snprintf(why->text, sizeof why->text,
		    "Cannot start a delivery: %s. (#4.3.0)", strerror(errno));
	return -1;
}

static int
take_request(struct span bytes, uint64_t *tag, const char **key)
{
	struct packet p;

	if (packet_open(bytes, &p) == -1 || p.type != WORK_SPAWN ||
	    packet_take_num(&p, UINT64_MAX, tag) != PARSE_OK ||
	    packet_take_cstr(&p, WORK_KEY_MAX, key) != PARSE_OK ||
	    !packet_at_end(&p))
		return -1;
	return 0;
}

static void
serve(struct loop *l, size_t i)
{
	char room[REQUEST_MAX];
	struct span bytes;
	struct spawner_why why;
	uint64_t tag;
	const char *key;
	int none;
	int sock;
	int r = fdpass_recv(l->clients[i].fd, room, sizeof room, &bytes, &none,
	    0);

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r == 1 && take_request(bytes, &tag, &key) == -1) {
		warn_plain("a client talks nonsense");
		r = -1;
	}
	if (r != 1) {
		hang_up(l, i);
		return;
	}
	sock = start_worker(l, key, &why);
	if (sock == -1) {
		refuse(l, i, tag, &why);
		return;
	}
	hand_over(l, i, tag, sock);
	close(sock);
}

static int
begin(struct loop *l, const int *clients, size_t n, sigset_t *waiting)
{
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child, waiting) == -1 ||
	    sigaction(SIGCHLD, &sa, NULL) == -1)
		return -1;
	sigdelset(waiting, SIGCHLD);
	for (size_t i = 0; i < n; i++) {
		int flags = fcntl(clients[i], F_GETFL);

		if (flags == -1 ||
		    fcntl(clients[i], F_SETFL, flags | O_NONBLOCK) == -1 ||
		    fcntl(clients[i], F_SETFD, FD_CLOEXEC) == -1)
			return -1;
		l->clients[i] = (struct pollfd){ clients[i], POLLIN, 0 };
	}
	l->n = l->alive = n;
	return 0;
}

int
spawner_run(const struct spawner *s, const int *clients, size_t n)
{
	struct loop l = { .s = s };
	sigset_t waiting;

	if (n > SPAWNER_CLIENTS_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (begin(&l, clients, n, &waiting) == -1)
		return -1;
	while (l.alive > 0) {
		int ready = ppoll(l.clients, (nfds_t)l.n, NULL, &waiting);

		if (ready == -1 && errno != EINTR)
			return -1;
		reap(&l);
		for (size_t i = 0; i < l.n && ready > 0; i++)
			if (l.clients[i].fd != -1 && l.clients[i].revents != 0)
				serve(&l, i);
	}
	return 0;
}

int
spawner_child(int sock)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	if (sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) == -1 ||
	    dup2(sock, 0) == -1 || dup2(2, 1) == -1)
		return -1;
	return 0;
}

void
spawner_child_fail(const char *what)
{
	struct buf b;
	struct buf text;
	int err = errno;

	buf_init(&text, SPAWNER_TEXT_MAX);
	buf_fmt(&text, "%.100s: %s. (#4.3.0)", what, strerror(err));
	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_UNREADY);
	packet_str(&b, SPAN("Z"));
	packet_str(&b, SPAN("4.3.0"));
	packet_str(&b, buf_peek(&text));
	packet_str(&b, SPAN(""));
	(void)fdpass_send(0, &b, NULL, 0);
	errno = err;
	warn_errno("%s", what);
	_exit(111);
}
