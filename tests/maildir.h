/* A Maildir for a test, in a directory that goes with it. */
#ifndef TESTS_MAILDIR_H
#define TESTS_MAILDIR_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/maildir/index.h"
#include "lib/maildir/names.h"

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

static inline bool
box_socket(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool made = false;

	snprintf(a.sun_path, sizeof a.sun_path, "%s/%.60s", box_dir, name);
	if (s != -1)
		made = bind(s, (const void *)&a, sizeof a) == 0;
	close(s);
	return made;
}

static inline bool
box_link(const char *name, const char *to)
{
	return symlinkat(to, box, name) == 0;
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

/* Does the entry say what its name does? */
static inline bool
box_understood(const struct maildir_entry *e)
{
	struct span base = maildir_name_base(span_str(e->name));
	struct span unique = span_head(base, span_find(base, ','));
	uint64_t size = MAILDIR_SIZE_UNKNOWN;

	(void)maildir_name_size(base, 'W', &size);
	return strpbrk(e->name, "\x1f\x7f") == NULL &&
	    span_eq(maildir_entry_base(e), base) &&
	    span_eq(maildir_entry_unique(e), unique) &&
	    e->uidl_ok == maildir_uidl_ok(unique) && e->wire_size == size;
}

#endif
