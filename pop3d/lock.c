/* The lock of a maildrop, and the time of its last session. */
#include "pop3d/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/os/dotlock.h"

#define LOCK_NAME "postern-pop3"
#define LAST_NAME "postern-pop3.last"

enum { LOCK_WAIT_MS = 1000 };	/* the session before may just be ending */

int
lock_take(int box)
{
	if (dotlock_take(box, LOCK_NAME, LOCK_STALE_S,
	    deadline_in_ms(LOCK_WAIT_MS)) == 0)
		return 1;
	return errno == ETIMEDOUT ? 0 : -1;
}

bool
lock_touch(int box)
{
	return dotlock_touch(box, LOCK_NAME);
}

void
lock_drop(int box)
{
	dotlock_drop(box, LOCK_NAME);
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
