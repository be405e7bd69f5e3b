/*
 * A lock is made by linking a file of our own to its name, and looked at by the
 * link count of our file: the answer to link(2) may get lost on NFS. How old
 * a lock is, is measured by the clock that gives our own file its time.
 */
#include "lib/os/dotlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { RETRY_MS = 200 };

struct names {
	char own[PATH_MAX], lock[PATH_MAX];
};

static int
make_names(struct names *n, const char *path)
{
	struct utsname host;

	if (uname(&host) == -1)
		return -1;
	if (snprintf(n->lock, sizeof n->lock, "%s.lock", path) >=
	    (int)sizeof n->lock ||
	    snprintf(n->own, sizeof n->own, "%s.lock.%ld.%.40s", path,
	    (long)getpid(), host.nodename) >= (int)sizeof n->own) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* 0, *st is our file's; -1 with errno. */
static int
make_own(int at, const struct names *n, struct stat *st)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	int fd = openat(at, n->own,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int err;
	int r;

	if (fd == -1 && errno == EEXIST && unlinkat(at, n->own, 0) == 0)
		fd = openat(at, n->own, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	r = write(fd, text, (size_t)len) == -1 ? -1 : fstat(fd, st);
	err = errno;
	close(fd);
	if (r == -1)
		(void)unlinkat(at, n->own, 0);
	errno = err;
	return r;
}

/* Is the lock there so old that its owner must be gone? */
static int
is_stale(int at, const struct names *n, const struct stat *own)
{
	struct stat st;

	return fstatat(at, n->lock, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtime < own->st_mtime - DOTLOCK_STALE_SECONDS;
}

/* 1 it is ours; 0 another has it; -1 with errno. */
static int
try(int at, const struct names *n)
{
	struct stat own;
	int linked, err, r;

	if (make_own(at, n, &own) == -1)
		return -1;
	linked = linkat(at, n->own, at, n->lock, 0);
	err = errno;
	r = linked == 0;
	if (r == 0) {
		struct stat st;

		r = fstatat(at, n->own, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_nlink == 2;
		if (r == 0 && err != EEXIST)
			r = -1;
		if (r == 0 && is_stale(at, n, &own))
			(void)unlinkat(at, n->lock, 0);
	}
	(void)unlinkat(at, n->own, 0);
	errno = err;
	return r;
}

int
dotlock_take(int at, const char *path, struct deadline d)
{
	struct names n;
	int r;

	if (make_names(&n, path) == -1)
		return -1;
	while ((r = try(at, &n)) == 0) {
		if (deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)deadline_wait(-1, 0, deadline_min(d,
		    deadline_in_ms(RETRY_MS)));
	}
	return r == 1 ? 0 : -1;
}

void
dotlock_drop(int at, const char *path)
{
	struct names n;

	if (make_names(&n, path) == 0)
		(void)unlinkat(at, n.lock, 0);
}
