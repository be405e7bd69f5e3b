/* The lock of a maildrop: a file that names its holder. */
#include "pop3d/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/in.h"
#include "lib/os/out.h"

#define LOCK_NAME "postern-pop3.lock"
#define LAST_NAME "postern-pop3.last"

enum { LOCK_TEXT_MAX = 256, LOCK_TRIES = 3 };

struct holder {
	char text[LOCK_TEXT_MAX];	/* "HOST PID\n" */
	char tmp[LOCK_TEXT_MAX];	/* the file that becomes the lock */
};

static void
name_holder(struct holder *h)
{
	struct utsname u;

	if (uname(&u) == -1)
		strcpy(u.nodename, "localhost");
	snprintf(h->text, sizeof h->text, "%.64s %ld\n", u.nodename,
	    (long)getpid());
	snprintf(h->tmp, sizeof h->tmp, "tmp/pop3.%.64s.%ld", u.nodename,
	    (long)getpid());
}

static int
make_tmp(int box, const struct holder *h, struct stat *st)
{
	int fd = openat(box, h->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	int r;

	if (fd == -1)
		return -1;
	r = write_all(fd, h->text, strlen(h->text)) == 0 && fstat(fd, st) == 0;
	close(fd);
	return r ? 0 : -1;
}

/* Did its holder run here, and is it gone? */
static bool
holder_is_dead(int box, const struct holder *me)
{
	char text[LOCK_TEXT_MAX];
	struct span s;
	struct span host;
	struct span my_host = span_str(me->text);
	uint64_t pid;
	ssize_t n;
	int fd = openat(box, LOCK_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);

	if (fd == -1)
		return false;
	n = read_full(fd, text, sizeof text);
	close(fd);
	if (n <= 0)
		return false;
	s = (struct span){ text, (size_t)n };
	host = span_cut(&s, ' ');
	return span_eq(host, span_cut(&my_host, ' ')) &&
	    num_parse(span_trim(s), INT32_MAX, &pid) == 0 && pid > 0 &&
	    kill((pid_t)pid, 0) == -1 && errno == ESRCH;
}

/* Removes a lock whose holder is gone; now is the file system's clock. */
static bool
break_stale(int box, const struct holder *me, time_t now)
{
	struct stat st;

	if (fstatat(box, LOCK_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT;
	if (now - st.st_mtime < LOCK_STALE_S && !holder_is_dead(box, me))
		return false;
	return unlinkat(box, LOCK_NAME, 0) == 0 || errno == ENOENT;
}

static int
link_lock(int box, const struct holder *h)
{
	struct stat st;

	if (linkat(box, h->tmp, box, LOCK_NAME, 0) == 0)
		return 1;
	/* over NFS the answer may be lost though the link was made */
	if (fstatat(box, h->tmp, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_nlink == 2)
		return 1;
	return errno == EEXIST ? 0 : -1;
}

int
lock_take(int box)
{
	struct holder me;
	struct stat st;
	int r = 0;

	name_holder(&me);
	if (make_tmp(box, &me, &st) == -1)
		return -1;
	for (int i = 0; i < LOCK_TRIES; i++) {
		r = link_lock(box, &me);
		if (r != 0 || !break_stale(box, &me, st.st_mtime))
			break;
	}
	unlinkat(box, me.tmp, 0);
	return r;
}

void
lock_touch(int box)
{
	(void)utimensat(box, LOCK_NAME, NULL, AT_SYMLINK_NOFOLLOW);
}

void
lock_drop(int box)
{
	(void)unlinkat(box, LOCK_NAME, 0);
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
