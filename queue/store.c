/* Reading the queue: listings, headers, envelopes, states. */
#include "queue/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "lib/os/in.h"
#include "lib/os/paths.h"

enum {
	PATH_ROOM = 4096,
	NAME_ROOM = 300,
	YOUNG_S = 60,		/* an empty file may be about to be locked */
};

static const char aside[] = "bad.";
static const char note[] = ".note";

int
store_dir(const char *name)
{
	char path[PATH_ROOM];
	int n = snprintf(path, sizeof path, "%s/%s", path_queue(), name);

	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- listing ---- */

int
store_list_open(struct store_list *l, int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	l->stream = fdopendir(fd);
	if (l->stream == NULL) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return 0;
}

static enum store_kind
kind_of(struct span name)
{
	if (queue_id_ok(name))
		return STORE_MESSAGE;
	if (name.len == QUEUE_ID_LEN + sizeof note - 1 &&
	    queue_id_ok(span_head(name, QUEUE_ID_LEN)) &&
	    span_is(span_tail(name, QUEUE_ID_LEN), note))
		return STORE_NOTE;
	if (name.p[0] == '.' && queue_id_ok(span_tail(name, 1)))
		return STORE_UNFINISHED;
	return STORE_FOREIGN;
}

int
store_list_next(struct store_list *l, struct store_entry *out)
{
	for (;;) {
		struct dirent *d;
		struct span name;

		errno = 0;
		d = readdir(l->stream);
		if (d == NULL)
			return errno == 0 ? 0 : -1;
		name = span_str(d->d_name);
		if (span_is(name, ".") || span_is(name, "..") ||
		    span_starts(name, span_str(aside)))
			continue;
		out->kind = kind_of(name);
		out->name = d->d_name;
		return 1;
	}
}

void
store_list_close(struct store_list *l)
{
	if (l->stream != NULL)
		closedir(l->stream);
	l->stream = NULL;
}

/*
 * Is the lock ours to take? A writer locks its file before the first byte, so
 * only an empty file may be between its creation and its lock.
 */
static int
writer_is_dead(int fd)
{
	struct stat st;
	int64_t now = (int64_t)(clock_wall_us() / 1000000);

	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ? 0 : -1;
	if (fstat(fd, &st) == -1)
		return -1;
	return st.st_size > 0 || now - st.st_mtime > YOUNG_S ||
	    st.st_mtime > now;
}

int
store_clean(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | QUEUE_FILE);
	int r;
	int err;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	r = writer_is_dead(fd);
	if (r == 1 && unlinkat(dir, name, 0) == -1)
		r = errno == ENOENT ? 0 : -1;
	err = errno;
	close(fd);
	errno = err;
	return r;
}

int
store_set_aside(int dir, const char *name)
{
	char to[NAME_ROOM];
	struct stat st;
	int n = snprintf(to, sizeof to, "%s%s", aside, name);

	if (n < 0 || (size_t)n >= sizeof to) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(dir, name, dir, to);
}

/* ---- one message ---- */

static enum store_found
bad(struct stored *s, const char *why)
{
	s->why = why;
	return STORE_BAD;
}

static enum store_found
read_header(struct stored *s)
{
	char room[QUEUE_HEADER_SIZE];
	struct stat st;
	ssize_t n;

	if (fstat(s->fd, &st) == -1)
		return STORE_TROUBLE;
	if (!S_ISREG(st.st_mode))
		return bad(s, "not a regular file");
	n = pread_full(s->fd, room, sizeof room, 0);
	if (n == -1)
		return STORE_TROUBLE;
	if ((size_t)n < sizeof room)
		return bad(s, "too short for a header");
	if (queue_header_read(room, (uint64_t)st.st_size, &s->header) == -1)
		return bad(s, "no valid header");
	return STORE_OK;
}

enum store_found
store_find(int dir, const char *name, struct stored *out)
{
	int fd = openat(dir, name, O_RDONLY | QUEUE_FILE);

	if (fd != -1)
		return store_adopt(fd, out);
	*out = (struct stored){ .fd = -1, .why = "" };
	if (errno == ENOENT)
		return STORE_GONE;
	return errno == EISDIR || errno == ELOOP || errno == ENXIO ?
	    bad(out, "not a regular file") : STORE_TROUBLE;
}

enum store_found
store_adopt(int fd, struct stored *out)
{
	enum store_found r;
	int err;

	*out = (struct stored){ .fd = fd, .why = "" };
	r = read_header(out);
	if (r != STORE_OK) {
		err = errno;
		close(out->fd);
		out->fd = -1;
		errno = err;
	}
	return r;
}

static int
read_range(int fd, uint64_t at, size_t len, struct buf *to)
{
	char *room;
	ssize_t n;

	buf_reset(to);
	room = buf_reserve(to, len);
	if (room == NULL) {
		errno = to->err;
		return -1;
	}
	n = pread_full(fd, room, len, at);
	if (n == -1)
		return -1;
	if ((size_t)n < len) {
		errno = EPROTO;
		return -1;
	}
	to->len = len;
	return 0;
}

int
store_read_envelope(const struct stored *s, struct buf *to)
{
	return read_range(s->fd, queue_envelope_offset(&s->header),
	    s->header.envelope_len, to);
}

int
store_read_states(const struct stored *s, struct buf *to)
{
	return read_range(s->fd, queue_states_offset(&s->header),
	    s->header.recipients, to);
}
