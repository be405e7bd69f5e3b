/*
 * The client's half of a session (INTERNALS.md): netstrings whose bytes are
 * passed on as they come, never waiting for a whole one. Pure.
 */
#ifndef QUEUE_CHUNKS_H
#define QUEUE_CHUNKS_H

#include "lib/base/span.h"

enum { CHUNKS_MAX = 65536 };	/* bytes of one netstring */

enum chunks_phase { CHUNKS_MESSAGE, CHUNKS_ENVELOPE, CHUNKS_ORDER };

enum chunks_event {
	CHUNKS_MORE,		/* nothing more can be told from *in */
	CHUNKS_BYTES,		/* *bytes belong to the message or envelope */
	CHUNKS_NEXT,		/* the message, or the envelope, has ended */
	CHUNKS_COMMIT,
	CHUNKS_ABORT,
	CHUNKS_BAD,		/* malformed: the session is over */
};

struct chunks {
	enum chunks_phase phase;
	size_t left;		/* bytes of this netstring to come */
	bool inside;		/* its head was read, its comma not yet */
	bool empty;		/* its length was 0 */
	bool begun;		/* a message has, and has had no order yet */
	char order;
};

void chunks_init(struct chunks *c);
/* Has a message been begun and not been ended by an order? */
bool chunks_in_message(const struct chunks *c);
/* Takes the next event off the front of *in; bytes point into it. */
enum chunks_event chunks_take(struct chunks *c, struct span *in,
    struct span *bytes);

#endif
