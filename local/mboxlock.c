/* Starts postern-mboxlock, waits for its word, and lets it go. */
#include "local/mboxlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/span.h"
#include "lib/os/child.h"
#include "lib/os/paths.h"

static const char *
name_in_spool(const char *path)
{
	static const char *const spools[] = { "/var/mail/",
	    "/var/spool/mail/" };

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(spools[i]);

		if (strncmp(path, spools[i], len) == 0 &&
		    strchr(path + len, '/') == NULL)
			return path + len;
	}
	return NULL;
}

bool
mboxlock_covers(const char *path)
{
	return name_in_spool(path) != NULL;
}

static int
start(const char *name, struct mbox_lock *l)
{
	char program[PATH_MAX];
	char *argv[] = { (char *)"postern-mboxlock", (char *)name, NULL };
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) == -1)
		return -1;
	if (pipe2(out, O_CLOEXEC) == -1) {
		close(in[0]);
		close(in[1]);
		return -1;
	}
	struct child_fd fds[] = { { in[0], 0 }, { out[1], 1 } };
	struct child c = { .path = program, .argv = argv, .fds = fds,
	    .nfds = 2, .close_from = 3 };

	snprintf(program, sizeof program, "%s/postern-mboxlock", path_bin());
	l->pid = child_start(&c);
	close(in[0]);
	close(out[1]);
	l->in = in[1];
	l->out = out[0];
	return l->pid == -1 ? -1 : 0;
}

int
mboxlock_take(const char *path, struct deadline d, struct mbox_lock *l)
{
	char word = '\0';

	if (start(name_in_spool(path), l) == 0 &&
	    deadline_wait(l->out, POLLIN, d) == 0) {
		if (read(l->out, &word, 1) == 1 && word == 'L')
			return 0;
		errno = word == 'T' ? ETIMEDOUT : EACCES;
	}
	mboxlock_drop(l);
	return -1;
}

void
mboxlock_drop(struct mbox_lock *l)
{
	int err = errno;
	int status;

	close(l->in);
	close(l->out);
	if (l->pid > 0)
		(void)child_wait(l->pid, &status);
	l->pid = 0;
	errno = err;
}

int
mboxlock_create(const char *path, struct deadline d)
{
	struct mbox_lock l = { 0 };

	if (mboxlock_take(path, d, &l) == -1)
		return -1;
	mboxlock_drop(&l);
	return 0;
}
