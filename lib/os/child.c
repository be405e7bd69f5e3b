/*
 * Starting programs. After vfork the child borrows the parent's memory, until
 * it executes: it makes system calls and writes one int, why it failed.
 */
#include "lib/os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/fds.h"

/* exec(2) itself resets handlers, but what is ignored would stay so. */
static void
signals_default(const sigset_t *none)
{
	static const int all[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
		SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGXCPU, SIGXFSZ,
	};
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaction(all[i], &usual, NULL);
	sigprocmask(SIG_SETMASK, none, NULL);
}

/* First out of the way of all aims, then to its aim. */
static int
descriptors_move(const struct child *c)
{
	int aside[CHILD_FDS_MAX], above = 3;
	size_t i;

	for (i = 0; i < c->nfds; i++)
		if (c->fds[i].to >= above)
			above = c->fds[i].to + 1;
	for (i = 0; i < c->nfds; i++) {
		aside[i] = fcntl(c->fds[i].from, F_DUPFD_CLOEXEC, above);
		if (aside[i] == -1)
			return -1;
	}
	for (i = 0; i < c->nfds; i++)
		if (dup2(aside[i], c->fds[i].to) == -1)
			return -1;
	return 0;
}

_Noreturn static void
become(const struct child *c, const sigset_t *none, volatile int *error)
{
	if (descriptors_move(c) == 0 &&
	    (!c->own_group || setpgid(0, 0) == 0) &&
	    (c->dir == NULL || chdir(c->dir) == 0)) {
		if (c->close_from > 0)
			fds_close((unsigned)c->close_from, ~0U);
		signals_default(none);
		execve(c->path, c->argv, c->envp != NULL ? c->envp : environ);
	}
	*error = errno;
	_exit(127);
}

pid_t
child_start(const struct child *c)
{
	volatile int error = 0;
	sigset_t all, none, old;
	int status;
	pid_t pid;

	if (c->nfds > CHILD_FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* no handler of the parent's may run in the child, on its memory */
	sigfillset(&all);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = vfork();
	if (pid == 0)
		become(c, &none, &error);
	if (pid == -1)
		error = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (error == 0)
		return pid;
	if (pid != -1)
		child_wait(pid, &status);
	errno = error;
	return -1;
}

int
child_wait(pid_t pid, int *status)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got == -1 && errno == EINTR);
	return got == pid ? 0 : -1;
}

int
child_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
