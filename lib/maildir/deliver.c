/*
 * Delivery into a Maildir. The name in tmp/ is this process's own, so that two
 * processes that deliver the same message never write to the same file; the
 * name in new/ is the message's, so that the second one finds the first.
 */
#include "lib/maildir/deliver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/deadline.h"
#include "lib/os/in.h"
#include "lib/os/out.h"
#include "lib/os/rename.h"

enum {
	STALE_SECONDS = 36 * 60 * 60,	/* maildir(5) */
	COMPARE_SIZE = 16384,
	OTHER_NAMES = 16,	/* tried when another message has the name */
};

static int
open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
maildir_open(struct maildir *box, int at, const char *path)
{
	int err;

	*box = (struct maildir){ .fd = -1, .tmp = -1, .new = -1 };
	box->fd = open_dir(at, path);
	if (box->fd != -1 && fstat(box->fd, &box->st) == 0) {
		box->tmp = open_dir(box->fd, "tmp");
		if (box->tmp != -1)
			box->new = open_dir(box->fd, "new");
		if (box->new != -1)
			return 0;
	}
	err = errno;
	maildir_close(box);
	errno = err;
	return -1;
}

void
maildir_close(struct maildir *box)
{
	if (box->fd != -1)
		close(box->fd);
	if (box->tmp != -1)
		close(box->tmp);
	if (box->new != -1)
		close(box->new);
	box->fd = box->tmp = box->new = -1;
}

bool
maildir_same(const struct maildir *box, int at, const char *path)
{
	struct stat st;

	return box->fd != -1 && fstatat(at, path, &st, 0) == 0 &&
	    st.st_dev == box->st.st_dev && st.st_ino == box->st.st_ino &&
	    st.st_mtim.tv_sec == box->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == box->st.st_mtim.tv_nsec;
}

