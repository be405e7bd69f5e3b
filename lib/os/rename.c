/*
 * Renaming that never replaces: one call where the kernel and the file system
 * have it, link and unlink elsewhere (NFS).
 */
#include "lib/os/rename.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

static int
by_link(int from_dir, const char *from, int to_dir, const char *to)
{
	if (linkat(from_dir, from, to_dir, to, 0) == -1)
		return -1;
	(void)unlinkat(from_dir, from, 0);
	return 0;
}

int
rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
#ifdef SYS_renameat2
	if (syscall(SYS_renameat2, from_dir, from, to_dir, to,
	    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return -1;
#endif
	return by_link(from_dir, from, to_dir, to);
}
