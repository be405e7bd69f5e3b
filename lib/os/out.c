/* Buffered output: one write when full or flushed, one wait when blocked. */
#include "lib/os/out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"

enum { SHORT_MAX = 128 };

void
out_init(struct out *o, int fd, int64_t stall_ms)
{
	o->fd = fd;
	o->err = 0;
	o->plain = o->pipe = false;
	o->stall_ms = stall_ms;
	o->meanwhile = NULL;
	o->len = 0;
}

void
out_meanwhile(struct out *o, void (*f)(void *arg), void *arg)
{
	o->meanwhile = f;
	o->arg = arg;
}

int
out_wait(struct out *o, int fd, short events, struct deadline d)
{
	for (;;) {
		struct deadline minute = d;

		if (o->meanwhile != NULL) {
			o->meanwhile(o->arg);
			minute = deadline_min(d,
			    deadline_in_ms(OUT_MINUTE_MS));
		}
		if (deadline_wait(fd, events, minute) == 0)
			return 0;
		if (errno != ETIMEDOUT || deadline_passed(d))
			return -1;
	}
}

static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* As write(2), of what does not have to wait; -1 with EAGAIN. */
static ssize_t
put_in_pipe(int fd, const char *p, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int r = poll(&pfd, 1, 0);

	if (r == 0)
		errno = EAGAIN;
	if (r != 1)
		return -1;
	return write(fd, p, len < PIPE_BUF ? len : PIPE_BUF);
}

/*
 * A socket or pipe is never waited for in the write itself, blocking or not: a
 * peer that takes nothing and stays would hold us for ever.
 */
static ssize_t
put(struct out *o, const char *p, size_t len)
{
	if (!o->plain) {
		ssize_t n = send(o->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n != -1 || errno != ENOTSOCK)
			return n;
		o->plain = true;
		o->pipe = o->stall_ms >= 0 && is_pipe(o->fd);
	}
	return o->pipe ? put_in_pipe(o->fd, p, len) : write(o->fd, p, len);
}

static void
drain(struct out *o, const char *p, size_t len)
{
	while (len > 0 && o->err == 0) {
		ssize_t n = put(o, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct deadline d = o->stall_ms < 0 ?
			    deadline_never() : deadline_in_ms(o->stall_ms);

			if (out_wait(o, o->fd, POLLOUT, d) == -1)
				o->err = errno;
		} else if (errno != EINTR) {
			o->err = errno;
		}
	}
}

/* Copies len bytes of SIZE to 2 * SIZE as two pieces that overlap. */
#define COPY_PIECES(to, from, len, size) do {				\
	memcpy(to, from, size);						\
	memcpy(to + len - size, from + len - size, size);		\
} while (0)

/*
 * Most of what is written is short, and memcpy(3) of the static programs takes
 * longer to start than to copy that; with a constant size it is no call.
 */
static void
copy(char *to, const char *from, size_t len)
{
	if (len > SHORT_MAX) {
		memcpy(to, from, len);
		return;
	}
	for (; len > 32; len -= 16, to += 16, from += 16)
		memcpy(to, from, 16);
	if (len >= 16)
		COPY_PIECES(to, from, len, 16);
	else if (len >= 8)
		COPY_PIECES(to, from, len, 8);
	else if (len >= 4)
		COPY_PIECES(to, from, len, 4);
	else if (len >= 2)
		COPY_PIECES(to, from, len, 2);
	else if (len == 1)
		*to = *from;
}

void
out_add(struct out *o, const void *p, size_t len)
{
	if (len > OUT_SIZE - o->len) {
		drain(o, o->bytes, o->len);
		o->len = 0;
	}
	if (len >= OUT_SIZE) {
		drain(o, p, len);
		return;
	}
	copy(o->bytes + o->len, p, len);
	o->len += len;
}

void
out_str(struct out *o, const char *s)
{
	out_add(o, s, strlen(s));
}

void
out_span(struct out *o, struct span s)
{
	out_add(o, s.p, s.len);
}

void
out_num(struct out *o, uint64_t n)
{
	char digits[NUM_DIGITS];

	out_span(o, num_format(n, digits));
}

int
out_flush(struct out *o)
{
	drain(o, o->bytes, o->len);
	o->len = 0;
	if (o->err != 0) {
		errno = o->err;
		return -1;
	}
	return 0;
}

int
write_all(int fd, const void *p, size_t len)
{
	const char *at = p;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
