/* Message, envelope, order; each a row of netstrings. */
#include "queue/chunks.h"

#include "lib/base/netstring.h"

void
chunks_init(struct chunks *c)
{
	*c = (struct chunks){ .phase = CHUNKS_MESSAGE };
}

bool
chunks_in_message(const struct chunks *c)
{
	return c->begun;
}

static enum chunks_event
take_head(struct chunks *c, struct span *in)
{
	size_t max = c->phase == CHUNKS_ORDER ? 1 : CHUNKS_MAX;
	size_t len = 0;

	switch (netstring_head_take(in, max, &len)) {
	case PARSE_BAD:
		return CHUNKS_BAD;
	case PARSE_MORE:
		return CHUNKS_MORE;
	case PARSE_OK:
		break;
	}
	if (c->phase == CHUNKS_ORDER && len != 1)
		return CHUNKS_BAD;
	c->begun = c->inside = true;
	c->left = len;
	c->empty = len == 0;
	return CHUNKS_NEXT;
}

/* Behind the comma of a whole netstring. */
static enum chunks_event
ended(struct chunks *c)
{
	enum chunks_phase phase = c->phase;

	c->inside = false;
	if (phase == CHUNKS_ORDER) {
		c->phase = CHUNKS_MESSAGE;
		c->begun = false;
		return c->order == 'C' ? CHUNKS_COMMIT :
		    c->order == 'A' ? CHUNKS_ABORT : CHUNKS_BAD;
	}
	if (!c->empty)
		return CHUNKS_MORE;
	c->phase = phase == CHUNKS_MESSAGE ? CHUNKS_ENVELOPE : CHUNKS_ORDER;
	return CHUNKS_NEXT;
}

enum chunks_event
chunks_take(struct chunks *c, struct span *in, struct span *bytes)
{
	for (;;) {
		enum chunks_event e;

		if (!c->inside) {
			e = take_head(c, in);
			if (e != CHUNKS_NEXT)
				return e;
		}
		if (in->len == 0)
			return CHUNKS_MORE;
		if (c->left > 0) {
			*bytes = span_head(*in, c->left);
			*in = span_tail(*in, bytes->len);
			c->left -= bytes->len;
			if (c->phase != CHUNKS_ORDER)
				return CHUNKS_BYTES;
			c->order = *bytes->p;
			continue;
		}
		if (*in->p != ',')
			return CHUNKS_BAD;
		*in = span_tail(*in, 1);
		e = ended(c);
		if (e != CHUNKS_MORE)
			return e;
	}
}
