/* An envelope is checked record by record; only a cut one is kept aside. */
#include "queue/envelope.h"

#include <string.h>

void
envelope_init(struct envelope *e)
{
	memset(e, 0, sizeof *e);
}

static enum envelope_state
state_of(enum queue_record r)
{
	return r == QUEUE_RECORD_OK ? ENVELOPE_MORE :
	    r == QUEUE_RECORD_LONG ? ENVELOPE_LONG : ENVELOPE_BAD;
}

static enum envelope_state
take_recipient(struct envelope *e, struct span record)
{
	if (e->recipients == QUEUE_RECIPIENTS_MAX)
		return ENVELOPE_MANY;
	e->recipients++;
	e->has_recipient = true;
	e->recipient = (struct queue_recipient){ .notify = 0 };
	return state_of(queue_recipient_record(record, &e->recipient));
}

/* A whole record, without its NUL. */
static enum envelope_state
take_record(struct envelope *e, struct span record)
{
	char letter = record.len > 0 ? record.p[0] : '\0';

	if (!e->has_sender) {
		e->has_sender = letter == 'F';
		return letter == 'F' ?
		    state_of(queue_sender_record(record, &e->sender)) :
		    ENVELOPE_BAD;
	}
	if (letter == '\0') {
		e->ended = true;
		return ENVELOPE_ENDED;
	}
	if (letter == 'T')
		return take_recipient(e, record);
	if (letter == 'F')
		return ENVELOPE_BAD;
	if (e->has_recipient)
		return state_of(queue_recipient_record(record, &e->recipient));
	return state_of(queue_sender_record(record, &e->sender));
}

/* The spans point into a piece that will be gone; lengths are still needed. */
static void
forget_bytes(struct envelope *e)
{
	e->sender.address.p = e->sender.envid.p = NULL;
	e->recipient.address.p = e->recipient.orcpt.p = NULL;
}

/* More than a record can hold came without a NUL. */
static enum envelope_state
overlong(const struct envelope *e)
{
	char letter = e->record[0];

	return letter == (e->has_sender ? 'T' : 'F') ? ENVELOPE_LONG :
	    ENVELOPE_BAD;
}

/* Adds the front of *in, at most up to its NUL, to the record kept aside. */
static void
keep(struct envelope *e, struct span *in, size_t n)
{
	size_t room = sizeof e->record - e->waiting;
	size_t some = n < room ? n : room;

	if (some > 0)
		memcpy(e->record + e->waiting, in->p, some);
	e->waiting += some;
	*in = span_tail(*in, some);
}

enum envelope_state
envelope_take(struct envelope *e, struct span *in)
{
	enum envelope_state state = e->ended ? ENVELOPE_ENDED : ENVELOPE_MORE;

	while (state == ENVELOPE_MORE && in->len > 0) {
		size_t end = span_find(*in, '\0');
		struct span record = span_head(*in, end);
		size_t used = end < in->len ? end + 1 : end;

		if (used > QUEUE_ENVELOPE_MAX - e->len)
			return ENVELOPE_MANY;
		e->len += (uint32_t)used;
		if (e->waiting > 0 || end == in->len) {
			keep(e, in, end);
			if (e->waiting > ENVELOPE_RECORD_MAX)
				return overlong(e);
			if (in->len == 0)
				return ENVELOPE_MORE;
			record = (struct span){ e->record, e->waiting };
			end = 0;
		}
		*in = span_tail(*in, end + 1);
		e->waiting = 0;
		state = take_record(e, record);
		forget_bytes(e);
	}
	return state;
}
