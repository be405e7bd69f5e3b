/*
 * postern-newu - compile users/assign to users/cdb
 *
 * runs as    whoever maintains the control directory
 * reads      <control>/users/assign
 * writes     <control>/users/cdb, by rename: readers see the old or the new one
 * exits      0 done; 100 users/assign is wrong, nothing changed; 111 trouble
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "auth/owner.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "lib/os/replace.h"

enum { CDB_MAX = 1 << 30 };

static int
open_users(void)
{
	char path[PATH_MAX];
	int dir;

	snprintf(path, sizeof path, "%s/users", path_control());
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		die(111, "cannot open %s", path);
	if (flock(dir, LOCK_EX) == -1)		/* one at a time */
		die(111, "cannot lock %s", path);
	return dir;
}

static void
compile(int dir, struct buf *cdb)
{
	struct buf text;
	const char *why;
	unsigned long line;
	int r;

	buf_init(&text, CDB_MAX);
	r = control_bytes(dir, "assign", &text);
	if (r == 0)
		errno = ENOENT;
	if (r != 1)
		die(111, "cannot read users/assign");
	if (assign_compile(buf_peek(&text), cdb, &line, &why) == 0) {
		buf_free(&text);
		return;
	}
	if (line == 0)
		diex(111, "users/assign: %s", why);
	diex(100, "users/assign: line %lu: %s", line, why);
}

int
main(int argc, char **argv)
{
	struct buf cdb;
	int dir;

	(void)argv;
	die_name("postern-newu");
	if (argc != 1)
		diex(100, "usage: postern-newu");
	umask(022);
	dir = open_users();
	buf_init(&cdb, CDB_MAX);
	compile(dir, &cdb);
	if (file_replace(dir, "cdb", buf_peek(&cdb), 0644) == -1)
		die(111, "cannot write users/cdb");
	return 0;
}
