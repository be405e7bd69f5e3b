/*
 * One connection to a mail exchanger. A line that is longer than its limit is
 * read to its end and kept up to the limit; a reply that never ends meets the
 * limit on lines, or the deadline, which does not move while bytes trickle in.
 */
#include "remote/peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net/connect.h"

enum { SKIP_MAX = 65536 };	/* bytes of an overlong line */

void
peer_init(struct peer *p, int lifeline)
{
	p->fd = -1;
	p->lifeline = lifeline;
	p->at = p->len = p->owed = 0;
	p->heard = false;
	p->ip = (struct ip){ 0 };
	p->port = 0;
	p->name[0] = '\0';
}

int
peer_connect(struct peer *p, const struct ip *ip, uint16_t port,
    const struct ip *from, struct deadline d)
{
	peer_close(p);
	p->ip = *ip;
	p->port = port;
	ip_format(ip, p->name);
	p->fd = tcp_connect(ip, port, from, p->lifeline, d);
	return p->fd == -1 ? -1 : 0;
}

void
peer_close(struct peer *p)
{
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	p->at = p->len = p->owed = 0;
	p->heard = false;
}

bool
peer_pending(const struct peer *p)
{
	return p->at < p->len;
}

static enum peer_event
event_of_errno(void)
{
	return errno == ETIMEDOUT ? PEER_TIMEOUT :
	    errno == ECANCELED ? PEER_ABANDON : PEER_CLOSED;
}

/* ---- out ---- */

size_t
peer_room(const struct peer *p)
{
	return PEER_OUT - p->owed;
}

void
peer_put(struct peer *p, struct span s)
{
	s = span_head(s, peer_room(p));
	if (s.len > 0)
		memcpy(p->out + p->owed, s.p, s.len);
	p->owed += s.len;
}

enum peer_event
peer_flush(struct peer *p, int64_t stall_ms, struct deadline d)
{
	size_t done = 0;

	p->heard = p->heard && p->owed == 0;
	while (done < p->owed) {
		ssize_t n = send(p->fd, p->out + done, p->owed - done,
		    MSG_NOSIGNAL);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN) {
			if (wait_with_lifeline(p->fd, POLLOUT, p->lifeline,
			    deadline_min(d, deadline_in_ms(stall_ms))) == -1)
				return event_of_errno();
		} else if (errno != EINTR)
			return PEER_CLOSED;
	}
	p->owed = 0;
	return PEER_OK;
}

enum peer_event
peer_send(struct peer *p, int64_t stall_ms, struct deadline d)
{
	struct deadline now = { 0 };

	if (peer_pending(p))
		return PEER_TALKS;
	if (wait_with_lifeline(p->fd, POLLIN, p->lifeline, now) == 0)
		return PEER_TALKS;
	if (errno == ECANCELED)
		return PEER_ABANDON;
	return peer_flush(p, stall_ms, d);
}

/* ---- in ---- */

/*
 * What came is only a part of what is to come: acknowledge it at once, or a
 * server that writes its replies one by one waits for that (RFC 896).
 */
static void
acknowledge(struct peer *p)
{
	int on = 1;

	if (p->heard)
		(void)setsockopt(p->fd, IPPROTO_TCP, TCP_QUICKACK, &on,
		    sizeof on);
	p->heard = true;
}

static enum peer_event
fill(struct peer *p, struct deadline d)
{
	ssize_t n;

	acknowledge(p);
	if (p->at > 0) {
		memmove(p->in, p->in + p->at, p->len - p->at);
		p->len -= p->at;
		p->at = 0;
	}
	do {
		if (wait_with_lifeline(p->fd, POLLIN, p->lifeline, d) == -1)
			return event_of_errno();
		n = read(p->fd, p->in + p->len, PEER_IN - p->len);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n <= 0)
		return PEER_CLOSED;
	p->len += (size_t)n;
	return PEER_OK;
}

/* Drops the rest of a line whose front has been copied. */
static enum peer_event
skip_line(struct peer *p, struct deadline d)
{
	size_t skipped = 0;

	for (;;) {
		struct span rest = { p->in + p->at, p->len - p->at };
		size_t lf = span_find(rest, '\n');
		enum peer_event e;

		skipped += lf;
		p->at += lf < rest.len ? lf + 1 : lf;
		if (lf < rest.len)
			return PEER_OK;
		if (skipped > SKIP_MAX)
			return PEER_GARBAGE;
		if ((e = fill(p, d)) != PEER_OK)
			return e;
	}
}

/* A line without its CR LF (LF alone is taken too), cut to room. */
static enum peer_event
read_line(struct peer *p, char room[REPLY_LINE_MAX], struct span *line,
    struct deadline d)
{
	size_t seen = 0;
	enum peer_event e;

	for (;;) {
		struct span rest = { p->in + p->at, p->len - p->at };
		size_t lf = seen + span_find(span_tail(rest, seen), '\n');

		if (lf < rest.len || rest.len >= REPLY_LINE_MAX) {
			*line = span_head(rest, lf < REPLY_LINE_MAX ? lf :
			    REPLY_LINE_MAX);
			memcpy(room, line->p, line->len);
			line->p = room;
			p->at += line->len;
			e = skip_line(p, d);
			*line = span_trim_end(*line);
			return e;
		}
		seen = rest.len;
		if ((e = fill(p, d)) != PEER_OK)
			return e;
	}
}

enum peer_event
peer_reply(struct peer *p, struct reply *r, struct offers *o,
    struct deadline d)
{
	char room[REPLY_LINE_MAX];

	reply_start(r);
	for (;;) {
		struct span line, said;
		enum peer_event e = read_line(p, room, &line, d);
		enum parse found;

		if (e != PEER_OK)
			return e;
		found = reply_add(r, line, &said);
		if (found == PARSE_BAD)
			return PEER_GARBAGE;
		if (o != NULL && r->lines > 1)
			offers_add(o, said);
		if (found == PARSE_OK)
			return PEER_OK;
	}
}
