/*
 * The maildirsize file. It is a cache but for its first line, so it is replaced
 * only by a complete file that has been flushed; lines are added by a single
 * append of fixed length.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/maildir/list.h"
#include "lib/maildir/names.h"
#include "lib/maildir/quota.h"
#include "lib/os/in.h"
#include "lib/os/out.h"

enum { FOLDERS_MAX = 10000, RECOUNTS_MAX = 3 };

static const char file_name[] = "maildirsize";

static int
open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
}

static DIR *
list(int at, const char *path)
{
	int fd = open_dir(at, path);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL && fd != -1)
		close(fd);
	return dir;
}

/* ---- counting ---- */

struct count {
	struct quota_sum sum;
	struct timespec latest;	/* change of any directory */
};

static bool
later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec :
	    a->tv_nsec > b->tv_nsec;
}

static void
count_message(struct count *c, int dir, const struct dirent *e)
{
	uint64_t size;

	if (e->d_name[0] != '.' &&
	    (e->d_type == DT_REG || e->d_type == DT_UNKNOWN) &&
	    quota_counts(span_str(e->d_name)) &&
	    maildir_size(dir, e->d_name, &size) == 0)
		quota_sum_add(&c->sum, (int64_t)size, 1);
}

/* One new/ or cur/; one that is not there holds nothing. 0; -1. */
static int
count_dir(struct count *c, int at, const char *name, bool only_time)
{
	struct stat st;
	struct dirent *e;
	DIR *dir = list(at, name);

	if (dir == NULL)
		return errno == ENOENT || errno == ENOTDIR ||
		    errno == ELOOP ? 0 : -1;
	if (fstat(dirfd(dir), &st) == 0 && later(&st.st_mtim, &c->latest))
		c->latest = st.st_mtim;
	while (!only_time && (e = readdir(dir)) != NULL)
		count_message(c, dirfd(dir), e);
	closedir(dir);
	return 0;
}

static int
count_folder(struct count *c, int root, const char *name, bool only_time)
{
	int fd = open_dir(root, name);
	int r = -1;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR ||
		    errno == ELOOP ? 0 : -1;
	if (count_dir(c, fd, "new", only_time) == 0)
		r = count_dir(c, fd, "cur", only_time);
	close(fd);
	return r;
}

static bool
is_folder(const char *name)
{
	return name[0] == '.' && name[1] != '\0' && name[1] != '.' &&
	    strcmp(name, ".Trash") != 0;
}

static int
count_all(struct count *c, int root, bool only_time)
{
	struct dirent *e;
	int folders = 0;
	int r = count_folder(c, root, ".", only_time);
	DIR *dir = r == 0 ? list(root, ".") : NULL;

	if (dir == NULL)
		return -1;
	while (r == 0 && folders < FOLDERS_MAX && (e = readdir(dir)) != NULL)
		if (is_folder(e->d_name)) {
			r = count_folder(c, root, e->d_name, only_time);
			if (r == -1 && errno == EACCES)
				r = 0;	/* must not hold up the mail */
			folders++;
		}
	closedir(dir);
	return r;
}

/* ---- writing ---- */

/* "bytes count", blanks up to a fixed length, new line. */
static void
write_line(struct buf *b, const struct quota_sum *s)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%lld %lld",
	    (long long)s->bytes, (long long)s->count);

	buf_str(b, line);
	for (; n < QUOTA_LINE - 1; n++)
		buf_char(b, ' ');
	buf_char(b, '\n');
}

static int
write_file(int fd, const struct quota *q)
{
	struct buf b;
	int r = -1;

	buf_init(&b, QUOTA_FILE_MAX);
	buf_str(&b, q->spec);
	buf_char(&b, '\n');
	write_line(&b, &q->sum);
	if (b.err == 0 && write_all(fd, b.p, b.len) == 0)
		r = fsync(fd);
	buf_free(&b);
	return r;
}

