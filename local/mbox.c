/*
 * mbox: a From_ line, our two lines, the message with ">" before every line
 * that is "From " or ">From " or ">>From " ..., an empty line. The file is
 * locked with fcntl(2) first, then by a dot file; in the other order a reader
 * that does the same could wait for us, and we for it.
 */
#include "local/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "lib/os/dotlock.h"
#include "lib/os/out.h"
#include "local/lines.h"
#include "local/mboxlock.h"

enum { PIECE = 16384, LOCK_MS = 30000, RETRY_MS = 200, STALL_MS = 60000 };

/* ---- writing ---- */

/* Where in a line we are, as far as >From quoting goes. */
struct quoting {
	enum { LINE_START, IN_ARROWS, IN_FROM, IN_LINE } state;
	size_t arrows;		/* held back: ">" ... */
	size_t matched;		/* ... and so much of "From " */
};

static const char from[] = "From ";

static void
let_go(struct quoting *q, struct out *o)
{
	for (; q->arrows > 0; q->arrows--)
		out_add(o, ">", 1);
	out_add(o, from, q->matched);
	q->matched = 0;
	q->state = IN_LINE;
}

static void
put(struct quoting *q, struct out *o, char c)
{
	if (q->state == LINE_START)
		q->state = IN_ARROWS;
	if (q->state == IN_ARROWS && c == '>') {
		q->arrows++;
		return;
	}
	if (q->state != IN_LINE && c == from[q->matched]) {
		q->state = IN_FROM;
		if (++q->matched == sizeof from - 1) {
			out_add(o, ">", 1);
			let_go(q, o);
		}
		return;
	}
	if (q->state != IN_LINE)
		let_go(q, o);
	out_add(o, &c, 1);
	if (c == '\n')
		q->state = LINE_START;
}

static void
put_all(struct quoting *q, struct out *o, struct span s)
{
	while (s.len > 0) {
		size_t n = 1;

		if (q->state == IN_LINE) {	/* the rest of it at once */
			n = span_find(s, '\n');
			if (n < s.len)
				n++;
			out_span(o, span_head(s, n));
			if (s.p[n - 1] == '\n')
				q->state = LINE_START;
		} else {
			put(q, o, s.p[0]);
		}
		s = span_tail(s, n);
	}
}

static int
write_lines(const struct job *j, struct out *o)
{
	struct buf b;
	struct span s;
	int r;

	buf_init(&b, 8 * WORK_ADDRESS_MAX);
	line_from(&b, j, clock_wall_us());
	line_return_path(&b, j);
	line_delivered_to(&b, j);
	r = buf_get(&b, &s);
	if (r == 0)
		out_span(o, s);
	buf_free(&b);
	return r;
}

static int
write_message(const struct job *j, struct out *o)
{
	static char room[PIECE];
	struct quoting q = { .state = LINE_START };
	uint64_t at = 0;
	char last = '\n';
	ssize_t n;

	if (write_lines(j, o) == -1)
		return -1;
	for (; (n = job_piece(j, at, room, PIECE)) > 0; at += (uint64_t)n) {
		put_all(&q, o, (struct span){ room, (size_t)n });
		last = room[n - 1];
	}
	if (n == -1)
		return -1;
	let_go(&q, o);
	out_str(o, last == '\n' ? "\n" : "\n\n");
	return out_flush(o);
}

/* A message must begin at the start of a line, whatever crashed before us. */
static int
end_last_line(int fd, off_t size, struct out *o)
{
	char c;

	if (size == 0)
		return 0;
	if (pread(fd, &c, 1, size - 1) != 1)
		return -1;
	if (c != '\n')
		out_str(o, "\n");
	return 0;
}

/* With its last slash; "." without one. */
static struct span
path_dir(const char *path)
{
	struct span s = span_str(path);
	size_t slash = span_rfind(s, '/');

	return slash == s.len ? SPAN(".") : span_head(s, slash + 1);
}

/*
 * The file may be new: its name lies in the directory, if we may open that.
 * 0; -1 with errno.
 */
