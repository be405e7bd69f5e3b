/* Where things lie: compiled in, or below $POSTERN_ROOT in root-less builds. */
#include "lib/os/paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf.h"

static const char *
below_root(const char *leaf, const char *fixed, char *room)
{
	const char *root;

	if (!path_rootless())
		return fixed;	/* room stays a page that nobody touched */
	if (room[0] != '\0')
		return room;
	root = getenv("POSTERN_ROOT");
	if (root == NULL || root[0] != '/')
		return fixed;
	if (snprintf(room, PATH_MAX, "%s/%s", root, leaf) >= PATH_MAX)
		return fixed;
	return room;
}

bool
path_rootless(void)
{
	return CONF_ROOTLESS;
}

const char *
path_control(void)
{
	static char room[PATH_MAX];

	return below_root("control", CONF_CONTROL, room);
}

const char *
path_queue(void)
{
	static char room[PATH_MAX];

	return below_root("queue", CONF_QUEUE, room);
}

const char *
path_alias(void)
{
	static char room[PATH_MAX];

	return below_root("alias", CONF_ALIAS, room);
}

const char *
path_virtual(void)
{
	static char room[PATH_MAX];

	return below_root("virtual", CONF_VIRTUAL, room);
}

const char *
path_bin(void)
{
	static char room[PATH_MAX];

	return below_root("bin", CONF_BIN, room);
}
