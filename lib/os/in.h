/*
 * Buffered input with deadlines. A read that would block first flushes the
 * output tied to it (RFC 2920 section 3.2).
 */
#ifndef LIB_OS_IN_H
#define LIB_OS_IN_H

#include <sys/types.h>

#include "lib/base/span.h"
#include "lib/os/deadline.h"
#include "lib/os/out.h"

enum { IN_SIZE = 8192 };

enum in_line_end {
	IN_CRLF,		/* the network: CR LF and nothing else */
	IN_LF_OK		/* sendmail -bs: LF as well */
};

struct in {
	int fd;
	struct out *owed;	/* flushed before a wait; may be NULL */
	bool timed;		/* see in_timed */
	size_t at, len;		/* unread bytes are bytes[at..len) */
	char bytes[IN_SIZE];
};

void in_init(struct in *in, int fd, struct out *owed);

/*
 * Lets the socket time its reads out by itself after ms, which saves a system
 * call each time; a deadline that is nearer is then noticed up to ms late.
 * Does nothing for what is no socket.
 */
void in_timed(struct in *in, int64_t ms);

/*
 * Reads one line of at most max (<= IN_SIZE) bytes, its line end counted but
 * not returned. line points into in's buffer and lives until the next call.
 * 1 a line; 0 end of input (also in the middle of a line); -1 errno:
 * ETIMEDOUT, EMSGSIZE (the rest of the line is skipped), EPROTO for a bare CR
 * or LF (RFC 5321 section 2.3.8), which is skipped with its line.
 */
int in_line(struct in *in, struct span *line, size_t max,
    enum in_line_end end, struct deadline d);

/*
 * Whatever bytes are there, at least one, at most max; they count as read.
 * 1; 0 end of input; -1 errno.
 */
int in_some(struct in *in, struct span *some, size_t max, struct deadline d);

/* Gives back the last n bytes of what in_some returned. */
void in_unread(struct in *in, size_t n);

/* Is there unread input in the buffer (pipelined by the peer)? */
bool in_pending(const struct in *in);

/*
 * One read of at most len bytes, which waits also where the descriptor's owner
 * made it non-blocking, and goes on after signals. How many; 0 at the end of
 * input; -1 with errno.
 */
ssize_t read_some(int fd, void *p, size_t len);

/*
 * Reads up to len bytes into p, retrying after signals.
 * How many (less only at the end of input); -1 with errno.
 */
ssize_t read_full(int fd, void *p, size_t len);
ssize_t pread_full(int fd, void *p, size_t len, uint64_t at);

#endif
