/*
 * One connection to a mail exchanger: lines in, blocks out, both with
 * deadlines, both given up when the lifeline (our own client) hangs up.
 */
#ifndef REMOTE_PEER_H
#define REMOTE_PEER_H

#include "lib/net/ip.h"
#include "lib/os/deadline.h"
#include "remote/reply.h"

enum {
	PEER_IN = REPLY_LINE_MAX * 2,
	PEER_OUT = 32768,
};

struct peer {
	int fd;			/* -1: not connected */
	int lifeline;		/* -1: none */
	struct ip ip;
	uint16_t port;
	char name[IP_TEXT_MAX];	/* the address as text; "": none so far */
	bool heard;		/* something since we last sent */
	size_t at, len;		/* unread bytes are in[at..len) */
	size_t owed;		/* bytes of out not sent yet */
	char in[PEER_IN];
	char out[PEER_OUT];
};

void peer_init(struct peer *p, int lifeline);

/*
 * Connects to ip:port from the address from (family 0: any).
 * 0; -1 with errno, as tcp_connect.
 */
int peer_connect(struct peer *p, const struct ip *ip, uint16_t port,
    const struct ip *from, struct deadline d);
void peer_close(struct peer *p);

/*
 * What happened while waiting for a peer. Errors are told apart because they
 * are told to the sender.
 */
enum peer_event {
	PEER_OK,
	PEER_CLOSED,		/* it hung up, or the connection broke */
	PEER_TIMEOUT,
	PEER_GARBAGE,		/* not SMTP, or out of every limit */
	PEER_ABANDON,		/* the lifeline is gone */
	PEER_TALKS,		/* it speaks while we do (peer_send only) */
};

/* Adds to out what fits; the rest is for the caller to count. */
size_t peer_room(const struct peer *p);
void peer_put(struct peer *p, struct span s);

/* Sends what is owed, each wait at most stall_ms, all by d. */
enum peer_event peer_flush(struct peer *p, int64_t stall_ms,
    struct deadline d);
/*
 * The same in the middle of a message, where a peer has nothing to say:
 * PEER_TALKS when it does. Looks before it writes.
 */
enum peer_event peer_send(struct peer *p, int64_t stall_ms,
    struct deadline d);

/* Reads a whole reply. o, when not NULL, collects what its lines offer. */
enum peer_event peer_reply(struct peer *p, struct reply *r, struct offers *o,
    struct deadline d);

/* Are there bytes that nobody asked for in the buffer? */
bool peer_pending(const struct peer *p);

#endif