static int
sync_name(const char *path)
{
	char dir[PATH_MAX];
	int fd;
	int r;

	if (span_to_cstr(path_dir(path), dir, sizeof dir) == -1)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd == -1 ? 0 : fsync(fd);
	if (fd != -1)
		close(fd);
	return r;
}

static int
append(const struct job *j, int fd, const char *path)
{
	static struct out o;
	struct stat st;
	int err;

	if (fstat(fd, &st) == -1)
		return -1;
	out_init(&o, fd, STALL_MS);
	if (end_last_line(fd, st.st_size, &o) == 0 &&
	    write_message(j, &o) == 0 && fsync(fd) == 0 &&
	    (st.st_size > 0 || sync_name(path) == 0))
		return 0;
	err = errno;
	while (ftruncate(fd, st.st_size) == -1 && errno == EINTR)
		continue;
	errno = err;
	return -1;
}

/* ---- opening and locking ---- */

static bool
is_dev_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int
lock_file(int fd, struct deadline d)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	while (fcntl(fd, F_SETLK, &l) == -1) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -1;
		if (deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)deadline_wait(-1, 0, deadline_min(d,
		    deadline_in_ms(RETRY_MS)));
	}
	return 0;
}

/*
 * The dot lock: by ourselves where we may write to the directory, by the
 * set-gid helper in the mail spool, and elsewhere none: nobody else could
 * make one there either. 0; -1 with errno.
 */
static int
lock_name(const char *path, struct deadline d, struct mbox_lock *l)
{
	l->pid = 0;
	l->dot = dotlock_take(AT_FDCWD, path, DOTLOCK_STALE_SECONDS, d) == 0;
	if (l->dot)
		return 0;
	if (errno != EACCES && errno != EPERM && errno != EROFS)
		return -1;
	if (mboxlock_covers(path))
		return mboxlock_take(path, d, l);
	return 0;
}

static void
unlock_name(const char *path, struct mbox_lock *l)
{
	if (l->dot)
		dotlock_drop(AT_FDCWD, path);
	else if (l->pid != 0)
		mboxlock_drop(l);
}

static int
open_mbox(const char *path)
{
	return open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC, 0600);
}

static int
say(struct verdict *v, const char *what, const char *path)
{
	verdict_errno(v, "4.2.1", "Unable to %s %.200s", what, path);
	return -1;
}

/* Has nobody put another file into its place while we waited? */
static bool
is_still(const char *path, int fd)
{
	struct stat a, b;

	if (fstat(fd, &a) == -1 || stat(path, &b) == -1)
		return false;
	if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return true;
	errno = EAGAIN;
	return false;
}

/* With the file open and its name locked. */
static int
deliver(const struct job *j, int fd, const char *path, struct deadline d,
    struct verdict *v)
{
	struct mbox_lock l;
	int r;

	if (lock_file(fd, d) == -1 || lock_name(path, d, &l) == -1)
		return say(v, "lock", path);
	r = is_still(path, fd) ? append(j, fd, path) : -1;
	if (r == -1)
		say(v, "write to", path);
	unlock_name(path, &l);
	return r;
}

int
mbox_deliver(const struct job *j, const char *path, struct verdict *v)
{
	struct deadline d = deadline_in_ms(LOCK_MS);
	struct stat st;
	int fd = open_mbox(path);
	int r = 0;

	if (fd == -1 && errno == EACCES && mboxlock_covers(path) &&
	    mboxlock_create(path, d) == 0)
		fd = open_mbox(path);
	if (fd == -1 || fstat(fd, &st) == -1) {
		say(v, "open", path);
		r = -1;
	} else if (is_dev_null(&st)) {
		r = 0;
	} else if (!S_ISREG(st.st_mode)) {
		verdict_set(v, WORK_LATER, "4.2.1",
		    "Not a regular file: %.200s.", path);
		r = -1;
	} else {
		r = deliver(j, fd, path, d, v);
	}
	if (fd != -1)
		close(fd);
	return r;
}
