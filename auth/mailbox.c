/* Homes and Maildirs, made and removed by a child that is the user. */
#include "auth/mailbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/maildir/deliver.h"
#include "lib/maildir/quota.h"
#include "lib/os/become.h"
#include "lib/os/child.h"
#include "lib/os/die.h"

enum { DEPTH_MAX = 64, HOME_ROOM = 1024, PATH_ROOM = HOME_ROOM + 512 };

static const char *const folders[] = { "", "/.Drafts", "/.Sent", "/.Trash",
	"/.Junk" };

static int
home_of(const struct people_entry *e, char home[HOME_ROOM])
{
	return span_to_cstr(e->home, home, HOME_ROOM);
}

/* 0, also when it is there already. */
static int
make_dir(const char *path)
{
	return mkdir(path, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

/* ---- what the child does ---- */

/* The home and what is missing above it. */
static int
make_home(const char *home)
{
	char path[HOME_ROOM];

	snprintf(path, sizeof path, "%s", home);
	for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL;
	    *slash++ = '/') {
		*slash = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST &&
		    access(path, X_OK) == -1)
			return -1;
	}
	return make_dir(home);
}

static int
make_maildir(const char *home, bool flush)
{
	char path[PATH_ROOM];

	for (size_t f = 0; f < sizeof folders / sizeof folders[0]; f++) {
		snprintf(path, sizeof path, "%s/Maildir%s", home, folders[f]);
		if ((flush ? maildir_make(AT_FDCWD, path) :
		    maildir_make_unflushed(AT_FDCWD, path)) == -1)
			return -1;
	}
	return 0;
}

/* An empty quota is none: then there is no file. */
static int
write_quota(const char *home, struct span quota)
{
	char maildir[PATH_ROOM];
	int dir, err, r;

	snprintf(maildir, sizeof maildir, "%s/Maildir", home);
	dir = open(maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return -1;
	if (quota.len > 0)
		r = quota_set(dir, quota);
	else
		r = unlinkat(dir, "maildirsize", 0) == -1 &&
		    errno != ENOENT ? -1 : 0;
	err = errno;
	close(dir);
	errno = err;
	return r;
}

/*
 * Removes all that it can below the directory fd, which it closes. Follows no
 * links. 0; -1 with errno of what it could not.
 */
static int
remove_below(int fd, int depth)
{
	struct dirent *e;
	DIR *d = fdopendir(fd);
	int err = 0;

	if (d == NULL) {
		close(fd);
		return -1;
	}
	while ((e = readdir(d)) != NULL) {
		int sub;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			continue;
		sub = openat(fd, e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub == -1 || depth == DEPTH_MAX ||
		    remove_below(sub, depth + 1) == -1 ||
		    unlinkat(fd, e->d_name, AT_REMOVEDIR) == -1)
			err = errno;
	}
	closedir(d);
	errno = err;
	return err == 0 ? 0 : -1;
}

static int
remove_maildir(const char *home)
{
	int dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = 0;
	int sub;

	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	sub = openat(dir, "Maildir",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub != -1 && (remove_below(sub, 0) == -1 ||
	    unlinkat(dir, "Maildir", AT_REMOVEDIR) == -1))
		err = errno;
	close(dir);
	if (err == 0)
		rmdir(home);	/* stays where it is not empty */
	errno = err;
	return err == 0 ? 0 : -1;
}

/* ---- the child itself ---- */

enum task { MAKE, MAKE_UNFLUSHED, SET_QUOTA, REMOVE };

static int
make_box(const char *home, struct span quota, bool flush)
{
	if (make_home(home) == -1 || make_maildir(home, flush) == -1)
		return -1;
	return quota.len > 0 ? write_quota(home, quota) : 0;
}

static int
do_task(enum task task, const char *home, struct span quota)
{
	switch (task) {
	case MAKE:
		return make_box(home, quota, true);
	case MAKE_UNFLUSHED:
		return make_box(home, quota, false);
	case SET_QUOTA:
		return write_quota(home, quota);
	default:
		return remove_maildir(home);
	}
}

/* Runs it as the user. 0; -1 with errno. */
static int
as_user(const struct people_entry *e, enum task task, const char *home)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0) {
		umask(077);
		if (become_user(e->uid, e->gid, NULL, 0) == -1 ||
		    do_task(task, home, e->quota) == -1)
			_exit(errno > 0 && errno < 256 ? errno : 255);
		_exit(0);
	}
	if (child_wait(pid, &status) == -1)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return errno == 0 ? 0 : -1;
}

/*
 * Where the user may not make his home, root does: one directory, his own;
 * which goes again where the user cannot reach it.
 */
static int
make(const struct people_entry *e, enum task task, const char *home)
{
	bool made;
	int err;

	if (as_user(e, task, home) == 0)
		return 0;
	if (errno != EACCES || geteuid() != 0)
		return -1;
	made = mkdir(home, 0700) == 0;
	if (made ? lchown(home, (uid_t)e->uid, (gid_t)e->gid) == -1 :
	    errno != EEXIST)
		return -1;
	if (as_user(e, task, home) == 0)
		return 0;
	err = errno;
	if (made)
		(void)rmdir(home);
	errno = err;
	return -1;
}

int
mailbox_make(const struct people_entry *e, bool flush)
{
	char home[HOME_ROOM];

	if (home_of(e, home) == -1 ||
	    make(e, flush ? MAKE : MAKE_UNFLUSHED, home) == -1) {
		warn_errno("cannot make %.*s/Maildir", (int)e->home.len,
		    e->home.p);
		return -1;
	}
	return 0;
}

int
mailbox_set_quota(const struct people_entry *e)
{
	char home[HOME_ROOM];

	if (home_of(e, home) == -1 || as_user(e, SET_QUOTA, home) == -1) {
		warn_errno("cannot write %.*s/Maildir/maildirsize",
		    (int)e->home.len, e->home.p);
		return -1;
	}
	return 0;
}

int
mailbox_remove(const struct people_entry *e)
{
	char home[HOME_ROOM];

	if (home_of(e, home) == -1 || as_user(e, REMOVE, home) == -1) {
		warn_errno("cannot remove %.*s/Maildir", (int)e->home.len,
		    e->home.p);
		return -1;
	}
	return 0;
}
