/*
 * A lock is made by linking a file of our own to its name, and looked at by the
 * link count of our file: the answer to link(2) may get lost on NFS. How old
 * a lock is, is measured by the clock that gives our own file its time. It
 * holds "PID HOST", of which other programs read the number at least.
 *
 * Who breaks a lock holds another one meanwhile, made in the same way: of two
 * that see a stale lock, the second one would take away the first one's new.
 */
#include "lib/os/dotlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/in.h"

enum { RETRY_MS = 200 };

enum { TEXT_MAX = 128 };

struct names {
	char own[PATH_MAX], lock[PATH_MAX], breaking[PATH_MAX];
	char host[65];
};

static int
make_names(struct names *n, const char *path)
{
	struct utsname host;

	if (uname(&host) == -1)
		return -1;
	snprintf(n->host, sizeof n->host, "%.64s", host.nodename);
	if (snprintf(n->lock, sizeof n->lock, "%s.lock", path) >=
	    (int)sizeof n->lock ||
	    snprintf(n->breaking, sizeof n->breaking, "%s.lock.break", path) >=
	    (int)sizeof n->breaking ||
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
	char text[TEXT_MAX];
	int len = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(),
	    n->host);
	int fd = openat(at, n->own,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int err;
	int r;

	if (fd == -1 && errno == EEXIST && unlinkat(at, n->own, 0) == 0)
		fd = openat(at, n->own, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	/* without room for the text it is a lock still, of which age decides */
	r = write(fd, text, (size_t)len) == -1 && errno != ENOSPC &&
	    errno != EDQUOT ? -1 : fstat(fd, st);
	err = errno;
	close(fd);
	if (r == -1)
		(void)unlinkat(at, n->own, 0);
	errno = err;
	return r;
}

/* Who holds a lock, as it says itself. */
struct holder {
	uint64_t pid;			/* 0: it does not say */
	bool here;			/* on this host */
};

/* A descriptor of the lock; -1 with errno. */
static int
open_lock(int at, const struct names *n, const char *lock, struct holder *h)
{
	char text[TEXT_MAX];
	struct span host;
	struct span s;
	ssize_t len;
	int fd = openat(at, lock, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);

	*h = (struct holder){ .pid = 0 };
	if (fd == -1)
		return -1;
	len = read_full(fd, text, sizeof text);
	host = span_trim((struct span){ text, len > 0 ? (size_t)len : 0 });
	s = span_cut(&host, ' ');
	if (num_parse(s, INT32_MAX, &h->pid) == -1)
		h->pid = 0;
	h->here = span_is(host, n->host);
	return fd;
}

/* Did the holder of this lock run on this host, and is it gone? */
static bool
holder_is_gone(int at, const struct names *n, const char *lock)
{
	struct holder h;
	int fd = open_lock(at, n, lock, &h);

	if (fd == -1)
		return false;
	close(fd);
	return h.here && h.pid > 0 && kill((pid_t)h.pid, 0) == -1 &&
	    errno == ESRCH;
}

/*
 * A descriptor of the lock that we hold; -1: it was broken, and is another's.
 * One that names nobody was written to a full disk, by us as far as we know.
 */
static int
open_own(int at, const struct names *n)
{
	struct holder h;
	int fd = open_lock(at, n, n->lock, &h);

	if (fd == -1 || h.pid == 0 ||
	    (h.here && h.pid == (uint64_t)getpid()))
		return fd;
	close(fd);
	return -1;
}

/* What a waiter knows: the names, and the time of its own file. */
struct waiter {
	int at;
	const struct names *n;
	struct stat own;
	int stale_s;
};

static bool
is_stale(const struct waiter *w, const char *lock)
{
	struct stat st;

	if (fstatat(w->at, lock, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	return st.st_mtime < w->own.st_mtime - w->stale_s ||
	    holder_is_gone(w->at, w->n, lock);
}

/*
 * Links our file to lock. 1 it is ours; 0 another has it; -1 with errno, EISDIR
 * for a directory, which nobody's lock is and no wait will remove.
 */
static int
claim(const struct waiter *w, const char *lock)
{
	struct stat st;
	int err;

	if (linkat(w->at, w->n->own, w->at, lock, 0) == 0)
		return 1;
	err = errno;
	if (fstatat(w->at, w->n->own, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_nlink == 2)
		return 1;
	if (err == EEXIST &&
	    fstatat(w->at, lock, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		err = EISDIR;
	errno = err;
	return err == EEXIST ? 0 : -1;
}

/*
 * Takes the lock away, unless another is about to, or it is not stale now.
 * 0; -1 with errno EISDIR: it can never be.
 */
static int
break_lock(const struct waiter *w)
{
	int r = claim(w, w->n->breaking);

	if (r == -1)
		return errno == EISDIR ? -1 : 0;
	if (r == 1 && is_stale(w, w->n->lock))
		(void)unlinkat(w->at, w->n->lock, 0);
	if (r == 1 || is_stale(w, w->n->breaking))
		(void)unlinkat(w->at, w->n->breaking, 0);
	return 0;
}

/*
 * There is no room for a file of ours: is the lock there, and not stale by our
 * own clock? Then another has it; else the lack of room, err, is the answer.
 */
static int
without_room(struct waiter *w, int err)
{
	struct stat st;

	w->own.st_mtime = time(NULL);
	if ((err == ENOSPC || err == EDQUOT) &&
	    fstatat(w->at, w->n->lock, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(st.st_mode) && !is_stale(w, w->n->lock))
		return 0;
	errno = err;
	return -1;
}

/* 1 it is ours; 0 another has it; -1 with errno. */
static int
try(int at, const struct names *n, int stale_s)
{
	struct waiter w = { .at = at, .n = n, .stale_s = stale_s };
	int err;
	int r;

	if (make_own(at, n, &w.own) == -1)
		return without_room(&w, errno);
	r = claim(&w, n->lock);
	if (r == 0 && is_stale(&w, n->lock))
		r = break_lock(&w);
	err = errno;
	(void)unlinkat(at, n->own, 0);
	errno = err;
	return r;
}

int
dotlock_take(int at, const char *path, int stale_s, struct deadline d)
{
	struct names n;
	int r;

	if (make_names(&n, path) == -1)
		return -1;
	while ((r = try(at, &n, stale_s)) == 0) {
		if (deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)deadline_wait(-1, 0, deadline_min(d,
		    deadline_in_ms(RETRY_MS)));
	}
	return r == 1 ? 0 : -1;
}

bool
dotlock_is_elsewhere(int at, const char *path)
{
	struct holder h = { .pid = 0 };
	struct names n;
	int fd = make_names(&n, path) == 0 ?
	    open_lock(at, &n, n.lock, &h) : -1;

	if (fd != -1)
		close(fd);
	return h.pid > 0 && !h.here;
}

bool
dotlock_touch(int at, const char *path)
{
	struct names n;
	int fd = make_names(&n, path) == 0 ? open_own(at, &n) : -1;

	if (fd == -1)
		return false;
	(void)futimens(fd, NULL);
	close(fd);
	return true;
}

void
dotlock_drop(int at, const char *path)
{
	struct names n;
	int fd = make_names(&n, path) == 0 ? open_own(at, &n) : -1;

	if (fd == -1)
		return;
	(void)unlinkat(at, n.lock, 0);
	close(fd);
}
