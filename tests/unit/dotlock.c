/*
 * Of two waiters that see a stale lock one gets it: whatever the other does
 * while the one takes the old lock away. And who has lost it lets it be.
 */
#include "lib/os/dotlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

enum { STALE_S = 100, WAIT_MS = 2000, OTHER_WAIT_MS = 700 };

static const char *before;	/* the call that another one comes before */
static int other = -1;		/* 1 the other has it; 0 not; -1 did not come */

/* Another process tries to get it, and keeps it. */
static void
come_between(const char *call)
{
	int status;
	pid_t pid;

	if (before == NULL || strcmp(before, call) != 0)
		return;
	before = NULL;
	pid = fork();
	if (pid == 0)
		_exit(dotlock_take(AT_FDCWD, "box", STALE_S,
		    deadline_in_ms(OTHER_WAIT_MS)) == 0);
	if (pid != -1 && waitpid(pid, &status, 0) == pid)
		other = WEXITSTATUS(status);
	/* it is not gone as far as the lock goes */
	if (other == 1) {
		int fd = open("box.lock", O_WRONLY | O_TRUNC | O_CLOEXEC);

		if (fd != -1)
			close(fd);
	}
}

/* In the place of libc's. */
int
unlinkat(int at, const char *path, int flags)
{
	if (strcmp(path, "box.lock") == 0)
		come_between("unlink");
	return (int)syscall(SYS_unlinkat, at, path, flags);
}

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	if (strcmp(to, "box.lock.break") == 0)
		come_between("break");
	return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

static void
make_old(const char *name)
{
	struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1)
		return;
	(void)futimens(fd, old);
	close(fd);
}

/* Do we get it? 1; 0. */
static int
take(void)
{
	return dotlock_take(AT_FDCWD, "box", STALE_S,
	    deadline_in_ms(WAIT_MS)) == 0;
}

static bool
left(const char *name)
{
	return faccessat(AT_FDCWD, name, F_OK, 0) == 0;
}

static void
clean(void)
{
	dotlock_drop(AT_FDCWD, "box");
	other = -1;
}

/* Another has broken our lock while we slept, long ago: it is his. */
static void
lose_it(void)
{
	struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	int fd = open("box.lock", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd == -1 || write(fd, "1 elsewhere\n", 12) != 12)
		return;
	(void)futimens(fd, old);
	close(fd);
}

static bool
is_old(void)
{
	struct stat st;

	return stat("box.lock", &st) == 0 && st.st_mtime == 1000000000;
}

int
main(void)
{
	char dir[] = "/tmp/dotlock.XXXXXX";

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	make_old("box.lock");
	ok(take() && left("box.lock"), "a stale lock is broken");
	ok(!take(), "a fresh one is not");
	clean();

	make_old("box.lock");
	before = "unlink";
	ok(take() + other == 1, "another comes before it is removed");
	clean();

	make_old("box.lock");
	before = "break";
	ok(take() + other == 1, "another comes before we may remove it");
	clean();

	make_old("box.lock");
	make_old("box.lock.break");
	ok(take(), "who broke it died over that");
	ok(!left("box.lock.break"), "and leaves nothing");
	clean();

	ok(take() && dotlock_touch(AT_FDCWD, "box"), "ours is touched");
	lose_it();
	ok(!dotlock_touch(AT_FDCWD, "box") && is_old(), "another's is not");
	dotlock_drop(AT_FDCWD, "box");
	ok(left("box.lock"), "nor dropped");
	ok(unlink("box.lock") == 0 && !dotlock_touch(AT_FDCWD, "box"),
	    "one that is gone is not ours");

	ok(mkdir("box.lock", 0700) == 0 && !take() && errno == EISDIR,
	    "a directory is nobody's lock, and not waited for");
	ok(rmdir("box.lock") == 0, "it is left");
	make_old("box.lock");
	ok(mkdir("box.lock.break", 0700) == 0 && !take() && errno == EISDIR,
	    "nor one that forbids to break a stale lock");
	ok(unlink("box.lock") == 0 && take(), "where there is none it is taken");
	clean();
	ok(rmdir("box.lock.break") == 0, "and it is left too");

	ok(chdir("/") == 0 && rmdir(dir) == 0, "nothing else is left");
	return tap_done();
}
