/* The lock of a maildrop, and the time of its last session. */
#include "pop3d/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/os/dotlock.h"

#define LOCK_NAME "postern-pop3"
#define LAST_NAME "postern-pop3.last"

enum {
	LOCK_WAIT_MS = 1000,	/* the session before may just be ending */
	RETRY_MS = 100,
};

static bool
file_exists(const struct lock *l)
{
	return faccessat(l->box, LOCK_NAME ".lock", F_OK, 0) == 0;
}

/*
 * Locks the directory, if that is possible. false: another session has it, and
 * no file, which would tell whether it lives.
 */
static bool
lock_directory(struct lock *l, struct deadline d)
{
	while (flock(l->box, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK || file_exists(l))
			return true;
		if (deadline_passed(d))
			return false;
		(void)deadline_wait(-1, 0, deadline_min(d,
		    deadline_in_ms(RETRY_MS)));
	}
	l->directory = true;
	return true;
}

/* One of another host may be busy with much mail, and does not touch it. */
static int
stale_after_s(const struct lock *l)
{
	return l->directory && !dotlock_is_elsewhere(l->box, LOCK_NAME) ?
	    LOCK_ALONE_S : LOCK_STALE_S;
}

/* As lock_take, once the directory is locked. */
static int
make_file(struct lock *l, struct deadline d)
{
	l->file = dotlock_take(l->box, LOCK_NAME, stale_after_s(l), d) == 0;
	/* the one before, which had both, has ended */
	if (l->file && !l->directory)
		l->directory = flock(l->box, LOCK_EX | LOCK_NB) == 0;
	if (l->file || (l->directory && (errno == ENOSPC || errno == EDQUOT)))
		return 1;
	return errno == ETIMEDOUT ? 0 : -1;
}

int
lock_take(struct lock *l, int box)
{
	struct deadline d = deadline_in_ms(LOCK_WAIT_MS);

	*l = (struct lock){ .box = box };
	return lock_directory(l, d) ? make_file(l, d) : 0;
}

bool
lock_touch(struct lock *l)
{
	if (l->file)
		return dotlock_touch(l->box, LOCK_NAME);
	return make_file(l, deadline_in_ms(LOCK_WAIT_MS)) == 1;
}

void
lock_drop(struct lock *l)
{
	/* first: who gets the file next is to get the directory, too */
	if (l->directory)
		(void)flock(l->box, LOCK_UN);
	if (l->file)
		dotlock_drop(l->box, LOCK_NAME);
}

bool
lock_too_soon(int box, uint64_t seconds)
{
	struct stat st;
	int fd;

	if (fstatat(box, LAST_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtime <= time(NULL) &&
	    (uint64_t)(time(NULL) - st.st_mtime) < seconds)
		return true;
	fd = openat(box, LAST_NAME, O_WRONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd != -1) {
		(void)futimens(fd, NULL);
		close(fd);
	}
	return false;
}
