/*
 * Programs with qmail-queue's interface: started for one message, and what
 * becomes of them. Their pipes lie above the places they go to.
 */
#include "queue/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/os/child.h"
#include "lib/os/paths.h"
#include "queue/spool.h"

enum {
	CUSTOM_FD = 6,
	CODE_EXEC = 120,
	CUSTOM_SURPLUS_MAX = 65536,
};

extern char **environ;

/* ---- starting ---- */

const char *
injector_program(bool *plain)
{
	const char *p = getenv("POSTERNQUEUE");

	*plain = false;
	if (p != NULL && *p != '\0')
		return p;
	p = getenv("QMAILQUEUE");
	if (p == NULL || *p == '\0')
		return NULL;
	*plain = true;
	return p;
}

void
program_close_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 2; k++)
			injector_close_fd(&pipes[i][k]);
}

/*
 * May a pipe's end be fd? Not where the program's own 0, 1 and 6 go, since one
 * would be overwritten before the other is moved; not 2, where people write.
 */
static bool
is_clear(int fd)
{
	return fd > 2 && fd != CUSTOM_FD;
}

int
program_pipes(int pipes[3][2])
{
	memset(pipes, -1, 3 * sizeof pipes[0]);
	for (int i = 0; i < 3; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) == -1)
			return -1;
		for (int k = 0; k < 2; k++) {
			int low = pipes[i][k];

			if (is_clear(low))
				continue;
			pipes[i][k] = fcntl(low, F_DUPFD_CLOEXEC,
			    CUSTOM_FD + 1);
			close(low);
			if (pipes[i][k] == -1)
				return -1;
		}
	}
	return 0;
}

static int
start_program(const char *program, int message, int envelope, int custom,
    pid_t *pid)
{
	char *argv[] = { (char *)program, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	int err;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setsigmask(&attr, &none);
	if (posix_spawn_file_actions_adddup2(&files, message, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, envelope, 1) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, custom,
	    CUSTOM_FD) != 0)
		err = ENOMEM;
	else
		err = posix_spawn(pid, program, &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return err;
}

int
injector_spawn(struct injector *q)
{
	int pipes[3][2];
	char ours[4096];
	const char *program;
	bool plain;
	pid_t pid = 0;
	int err = 0;

	program = injector_program(&plain);
	if (program == NULL) {
		snprintf(ours, sizeof ours, "%s/postern-queue", path_bin());
		program = ours;
	}
	if (program_pipes(pipes) == -1)
		err = errno;
	else
		err = start_program(program, pipes[0][0], pipes[1][0],
		    pipes[2][1], &pid);
	if (err != 0) {
		program_close_pipes(pipes);
		injector_adopt(q, -1, -1, -1, -1, plain, NULL, NULL);
		q->err = errno = err;
		return -1;
	}
	close(pipes[0][0]);
	close(pipes[1][0]);
	close(pipes[2][1]);
	injector_adopt(q, pipes[0][1], pipes[1][1], pipes[2][0], -1, plain,
	    NULL, NULL);
	q->pid = pid;
	return 0;
}

void
injector_adopt(struct injector *q, int message, int envelope, int custom,
    int end, bool plain, injector_ended *ended, void *self)
{
	injector_empty(q);
	signal(SIGPIPE, SIG_IGN);
	q->program = true;
	q->fd = message;
	q->envelope_fd = envelope;
	q->custom_fd = custom;
	q->plain = plain;
	q->end_fd = end;
	q->ended = ended;
	q->ended_self = self;
	for (int i = 0; i < 3; i++) {
		int fd = i == 0 ? message : i == 1 ? envelope : custom;

		if (fd != -1)
			fcntl(fd, F_SETFL, O_NONBLOCK);
	}
}

/* ---- ending ---- */

int
program_end_fd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

/*
 * Takes what came on descriptor 6, without waiting: the front of it; some more
 * is dropped, and then the pipe is closed, so that nobody waits to fill it.
 */
static void
read_custom(struct injector *q)
{
	struct injector_custom *c = &q->custom;

	while (q->custom_fd != -1) {
		char scrap[4096];
		bool full = c->len == sizeof c->text;
		ssize_t n = read(q->custom_fd, full ? scrap : c->text + c->len,
		    full ? sizeof scrap : sizeof c->text - c->len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n > 0 && full)
			c->surplus += (size_t)n;
		else if (n > 0)
			c->len += (size_t)n;
		if (n <= 0 || c->surplus > CUSTOM_SURPLUS_MAX)
			injector_close_fd(&q->custom_fd);
	}
}

/*
 * Waits until fd (-1: nothing) is ready for events, and takes what the program
 * says meanwhile. 0; -1 with errno, ETIMEDOUT.
 */
static int
wait_and_hear(struct injector *q, int fd, short events, struct deadline d)
{
	struct pollfd at[2] = {
		{ .fd = fd, .events = events }, { .events = POLLIN },
	};

	while (fd != -1 || q->custom_fd != -1) {
		int n;

		at[1].fd = q->custom_fd;
		n = poll(at, 2, deadline_left_ms(d));
		if (n > 0)
			read_custom(q);
		if (n > 0 && at[0].revents != 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == 0 && deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

int
program_await_room(struct injector *q, struct deadline d)
{
	return wait_and_hear(q, q->fd, POLLOUT, d);
}

/* Waits for its end, which fd tells. false: its time is up. */
static bool
ends_in(struct injector *q, int fd, int64_t ms)
{
	return wait_and_hear(q, fd, POLLIN, deadline_in_ms(ms)) == 0 ||
	    errno != ETIMEDOUT;
}

/* A kernel without pidfds gets no limit. */
static int
own_code(struct injector *q, int64_t ms)
{
	int pidfd = program_end_fd(q->pid);
	bool in_time = ends_in(q, pidfd, ms);
	int status, code;

	if (!in_time)
		kill(q->pid, SIGKILL);
	injector_close_fd(&pidfd);
	code = child_wait(q->pid, &status) == -1 ? -1 : child_code(status);
	q->pid = 0;
	return code == -1 && !in_time ? CODE_TIMEOUT : code;
}

static int
adopted_code(struct injector *q, int64_t ms)
{
	injector_ended *ended = q->ended;
	bool in_time = ends_in(q, q->end_fd, ms);
	int code;

	q->ended = NULL;
	q->pid = 0;		/* somebody else's child */
	code = ended(q->ended_self);
	return code == -1 && !in_time ? CODE_TIMEOUT : code;
}

/* What the program ends with; if that takes longer than ms, it is killed. */
static int
program_code(struct injector *q, int64_t ms)
{
	if (q->ended != NULL)
		return adopted_code(q, ms);
	if (q->pid > 0)
		return own_code(q, ms);
	return q->err == ENOMEM || q->err == EAGAIN || q->err == EMFILE ||
	    q->err == ENFILE ? CODE_MEMORY : CODE_EXEC;
}

void
program_verdict(struct injector *q, struct injector_verdict *v)
{
	int code;

	v->pid = q->pid > 0 ? (unsigned)q->pid : 0;
	code = program_code(q, q->err == ETIMEDOUT ? INJECTOR_END_MS :
	    q->verdict_ms);
	read_custom(q);
	if (code == 0 && q->err != 0)
		code = CODE_READ;	/* it cannot have seen everything */
	injector_explain(code, (struct span){ q->custom.text, q->custom.len },
	    v);
}

void
program_reap(struct injector *q)
{
	if (q->pid > 0 || q->ended != NULL)
		(void)program_code(q, INJECTOR_END_MS);
}
