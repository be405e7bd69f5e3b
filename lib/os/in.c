/* Buffered input: lines with strict ends, or whatever is there. */
#include "lib/os/in.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
in_init(struct in *in, int fd, struct out *owed)
{
	in->fd = fd;
	in->owed = owed;
	in->at = in->len = 0;
	in->timed = false;
}

void
in_timed(struct in *in, int64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	in->timed = setsockopt(in->fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof tv) == 0;
}

bool
in_pending(const struct in *in)
{
	return in->at < in->len;
}

static int
wait_for_input(struct in *in, struct deadline d)
{
	return in->owed != NULL ? out_wait(in->owed, in->fd, POLLIN, d) :
	    deadline_wait(in->fd, POLLIN, d);
}

/*
 * Waits, then reads. A socket that times its reads itself needs no poll, until
 * it turns out not to wait at all, being non-blocking.
 */
static ssize_t
wait_and_read(struct in *in, struct deadline d)
{
	for (;;) {
		bool timed = in->timed && !deadline_passed(d);
		ssize_t n;

		if (!timed && wait_for_input(in, d) == -1)
			return -1;
		n = read(in->fd, in->bytes + in->len, IN_SIZE - in->len);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n;
		if (errno == EAGAIN)
			in->timed = false;
	}
}

/* Reads more behind the unread bytes. 1; 0 end; -1 errno. Needs room. */
static int
fill(struct in *in, struct deadline d)
{
	ssize_t n;

	if (in->at > 0) {
		memmove(in->bytes, in->bytes + in->at, in->len - in->at);
		in->len -= in->at;
		in->at = 0;
	}
	if (in->owed != NULL && in->owed->len > 0 &&
	    out_flush(in->owed) == -1)
		return -1;
	n = wait_and_read(in, d);
	if (n > 0)
		in->len += (size_t)n;
	return n > 0 ? 1 : (int)n;
}

/* Drops input up to and with the next LF, which must come in time. */
static int
skip_line(struct in *in, struct deadline d)
{
	for (;;) {
		struct span rest = { in->bytes + in->at, in->len - in->at };
		size_t lf = span_find(rest, '\n');
		int r;

		in->at += lf < rest.len ? lf + 1 : lf;
		if (lf < rest.len)
			return 1;
		if (deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
		if ((r = fill(in, d)) != 1)
			return r;
	}
}

static int
refuse_line(struct in *in, int err, struct deadline d)
{
	int r = skip_line(in, d);

	if (r == 1)
		errno = err;
	return r == 1 ? -1 : r;
}

/* Without its line end; false when a CR or LF stands where none may. */
static bool
strip_end(struct span *line, enum in_line_end end)
{
	line->len--;		/* the LF */
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	else if (end == IN_CRLF)
		return false;
	return span_find(*line, '\r') == line->len;
}

int
in_line(struct in *in, struct span *line, size_t max, enum in_line_end end,
    struct deadline d)
{
	size_t seen = 0;	/* bytes known to hold no LF */

	for (;;) {
		struct span rest = { in->bytes + in->at, in->len - in->at };
		struct span fresh = span_tail(rest, seen);
		size_t lf = span_find(fresh, '\n');
		int r;

		if (seen + lf >= max)
			return refuse_line(in, EMSGSIZE, d);
		if (lf < fresh.len) {
			*line = span_head(rest, seen + lf + 1);
			in->at += line->len;
			if (strip_end(line, end))
				return 1;
			errno = EPROTO;
			return -1;
		}
		seen = rest.len;
		if ((r = fill(in, d)) != 1)
			return r;
	}
}

int
in_some(struct in *in, struct span *some, size_t max, struct deadline d)
{
	int r;

	if (in->at == in->len) {
		in->at = in->len = 0;
		if ((r = fill(in, d)) != 1)
			return r;
	}
	*some = (struct span){ in->bytes + in->at, in->len - in->at };
	*some = span_head(*some, max);
	in->at += some->len;
	return 1;
}

void
in_unread(struct in *in, size_t n)
{
	in->at -= n;
}

ssize_t
read_some(int fd, void *p, size_t len)
{
	for (;;) {
		ssize_t n = read(fd, p, len);

		if (n >= 0)
			return n;
		if (errno == EAGAIN &&
		    deadline_wait(fd, POLLIN, deadline_never()) == 0)
			continue;
		if (errno != EINTR)
			return -1;
	}
}

ssize_t
read_full(int fd, void *p, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)p + done, len - done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t
pread_full(int fd, void *p, size_t len, uint64_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)p + done, len - done,
		    (off_t)(at + done));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}
