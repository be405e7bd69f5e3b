/*
 * Shaking off the caller. The order matters: identity first, since as long as
 * the real uid is the caller's, the caller may send signals.
 */
#include "queue/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/os/fds.h"
#include "lib/os/paths.h"
#include "queue/spool.h"

enum { ALARM_S = 24 * 60 * 60, LIFELINE = 5, CUSTOM = 6 };

/* What a terminal, a limit or a timer of the caller's might send. */
static const int ignored[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU,
	SIGXFSZ, SIGXCPU, SIGVTALRM, SIGPROF,
};

static volatile sig_atomic_t doomed_dir = -1;
static const char *volatile doomed_name;

/* The one handler that does work: 24 hours are over, and nobody waits. */
static void
on_alarm(int sig)
{
	(void)sig;
	if (doomed_dir != -1)
		unlinkat(doomed_dir, doomed_name, 0);
	_exit(CODE_TIMEOUT);
}

void
caller_start_alarm(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	alarm(ALARM_S);
}

void
caller_doom(int dir, const char *name)
{
	doomed_dir = -1;
	doomed_name = name;
	if (name != NULL)
		doomed_dir = dir;
}

/* Signals that were blocked and came meanwhile must not end us now. */
static void
drop_pending(void)
{
	sigset_t pending;

	if (sigpending(&pending) == -1)
		return;
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(&pending, sig) == 1) {
			signal(sig, SIG_IGN);
			signal(sig, SIG_DFL);
		}
}

static int
reset_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };
	sigset_t none;

	alarm(0);
	drop_pending();
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		if (sigaction(ignored[i], &sa, NULL) == -1)
			return -1;
	sa.sa_handler = SIG_DFL;
	if (sigaction(SIGTERM, &sa, NULL) == -1)
		return -1;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Up to the hard limit; what cannot be raised will fail where it is felt. */
static void
raise_limits(void)
{
	static const int limits[] = { RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_NOFILE };

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct rlimit rl;

		if (getrlimit(limits[i], &rl) == -1 ||
		    rl.rlim_cur == rl.rlim_max)
			continue;
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(limits[i], &rl);
	}
}

static bool
is_pipe_or_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/*
 * Was descriptor 0 closed? The C library of a set-id program has put the null
 * device in its place by now, open for both; an empty message is not what the
 * caller meant.
 */
static bool
was_filled(void)
{
	struct stat st;

	return getauxval(AT_SECURE) != 0 && fstat(0, &st) == 0 &&
	    S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) &&
	    (fcntl(0, F_GETFL) & O_ACCMODE) == O_RDWR;
}

static int
sort_descriptors(struct caller *c, bool keep_lifeline)
{
	struct pollfd at[CUSTOM + 1];
	int null;

	for (int fd = 0; fd <= CUSTOM; fd++)
		at[fd] = (struct pollfd){ .fd = fd };
	fds_close(CUSTOM + 1, ~0u);
	if (poll(at, CUSTOM + 1, 0) == -1)
		return -1;
	c->has_message = !(at[0].revents & POLLNVAL) && !was_filled();
	c->has_envelope = !(at[1].revents & POLLNVAL);
	c->has_custom = !(at[CUSTOM].revents & POLLNVAL) &&
	    is_pipe_or_socket(CUSTOM);
	fds_close(3, keep_lifeline ? LIFELINE - 1 : LIFELINE);
	for (int fd = 0; fd <= 2; fd++) {
		if (!(at[fd].revents & POLLNVAL))
			continue;
		null = open("/dev/null", O_RDWR);
		if (null != fd)
			return -1;
	}
	return 0;
}

int
caller_shake_off(struct caller *c, bool keep_lifeline)
{
	static char *nothing[1];
	extern char **environ;

	c->uid = (unsigned)getuid();
	c->euid = (unsigned)geteuid();
	if (setresuid(c->euid, c->euid, c->euid) == -1)
		return -1;
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	path_queue();
	path_control();
	path_alias();
	environ = nothing;
	if (reset_signals() == -1)
		return -1;
	umask(007);
	raise_limits();
	return sort_descriptors(c, keep_lifeline);
}