static int
replace(const struct quota *q)
{
	char tmp[64];
	struct timespec ts;
	int fd;
	int r;

	clock_gettime(CLOCK_REALTIME, &ts);
	snprintf(tmp, sizeof tmp, "tmp/%lld.M%ldP%ld.maildirsize",
	    (long long)ts.tv_sec, ts.tv_nsec / 1000, (long)getpid());
	fd = openat(q->root, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return -1;
	r = write_file(fd, q);
	close(fd);
	if (r == 0)
		r = renameat(q->root, tmp, q->root, file_name);
	if (r == -1) {
		int err = errno;

		(void)unlinkat(q->root, tmp, 0);
		errno = err;
	}
	return r;
}

int
quota_recount(struct quota *q)
{
	for (int tries = 0; tries < RECOUNTS_MAX; tries++) {
		struct count before = { 0 }, after = { 0 };

		if (count_all(&before, q->root, false) == -1)
			return -1;
		q->sum = before.sum;
		q->sum.lines = 1;
		q->fresh = true;
		if (replace(q) == -1 || count_all(&after, q->root, true) == -1)
			return -1;
		if (!later(&after.latest, &before.latest))
			break;	/* nobody changed anything meanwhile */
	}
	return 0;
}

/* The same where mail waits: a directory in the way must not hold it up. */
static int
count_anew(struct quota *q)
{
	return quota_recount(q) == -1 && errno != EISDIR ? -1 : 0;
}

/* ---- reading ---- */

/*
 * The file's text in room. Its length, 0 where there is none, or something else
 * than a file; -1 with errno.
 */
static ssize_t
read_file(const struct quota *q, char room[QUOTA_FILE_MAX], struct stat *st)
{
	int fd = openat(q->root, file_name, O_RDONLY | O_NONBLOCK |
	    O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = -1;
	int err;

	if (fd == -1)		/* none; a link; a socket */
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ?
		    0 : -1;
	if (fstat(fd, st) == 0)
		n = S_ISREG(st->st_mode) ?
		    read_full(fd, room, QUOTA_FILE_MAX) : 0;
	err = errno;
	close(fd);
	errno = err;
	return n;
}

static int
set_spec(struct quota *q, struct span spec)
{
	spec = span_trim(spec);
	if (span_to_cstr(spec, q->spec, sizeof q->spec) == -1 ||
	    quota_limit_parse(spec, &q->limit) == -1)
		return -1;
	q->limited = q->limit.bytes > 0 || q->limit.count > 0;
	return 0;
}

/*
 * Is the file one to be counted anew? One without sums has never been counted,
 * and one whose last line has no end was added to on a full disk.
 */
static bool
is_doubtful(struct span file, const struct quota_sum *sum)
{
	return file.len == QUOTA_FILE_MAX || file.p[file.len - 1] != '\n' ||
	    sum->lines == 0 || sum->bytes < 0 || sum->count < 0;
}

/* Was it written just now, by any clock? */
static bool
is_recent(const struct stat *st)
{
	time_t age = time(NULL) - st->st_mtime;

	return age > -QUOTA_TRUST_S && age < QUOTA_TRUST_S;
}

/* Reads maildirsize, or makes it. 0; -1 with errno. */
static int
load(struct quota *q, struct span fallback)
{
	char room[QUOTA_FILE_MAX];
	struct stat st = { .st_mode = 0 };
	struct span file, first;
	ssize_t n = read_file(q, room, &st);

	if (n == -1)
		return -1;
	file = (struct span){ room, (size_t)n };
	if (quota_file_parse(file, &first, &q->limit, &q->sum) == -1 ||
	    set_spec(q, first) == -1) {
		/* the limit is gone, if it ever was there */
		if (fallback.len == 0)
			return 0;
		return set_spec(q, fallback) == -1 ? -1 : count_anew(q);
	}
	q->fresh = q->sum.lines == 1 && is_recent(&st);
	return q->limited && is_doubtful(file, &q->sum) ? count_anew(q) : 0;
}

int
quota_open(struct quota *q, int fd, const char *path, struct span fallback)
{
	struct span name = maildir_name_folder(span_str(path));
	bool folder = name.len > 0 &&
	    faccessat(fd, MAILDIR_FOLDER_MARK, F_OK, 0) == 0;
	int err;

	*q = (struct quota){ .root = -1 };
	q->borrowed = !folder;
	q->root = folder ? open_dir(fd, "..") : fd;
	if (q->root == -1)
		return -1;
	q->uncounted = folder && span_is(name, ".Trash");
	if (load(q, fallback) == 0)
		return 0;
	err = errno;
	if (folder)
		close(q->root);
	q->root = -1;
	errno = err;
	return -1;
}

static bool
has_room(const struct quota *q, uint64_t size)
{
	int64_t bytes = q->sum.bytes > 0 ? q->sum.bytes : 0;
	int64_t count = q->sum.count > 0 ? q->sum.count : 0;

	return (q->limit.bytes == 0 || (size <= q->limit.bytes &&
	    (uint64_t)bytes <= q->limit.bytes - size)) &&
	    (q->limit.count == 0 || (uint64_t)count < q->limit.count);
}

int
quota_fits(struct quota *q, uint64_t size)
{
	struct quota_sum added = q->added;

	if (!q->limited || q->uncounted || has_room(q, size))
		return 1;
	if (q->fresh)
		return 0;
	if (count_anew(q) == -1)
		return -1;
	/* what is on its way but not yet to be seen */
	quota_sum_add(&q->sum, added.bytes, added.count);
	return has_room(q, size);
}

bool
quota_possible(const struct quota *q, uint64_t size)
{
	return q->limit.bytes == 0 || size <= q->limit.bytes;
}

void
quota_took(struct quota *q, uint64_t size)
{
	if (!q->limited || q->uncounted)
		return;
	quota_sum_add(&q->sum, (int64_t)size, 1);
	quota_sum_add(&q->added, (int64_t)size, 1);
}

void
quota_gave_back(struct quota *q, uint64_t size)
{
	if (!q->limited || q->uncounted)
		return;
	quota_sum_add(&q->sum, -(int64_t)size, -1);
	quota_sum_add(&q->added, -(int64_t)size, -1);
}

static void
append_line(const struct quota *q)
{
	struct buf b;
	int fd = openat(q->root, file_name, O_WRONLY | O_APPEND |
	    O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return;		/* the next reader counts anew */
	buf_init(&b, 64);
	write_line(&b, &q->added);
	if (b.err == 0)
		(void)write_all(fd, b.p, b.len);
	buf_free(&b);
	close(fd);
}

void
quota_close(struct quota *q)
{
	if (q->root == -1)
		return;
	if (q->added.count != 0)
		append_line(q);
	if (!q->borrowed)
		close(q->root);
	q->root = -1;
}

int
quota_set(int fd, struct span spec)
{
	struct quota q = { .root = fd };

	return set_spec(&q, spec) == -1 ? -1 : quota_recount(&q);
}
