/* The message itself: looked through once before MAIL, sent after DATA. */
#ifndef REMOTE_BODY_H
#define REMOTE_BODY_H

#include "remote/client.h"

struct content {
	uint64_t wire_size;	/* with CR LF line ends, about: RFC 1870 */
	bool eight_bit;		/* bytes over 127 anywhere */
	bool header_eight_bit;	/* in the header */
	bool in_block;		/* all of it is in the client's block */
};

/* Looks through m. 0; -1 with errno when it cannot be read. */
int content_scan(struct client *c, const struct message *m,
    struct content *out);

enum body_result {
	BODY_SENT,		/* and the final dot */
	BODY_UNREADABLE,	/* the message: errno; the peer has no dot */
	BODY_FAILED,		/* *event; the peer has no dot */
};

/* Sends m and the final dot. */
enum body_result body_send(struct client *c, const struct message *m,
    struct content *content, struct deadline end,
    enum peer_event *event);

#endif
