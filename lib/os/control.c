/* Control files: first line, number, list. */
#include "lib/os/control.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/paths.h"

int
control_open(void)
{
	return open(path_control(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * Reads all of a file, whose size is expected to be size: then one read is
 * enough, since a short one is the end.
 */
static int
read_to_end(int fd, size_t size, struct buf *out)
{
	if (size > out->max) {
		errno = EMSGSIZE;
		return -1;
	}
	for (;;) {
		size_t room = out->len < size ? size - out->len + 1 : 4096;
		char *to;
		ssize_t n;

		if (room > out->max - out->len)
			room = out->max - out->len;
		to = room > 0 ? buf_reserve(out, room) : NULL;
		if (to == NULL) {
			errno = out->err != 0 ? out->err : EMSGSIZE;
			return -1;
		}
		n = read(fd, to, room);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		out->len += (size_t)n;
		if ((size_t)n < room)
			return 0;
	}
}

int
control_bytes(int dir, const char *name, struct buf *out)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int r;
	int err;

	buf_reset(out);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == -1)
		st.st_mode = 0;
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	r = read_to_end(fd, st.st_size > 0 ? (size_t)st.st_size : 0, out);
	err = errno;
	close(fd);
	errno = err;
	return r == -1 ? -1 : 1;
}

int
control_line(int dir, const char *name, struct buf *out)
{
	int r = control_bytes(dir, name, out);
	struct span all;

	if (r != 1)
		return r;
	if (buf_get(out, &all) == -1)
		return -1;
	out->len = span_trim_end(span_cut(&all, '\n')).len;
	return 1;
}

int
control_num(int dir, const char *name, uint64_t max, uint64_t *out)
{
	struct buf line;
	struct span s;
	int r;

	buf_init(&line, CONTROL_MAX);
	r = control_line(dir, name, &line);
	if (r == 1 && (buf_get(&line, &s) == -1 ||
	    num_parse(span_trim(s), max, out) == -1))
		r = -1;
	buf_free(&line);
	return r;
}

int
control_list(int dir, const char *name, struct buf *out)
{
	int r = control_bytes(dir, name, out);
	struct span all;
	size_t kept = 0;

	if (r != 1)
		return r;
	buf_char(out, '\n');	/* room for the NUL of a last, unended line */
	if (buf_get(out, &all) == -1)
		return -1;
	while (all.len > 0) {
		struct span line = span_trim_end(span_cut(&all, '\n'));

		if (line.len == 0 || line.p[0] == '#')
			continue;
		for (size_t i = 0; i < line.len; i++)
			out->p[kept++] = line.p[i];
		out->p[kept++] = '\0';
	}
	out->len = kept;
	return 1;
}

int
control_default(int dir, const char *name, const char *fallback,
    const char *literal, struct buf *out)
{
	int r = control_line(dir, name, out);

	if (r == 0 && fallback != NULL)
		r = control_line(dir, fallback, out);
	if (r == 0) {
		buf_reset(out);
		buf_str(out, literal);
		r = out->err == 0 ? 1 : -1;
	}
	return r == -1 ? -1 : 0;
}

bool
control_next(struct span *list, struct span *entry)
{
	if (list->len == 0)
		return false;
	*entry = span_cut(list, '\0');
	return true;
}
