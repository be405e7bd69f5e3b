/* A new file beside the old one, flushed, then its name. */
#include "lib/os/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/out.h"

/* Whom the old file belongs to, the new one shall too. */
static int
keep_owner(int dir, const char *name, int fd, mode_t mode)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) == 0) {
		if (fchown(fd, st.st_uid, st.st_gid) == -1 && geteuid() == 0)
			return -1;
		mode = st.st_mode & 07777;
	}
	return fchmod(fd, mode);
}

int
file_replace(int dir, const char *name, struct span bytes, mode_t mode)
{
	char tmp[64];
	int fd, saved;

	if (snprintf(tmp, sizeof tmp, "%s.tmp", name) >= (int)sizeof tmp) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlinkat(dir, tmp, 0);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (keep_owner(dir, name, fd, mode) == -1 ||
	    write_all(fd, bytes.p, bytes.len) == -1 || fsync(fd) == -1 ||
	    renameat(dir, tmp, dir, name) == -1)
		goto undo;
	close(fd);
	return fsync(dir);
undo:
	saved = errno;
	unlinkat(dir, tmp, 0);
	close(fd);
	errno = saved;
	return -1;
}
