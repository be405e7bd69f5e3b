/* Becoming a user, and making sure that there is no way back. */
#include "lib/os/become.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "lib/os/paths.h"

enum { GROUPS_MAX = 64 };

static int
refused(void)
{
	errno = EPERM;
	return -1;
}

static int
set_groups(uint32_t gid, const uint32_t *groups, size_t ngroups)
{
	gid_t list[GROUPS_MAX] = { (gid_t)gid };

	if (ngroups > GROUPS_MAX)
		ngroups = GROUPS_MAX;
	for (size_t i = 0; i < ngroups; i++)
		list[i] = (gid_t)groups[i];
	return setgroups(ngroups > 0 ? ngroups : 1, list);
}

int
become_user(uint32_t uid, uint32_t gid, const uint32_t *groups,
    size_t ngroups)
{
	if (path_rootless())
		return 0;
	if (uid == 0 || (geteuid() != 0 && geteuid() != (uid_t)uid))
		return refused();
	if (geteuid() != 0)
		return 0;
	if (set_groups(gid, groups, ngroups) == -1 ||
	    setgid((gid_t)gid) == -1 || setuid((uid_t)uid) == -1)
		return -1;
	if (getuid() != (uid_t)uid || geteuid() != (uid_t)uid ||
	    getgid() != (gid_t)gid || getegid() != (gid_t)gid ||
	    setuid(0) != -1)
		return refused();
	return 0;
}
