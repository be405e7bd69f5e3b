/* What a started program gets, and what is told when it cannot be started. */
#include "lib/os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/tap.h"

static int
run(const char *script, const struct child_fd *fds, size_t n, int close_from)
{
	char name[] = "sh", flag[] = "-c", colour[] = "COLOUR=red", text[128];
	char *argv[] = { name, flag, text, NULL };
	char *envp[] = { colour, NULL };
	struct child c = {
		.path = "/bin/sh", .argv = argv, .envp = envp, .dir = "/etc",
		.fds = fds, .nfds = n, .close_from = close_from,
	};
	pid_t pid;
	int status;

	snprintf(text, sizeof(text), "%s", script);
	pid = child_start(&c);
	if (pid == -1 || child_wait(pid, &status) == -1)
		return -2;
	return child_code(status);
}

static void
descriptors_arrive(void)
{
	int a[2], b[2];
	char got[8] = "";

	ok(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0, "pipes");
	/* swapped: each is the other's aim */
	struct child_fd swap[] = { { a[1], b[1] }, { b[1], a[1] } };
	char script[64];

	snprintf(script, sizeof(script), "echo a >&%d; echo b >&%d", b[1], a[1]);
	ok(run(script, swap, 2, 0) == 0, "descriptors may change places");
	ok(read(a[0], got, 8) == 2 && got[0] == 'a', "the first arrived");
	ok(read(b[0], got, 8) == 2 && got[0] == 'b', "the second arrived");
	snprintf(script, sizeof(script), "{ echo x >&%d; } 2>/dev/null", a[1]);
	ok(run(script, NULL, 0, 0) != 0, "close-on-exec stays close-on-exec");
	dup2(2, 30);
	ok(run("{ echo x >&30; } 2>/dev/null && exit 9", NULL, 0, 10) != 9,
	    "close_from closes");
	close(30);
}

int
main(void)
{
	char name[] = "x", *argv[] = { name, NULL };
	struct child none = { .path = "/nonexistent/program", .argv = argv };
	sigset_t set;

	ok(run("exit 7", NULL, 0, 0) == 7, "an exit code");
	ok(run("kill -9 $$", NULL, 0, 0) == -1, "a signal is no exit code");
	ok(run("test $COLOUR = red && test -z \"$HOME\"", NULL, 0, 0) == 0,
	    "its environment");
	ok(run("test $(pwd) = /etc", NULL, 0, 0) == 0, "its directory");
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ok(run("kill -PIPE $$; exit 3", NULL, 0, 0) == -1,
	    "nothing is ignored");
	ok(run("kill -TERM $$; exit 3", NULL, 0, 0) == -1,
	    "nothing is blocked");
	sigprocmask(SIG_BLOCK, NULL, &set);
	ok(sigismember(&set, SIGTERM) == 1, "the parent's mask is kept");
	ok(child_start(&none) == -1 && errno == ENOENT, "a missing program");
	none.path = "/etc/passwd";
	ok(child_start(&none) == -1 && errno == EACCES, "not a program");
	none.path = "/bin/sh";
	none.dir = "/nonexistent";
	ok(child_start(&none) == -1 && errno == ENOENT, "a missing directory");
	descriptors_arrive();
	return tap_done();
}