static int
make_dir(int at, const char *path)
{
	return mkdirat(at, path, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

/* The new directory's name lies in its parent, if we may open that. */
static int
sync_parent(int dir)
{
	int parent = open_dir(dir, "..");
	int r = parent == -1 ? 0 : fsync(parent);

	if (parent != -1)
		close(parent);
	return r;
}

/* Tells others that dir is a folder (Maildir++), where it is one. */
static int
mark_folder(int dir, const char *path)
{
	int fd;

	if (maildir_name_folder(span_str(path)).len == 0 ||
	    faccessat(dir, "../tmp", F_OK, 0) == -1 ||
	    faccessat(dir, "../new", F_OK, 0) == -1 ||
	    faccessat(dir, "../cur", F_OK, 0) == -1)
		return 0;
	fd = openat(dir, MAILDIR_FOLDER_MARK,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/* The open directory; -1 with errno. */
static int
make_all(int at, const char *path)
{
	int dir, err;

	if (make_dir(at, path) == -1)
		return -1;
	dir = open_dir(at, path);
	if (dir == -1 || (make_dir(dir, "tmp") == 0 &&
	    make_dir(dir, "cur") == 0 && make_dir(dir, "new") == 0 &&
	    mark_folder(dir, path) == 0))
		return dir;
	err = errno;
	close(dir);
	errno = err;
	return -1;
}

int
maildir_make(int at, const char *path)
{
	int dir = make_all(at, path);
	int r, err;

	if (dir == -1)
		return -1;
	r = fsync(dir) == 0 ? sync_parent(dir) : -1;
	err = errno;
	close(dir);
	errno = err;
	return r;
}

int
maildir_make_unflushed(int at, const char *path)
{
	int dir = make_all(at, path);

	if (dir == -1)
		return -1;
	close(dir);
	return 0;
}

int
maildir_begin(struct maildir_item *m, const struct maildir *box,
    struct span host)
{
	static uint64_t count;
	struct buf name;
	const char *text;

	*m = (struct maildir_item){ .box = box, .fd = -1 };
	buf_init(&name, MAILDIR_NAME_MAX);
	maildir_name_fresh(&name, clock_wall_us(), (uint64_t)getpid(),
	    count++, host);
	text = buf_cstr(&name);
	if (text != NULL) {
		memcpy(m->tmp_name, text, name.len + 1);
		m->fd = openat(box->tmp, text,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	buf_free(&name);
	return m->fd == -1 ? -1 : 0;
}

int
maildir_add(struct maildir_item *m, struct span bytes)
{
	m->bare_lf += maildir_bare_lf(bytes, &m->cr);
	m->size += bytes.len;
	if (bytes.len > 0)
		m->ended = bytes.p[bytes.len - 1] == '\n';
	return write_all(m->fd, bytes.p, bytes.len);
}

void
maildir_hurry(const struct maildir_item *m)
{
#ifdef SYNC_FILE_RANGE_WRITE
	(void)sync_file_range(m->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
	(void)m;
#endif
}

int
maildir_flush(struct maildir_item *m)
{
	return fsync(m->fd);
}

/* 1 the bytes are those of fd; 0 they are not; -1 with errno. */
static int
same_bytes(int fd, int other)
{
	static char a[COMPARE_SIZE], b[COMPARE_SIZE];
	uint64_t at = 0;

	for (;;) {
		ssize_t n = pread_full(fd, a, sizeof a, at);
		ssize_t m = pread_full(other, b, sizeof b, at);

		if (n == -1 || m == -1)
			return -1;
		if (n != m || memcmp(a, b, (size_t)n) != 0)
			return 0;
		if (n < COMPARE_SIZE)
			return 1;
		at += (uint64_t)n;
	}
}

/* Is the file dir/name a regular one with this item's bytes? 1; 0; -1. */
static int
is_copy(const struct maildir_item *m, int dir, const char *name)
{
	struct stat st;
	int r = -1;
	int err;
	int mine, fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != m->size)
		return 0;
	mine = openat(m->box->tmp, m->tmp_name, O_RDONLY | O_CLOEXEC);
	fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		r = 0;
	else if (fd != -1 && mine != -1)
		r = same_bytes(mine, fd);
	err = errno;
	if (fd != -1)
		close(fd);
	if (mine != -1)
		close(mine);
	errno = err;
	return r;
}

/* Has nothing come into the directory since the time that name begins with? */
static bool
is_unchanged(int dir, struct span name)
{
	struct stat st;
	uint64_t birth;

	return num_take(&name, INT64_MAX, &birth) == PARSE_OK &&
	    fstat(dir, &st) == 0 && (uint64_t)st.st_mtime < birth;
}

/*
 * Looks in cur/ for the item under any flags. Where it is found it stays also
 * after a crash: its reader may not have seen to that. 1; 0; -1 with errno.
 */
static int
was_read(const struct maildir_item *m, struct span name)
{
	struct dirent *e;
	int found = 0;
	int saved;
	int fd = open_dir(m->box->fd, "cur");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (dir == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	if (is_unchanged(fd, name)) {
		closedir(dir);
		return 0;
	}
	while (found == 0 && (e = readdir(dir)) != NULL)
		if (span_eq(maildir_name_base(span_str(e->d_name)), name))
			found = is_copy(m, fd, e->d_name);
	if (found == 1 && fsync(fd) == -1)
		found = -1;
	closedir(dir);
	return found;
}

/*
 * Is it in new/, or in cur/ by now? In this order, since a reader may move it
 * from the one to the other at any time. 1; 0; -1 with errno.
 */
static int
was_delivered(const struct maildir_item *m, struct span name)
{
	int r = is_copy(m, m->box->new, m->name);

	return r == 0 ? was_read(m, name) : r;
}

/* The item is over: its bytes are in new/ or cur/ under some name. */
static void
finish(struct maildir_item *m, bool in_tmp)
{
	if (in_tmp)
		(void)unlinkat(m->box->tmp, m->tmp_name, 0);
	close(m->fd);		/* nothing left to lose: fsync has spoken */
	m->fd = -1;
	m->moved = true;
}

/*
 * Moves it to name. 1 done, or found there; 0 another message has that name;
 * -1 with errno.
 */
static int
move_to(struct maildir_item *m, struct span name, bool maybe_there)
{
	int r;

	if (span_to_cstr(name, m->name, sizeof m->name) == -1)
		return -1;
	if (maybe_there) {
		r = was_delivered(m, name);
		if (r == 1)
			finish(m, true);
		if (r != 0)
			return r;
	}
	if (rename_new(m->box->tmp, m->tmp_name, m->box->new, m->name) == 0) {
		finish(m, false);
		return 1;
	}
	if (errno != EEXIST)
		return -1;
	r = was_delivered(m, name);
	if (r == 1)
		finish(m, true);
	return r;
}

int
maildir_move(struct maildir_item *m, struct span base, bool maybe_there)
{
	struct buf name;
	struct span text;
	int r = 0;

	buf_init(&name, MAILDIR_NAME_MAX);
	for (int other = 0; r == 0 && other < OTHER_NAMES; other++) {
		buf_reset(&name);
		buf_span(&name, base);
		if (other > 0)
			buf_fmt(&name, ".%d", other);
		maildir_name_add_size(&name, 'S', m->size);
		if (m->ended)
			maildir_name_add_size(&name, 'W',
			    m->size + m->bare_lf);
		r = buf_get(&name, &text) == -1 ? -1 :
		    move_to(m, text, maybe_there);
	}
	buf_free(&name);
	if (r == 0)
		errno = EEXIST;
	return r == 1 ? 0 : -1;
}

int
maildir_sync(const struct maildir *box)
{
	return fsync(box->new);
}

void
maildir_abandon(struct maildir_item *m)
{
	int err = errno;

	if (m->fd != -1) {
		(void)unlinkat(m->box->tmp, m->tmp_name, 0);
		close(m->fd);
		m->fd = -1;
	}
	errno = err;
}

void
maildir_clean(const struct maildir *box)
{
	struct dirent *e;
	time_t now = (time_t)(clock_wall_us() / 1000000);
	int fd = open_dir(box->fd, "tmp");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		struct stat st;

		if (e->d_name[0] != '.' &&
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode) && st.st_mtime < now - STALE_SECONDS &&
		    st.st_atime < now - STALE_SECONDS)
			(void)unlinkat(fd, e->d_name, 0);
	}
	closedir(dir);
}
