/* A Maildir for a unit test, in a directory that goes with it. */
#ifndef TESTS_MAILDIR_H
#define TESTS_MAILDIR_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/span.h"

static char box_dir[] = "/tmp/postern-box.XXXXXX";
static int box = -1;

static inline bool
box_make(void)
{
	if (mkdtemp(box_dir) != NULL)
		box = open(box_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return box != -1 && mkdirat(box, "tmp", 0700) == 0 &&
	    mkdirat(box, "new", 0700) == 0 && mkdirat(box, "cur", 0700) == 0;
}

static inline bool
box_write(const char *name, struct span text)
{
	int fd = openat(box, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool good = fd != -1 && write(fd, text.p, text.len) == (ssize_t)text.len;

	close(fd);
	return good;
}

/* A shell command there. */
static inline void
box_run(const char *what)
{
	char command[200];

	snprintf(command, sizeof command, "cd %s && %s", box_dir, what);
	if (system(command) != 0)
		printf("# failed: %s\n", command);
}

static inline void
box_remove(void)
{
	box_run("rm -rf $PWD");
	close(box);
}

#endif
