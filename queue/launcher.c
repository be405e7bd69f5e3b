/*
 * The two lives of a launcher: one byte and exec, or one fork for a message.
 * A launcher whose master has gone reads the end of its socket and ends.
 */
#include "queue/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/child.h"
#include "lib/os/deadline.h"
#include "lib/os/fdpass.h"
#include "lib/os/fds.h"
#include "lib/os/paths.h"
#include "queue/program.h"

enum { EXIT_EXEC = 120, PACKET_ROOM = 16 };
enum order { LAUNCH_START, LAUNCH_STOP };		/* what a launcher is told */
enum { SOCK = 3 };		/* all that a launcher has, but for 2 */

/* Becomes postern-queue, with the session on descriptors 0 and 1. */
static _Noreturn void
become_queue(void)
{
	char program[4096];
	int n = snprintf(program, sizeof program, "%s/postern-queue",
	    path_bin());

	if (n > 0 && (size_t)n < sizeof program && dup2(SOCK, 0) != -1 &&
	    dup2(SOCK, 1) != -1) {
		signal(SIGPIPE, SIG_DFL);
		execl(program, program, "-s", (char *)NULL);
	}
	_exit(EXIT_EXEC);
}

static _Noreturn void
serve_session(void)
{
	char c;
	ssize_t n;

	do
		n = read(SOCK, &c, 1);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		become_queue();
	_exit(0);
}

static _Noreturn void
become_program(const char *program, int message, int envelope, int custom)
{
	static const int ignored[] = { SIGPIPE, SIGTERM, SIGHUP, SIGALRM };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_DFL);
	if (dup2(message, 0) != -1 && dup2(envelope, 1) != -1 &&
	    dup2(custom, 6) != -1)
		execl(program, program, (char *)NULL);
	_exit(EXIT_EXEC);
}

static void
close_pair(int p[2])
{
	close(p[0]);
	close(p[1]);
}

/* A packet of one number, with descriptors. */
static int
tell(int sock, int number, const int *fds, size_t nfds)
{
	struct buf b;
	int r;

	buf_init(&b, PACKET_ROOM);
	buf_fmt(&b, "%d", number);
	r = fdpass_send(sock, &b, fds, nfds);
	buf_free(&b);
	return r;
}

/* The number in the next packet. 0; -1 with errno. */
static int
hear(int sock, int *number, int *fds, size_t nfds)
{
	char room[PACKET_ROOM + 1];
	struct span packet;
	int r = fdpass_recv(sock, room, PACKET_ROOM, &packet, fds, nfds);

	if (r == 0)
		errno = EPIPE;
	if (r != 1)
		return -1;
	room[packet.len] = '\0';
	*number = atoi(room);
	return 0;
}

/*
 * Its exit code, when it has ended by itself or was ended because its master
 * said so. On a kernel without pidfds it runs as long as it likes.
 */
static int
exit_code(pid_t pid)
{
	struct pollfd at[2] = {
		{ .fd = program_end_fd(pid), .events = POLLIN },
		{ .fd = SOCK, .events = POLLIN },
	};
	int order, status;

	if (at[0].fd != -1) {
		while (poll(at, 2, -1) == -1 && errno == EINTR)
			continue;
		if (at[0].revents == 0 && hear(SOCK, &order, NULL, 0) == 0)
			kill(pid, SIGKILL);
		close(at[0].fd);
	}
	return child_wait(pid, &status) == -1 ? -1 : child_code(status);
}

/* One message: the program starts, the master gets the pipes, then the code. */
static int
serve_message(const char *program)
{
	int pipes[3][2];
	pid_t pid = program_pipes(pipes) == -1 ? -1 : fork();
	const int ends[] = { pipes[0][1], pipes[1][1], pipes[2][0] };
	int told;

	if (pid == 0)
		become_program(program, pipes[0][0], pipes[1][0], pipes[2][1]);
	told = pid == -1 ? tell(SOCK, -errno, NULL, 0) :
	    tell(SOCK, (int)pid, ends, 3);
	program_close_pipes(pipes);
	if (pid == -1 || told == -1)
		return told;
	return tell(SOCK, exit_code(pid), NULL, 0);
}

static _Noreturn void
serve_messages(const char *program)
{
	int order;

	while (hear(SOCK, &order, NULL, 0) == 0)
		if (order == LAUNCH_START && serve_message(program) == -1)
			break;
	_exit(0);
}

static int
launcher_fork(struct launcher *l, const char *program)
{
	int type = program != NULL ? SOCK_SEQPACKET : SOCK_STREAM;
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sv) == -1)
		return -1;
	pid = fork();
	if (pid == -1) {
		int err = errno;

		close_pair(sv);
		errno = err;
		return -1;
	}
	if (pid == 0) {
		if (sv[1] != SOCK && dup3(sv[1], SOCK, O_CLOEXEC) == -1)
			_exit(EXIT_EXEC);
		close(0);	/* what its master has is not its business */
		close(1);
		fds_close(SOCK + 1, ~0u);
		if (program != NULL)
			serve_messages(program);
		serve_session();
	}
	close(sv[1]);
	l->sock = sv[0];
	return 0;
}

int
launcher_open(struct launcher *l, bool door)
{
	bool plain;
	const char *program = injector_program(&plain);

	*l = (struct launcher){ .sock = -1, .per_message = program != NULL,
	    .plain = plain };
	if (program == NULL && door) {
		l->sock = unix_connect(path_queue(), "injector", SOCK_STREAM);
		l->started = l->sock != -1;
	}
	return l->sock != -1 ? 0 : launcher_fork(l, program);
}

void
launcher_start(struct launcher *l)
{
	if (l->started || l->per_message || l->sock == -1)
		return;
	l->started = true;
	if (send(l->sock, "s", 1, MSG_NOSIGNAL) == -1)
		return;		/* the injector will find out */
}

/* No other message by this launcher. -1, and errno stays. */
static int
give_up(struct launcher *l)
{
	int err = errno;

	close(l->sock);
	l->sock = -1;
	errno = err;
	return -1;
}

static bool
hears_in(const struct launcher *l, int64_t ms)
{
	return deadline_wait(l->sock, POLLIN, deadline_in_ms(ms)) == 0;
}

/* The program's exit code; -1 for a crash and for one that had to be ended. */
static int
program_ended(void *self)
{
	struct launcher *l = self;
	int code;

	if (!hears_in(l, 0))
		(void)tell(l->sock, LAUNCH_STOP, NULL, 0);
	if (hears_in(l, INJECTOR_END_MS) &&
	    hear(l->sock, &code, NULL, 0) == 0)
		return code;
	return give_up(l);	/* a late code is not the next message's */
}

int
launcher_inject(struct launcher *l, struct injector *q)
{
	int fds[3];
	int pid;

	if (l->sock == -1) {
		errno = EPIPE;
		return -1;
	}
	if (tell(l->sock, LAUNCH_START, NULL, 0) == -1 ||
	    hear(l->sock, &pid, fds, 3) == -1)
		return give_up(l);
	if (pid <= 0 || fds[2] == -1) {
		errno = pid < 0 ? -pid : EPROTO;
		return -1;
	}
	injector_adopt(q, fds[0], fds[1], fds[2], l->sock, l->plain,
	    program_ended, l);
	q->pid = pid;
	return 0;
}
