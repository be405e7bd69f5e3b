/*
 * Descriptors are closed with close_range(2) and without it, and what starts
 * helpers does so on kernels (and under filters) that do not have it.
 */
#include "lib/os/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/lookup.h"
#include "lib/os/confine-calls.h"
#include "tests/tap.h"

/* From here on there is no close_range(2). */
static bool
forget_call(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof code / sizeof code[0], code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
	    syscall(SYS_close_range, ~0U, ~0U, 0) == -1 && errno == ENOSYS;
}

/* What try says in a process of its own, with the call or without it. */
static int
apart(bool without, int (*try)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(without && !forget_call() ? 99 : try());
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static int
close_some(void)
{
	for (int fd = 20; fd <= 26; fd++)
		if (dup2(2, fd) == -1)
			return 1;
	fds_close(22, 24);
	return is_open(20) && is_open(21) && !is_open(22) && !is_open(23) &&
	    !is_open(24) && is_open(25) && is_open(26) ? 0 : 2;
}

static int
close_rest(void)
{
	if (dup2(2, 20) == -1 || dup2(2, 21) == -1 || dup2(2, 900) == -1)
		return 1;
	fds_close(21, ~0U);
	return is_open(20) && !is_open(21) && !is_open(900) ? 0 : 2;
}

static int
look_up(void)
{
	static struct lookup_helper h;
	static struct lookup_result found;
	struct pollfd p = { .events = POLLIN };
	int r;

	if (lookup_start(&h, 1, SPAN("nobody-of-that-name")) == -1)
		return 1;
	p.fd = h.sock;
	if (poll(&p, 1, 10000) != 1)
		return 2;
	r = lookup_finish(&h, &found);
	lookup_kill(&h);
	return r == 1 ? 0 : 3;
}

int
main(void)
{
	ok(apart(false, close_some) == 0, "a range is closed");
	ok(apart(true, close_some) == 0, "and without the call");
	ok(apart(false, close_rest) == 0, "and all above");
	ok(apart(true, close_rest) == 0, "and without the call");
	ok(apart(false, look_up) == 0, "a look-up helper answers");
	ok(apart(true, look_up) == 0, "and without the call");
	return tap_done();
}
