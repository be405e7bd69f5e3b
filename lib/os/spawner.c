/*
 * The spawners' loop. SIGCHLD is blocked but while waiting, and its handler
 * does nothing: it only ends the wait, so no signal is lost and no state is
 * shared with a handler. A client that does not read its answers for half a
 * minute counts as gone, so that it cannot hold up the others for ever. An
 * answer that somebody else must give first is waited for in the same loop.
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
#include <time.h>
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

/* A request that waits for an answer. */
struct asked {
	uint64_t number;	/* 0: free */
	size_t client;
	uint64_t tag;
	struct deadline until;
};

struct loop {
	const struct spawner *s;
	struct pollfd clients[SPAWNER_CLIENTS_MAX + 1];	/* and the door */
	size_t n, alive;
	size_t workers;
	uint64_t last_number;
	size_t nasked;
	struct asked asked[SPAWNER_ASKED_MAX];
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
	if (l->s->name != NULL)
		l->s->name(l->s->self, &b);
	answer(l, i, &b, sock);
	buf_free(&b);
}

static void
preset(struct spawner_why *why)
{
	*why = (struct spawner_why){ .class = 'Z', .code = "4.3.0" };
}

/* The text, unless there is one, from errno. */
static void
say_errno(struct spawner_why *why)
{
	if (why->text[0] == '\0')
		snprintf(why->text, sizeof why->text,
		    "Cannot start a delivery: %s. (#4.3.0)", strerror(errno));
}

/* Starts a worker; the client's end of its socket, or -1 with *why. */
static int
start_worker(struct loop *l, const char *key, struct spawner_why *why)
{
	int sv[2];
	pid_t pid;

	preset(why);
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
	say_errno(why);
	return -1;
}

static void
spawn(struct loop *l, size_t i, uint64_t tag, const char *key)
{
	struct spawner_why why;
	int sock = start_worker(l, key, &why);

	if (sock == -1) {
		refuse(l, i, tag, &why);
		return;
	}
	hand_over(l, i, tag, sock);
	close(sock);
}

/* ---- asking first ---- */

static struct asked *
asked_with(struct loop *l, uint64_t number)
{
	for (size_t k = 0; k < SPAWNER_ASKED_MAX; k++)
		if (l->asked[k].number == number)
			return &l->asked[k];
	return NULL;
}

/* It waits no longer. Is its client still there? */
static bool
asked_over(struct loop *l, struct asked *a)
{
	a->number = 0;
	l->nasked--;
	return l->clients[a->client].fd != -1;
}

static void
ask_first(struct loop *l, size_t i, uint64_t tag, const char *key)
{
	struct asked *a = asked_with(l, 0);	/* serve has seen to that */
	struct spawner_why why;

	preset(&why);
	if (a != NULL && l->s->ask(l->s->self, ++l->last_number, key) == 0) {
		*a = (struct asked){ l->last_number, i, tag,
		    deadline_in_ms(SPAWNER_ASKED_MS) };
		l->nasked++;
		return;
	}
	say_errno(&why);
	refuse(l, i, tag, &why);
}

/* 0; -1 with errno: answers are awaited, and there will be none. */
static int
hear(struct loop *l)
{
	struct spawner_why why;
	uint64_t number = 0;
	struct asked *a;
	int r;

	preset(&why);
	r = l->s->hear(l->s->self, &number, &why);
	if (r == -1) {
		l->clients[l->n].fd = -1;
		errno = EPIPE;
		return l->nasked == 0 ? 0 : -1;
	}
	a = number == 0 ? NULL : asked_with(l, number);
	if (a == NULL || !asked_over(l, a))	/* it came too late */
		return 0;
	if (r == 1) {
		spawn(l, a->client, a->tag, NULL);
		return 0;
	}
	say_errno(&why);
	refuse(l, a->client, a->tag, &why);
	return 0;
}

static void
refuse_late(struct loop *l)
{
	for (size_t k = 0; k < SPAWNER_ASKED_MAX; k++) {
		struct asked *a = &l->asked[k];
		struct spawner_why why;

		if (a->number == 0 || !deadline_passed(a->until) ||
		    !asked_over(l, a))
			continue;
		preset(&why);
		errno = ETIMEDOUT;
		say_errno(&why);
		refuse(l, a->client, a->tag, &why);
	}
}

/* ---- the loop ---- */

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
	uint64_t tag;
	const char *key;
	int none;
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
	if (l->s->ask == NULL)
		spawn(l, i, tag, key);
	else
		ask_first(l, i, tag, key);
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
	l->clients[n] = (struct pollfd){ l->s->ask == NULL ? -1 : l->s->door,
	    POLLIN, 0 };
	return 0;
}

/*
 * One round: an answer, then a request of each client, which wait while there
 * are too many questions. 0; -1 with errno.
 */
static int
go_round(struct loop *l, const sigset_t *waiting)
{
	const struct timespec tick = { 1, 0 };
	int ready;

	for (size_t i = 0; i < l->n; i++)
		l->clients[i].events =
		    l->nasked < SPAWNER_ASKED_MAX ? POLLIN : 0;
	ready = ppoll(l->clients, (nfds_t)l->n + 1,
	    l->nasked > 0 ? &tick : NULL, waiting);
	if (ready == -1 && errno != EINTR)
		return -1;
	reap(l);
	if (ready > 0 && l->clients[l->n].fd != -1 &&
	    l->clients[l->n].revents != 0 && hear(l) == -1)
		return -1;
	for (size_t i = 0; i < l->n && ready > 0; i++) {
		if (l->clients[i].fd == -1 || l->clients[i].revents == 0)
			continue;
		if (l->clients[i].events == 0)	/* told all the same: its end */
			hang_up(l, i);
		else if (l->nasked < SPAWNER_ASKED_MAX)
			serve(l, i);
	}
	refuse_late(l);
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
	while (l.alive > 0)
		if (go_round(&l, &waiting) == -1)
			return -1;
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
