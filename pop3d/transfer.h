/* Messages on their way to a POP3 client: CR LF line ends, dots doubled. */
#ifndef POP3D_TRANSFER_H
#define POP3D_TRANSFER_H

#include "lib/os/out.h"

/* Where a message stands while it passes; start from { .at_line_start = true }. */
struct transfer {
	bool at_line_start, saw_cr, in_body, line_empty, ended;
	uint64_t body_lines;	/* that may still follow (TOP) */
	bool limited;		/* TOP, not RETR */
	bool ascii_header;	/* the client did not say UTF8 */
	struct span head;	/* goes ahead of a file that can be read */
	bool begun;		/* it went */
};

void transfer_start(struct transfer *t);
/* Only the header, the empty line and n lines of the body (RFC 1939 TOP). */
void transfer_limit(struct transfer *t, uint64_t lines);
/* Passes bytes of the stored message on. */
void transfer_bytes(struct transfer *t, struct span bytes, struct out *o);
/* Ends the last line if the message did not, then the lone dot. */
void transfer_end(struct transfer *t, struct out *o);

/* For transfer_file: a header that is not ASCII is sent as its surrogate. */
void transfer_in_ascii(struct transfer *t);

/*
 * The whole message in fd. 0; -1 with errno when it cannot be read: then, where
 * t->begun, the client cannot be told any more, and the connection must end.
 */
int transfer_file(struct transfer *t, int fd, struct out *o);

#endif
