/*
 * The check of an envelope as it streams by: records (queue/format.h) in
 * pieces of any size. Pure; holds one record at most, so an envelope may be as
 * long as it likes.
 */
#ifndef QUEUE_ENVELOPE_H
#define QUEUE_ENVELOPE_H

#include "queue/format.h"

/* The longest record is an address with its letter. */
enum { ENVELOPE_RECORD_MAX = QUEUE_ADDRESS_MAX + 1 };

enum envelope_state {
	ENVELOPE_MORE,
	ENVELOPE_ENDED,		/* the final empty record was taken */
	ENVELOPE_BAD,		/* malformed: exit code 91 */
	ENVELOPE_LONG,		/* an address is too long: 11 */
	ENVELOPE_MANY,		/* too many bytes or recipients: 31 */
};

struct envelope {
	bool ended;
	bool has_sender, has_recipient;
	uint32_t recipients;
	uint32_t len;		/* bytes so far */
	struct queue_sender sender;	/* without the bytes of its spans */
	struct queue_recipient recipient;	/* likewise */
	size_t waiting;		/* bytes in record */
	char record[ENVELOPE_RECORD_MAX + 1];
};

void envelope_init(struct envelope *e);
/*
 * Takes bytes off the front of *in, up to the end of the envelope; what stands
 * behind it is left.
 */
enum envelope_state envelope_take(struct envelope *e, struct span *in);

#endif
