/* Becoming a user, and making sure that there is no way back. */
#include "lib/os/become.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "lib/os/paths.h"

static int
refused(void)
{
	errno = EPERM;
	return -1;
}

static int
set_groups(gid_t gid, const gid_t *groups, size_t ngroups)
{
	return ngroups > 0 ? setgroups(ngroups, groups) : setgroups(1, &gid);
}

int
become_user(uint32_t uid, uint32_t gid, const gid_t *groups, size_t ngroups)
{
	if (path_rootless())
		return 0;
	if (uid == 0 || (geteuid() != 0 && geteuid() != (uid_t)uid))
		return refused();
	if (geteuid() != 0)
		return 0;
	if (set_groups((gid_t)gid, groups, ngroups) == -1 ||
	    setgid((gid_t)gid) == -1 || setuid((uid_t)uid) == -1)
		return -1;
	if (getuid() != (uid_t)uid || geteuid() != (uid_t)uid ||
	    getgid() != (gid_t)gid || getegid() != (gid_t)gid ||
	    setuid(0) != -1)
		return refused();
	return 0;
}
