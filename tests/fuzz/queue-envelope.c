/*
 * Envelopes: the stream check in two pieces says the same as in one, and what
 * it lets pass, the readers of queue files can take apart.
 */
#include <stdint.h>
#include <stdlib.h>

#include "queue/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool good)
{
	if (!good)
		abort();
}

static enum envelope_state
check(struct envelope *e, struct span all, size_t cut)
{
	struct span a = span_head(all, cut), b = span_tail(all, cut);
	enum envelope_state state;

	envelope_init(e);
	state = envelope_take(e, &a);
	return state == ENVELOPE_MORE ? envelope_take(e, &b) : state;
}

static void
take_apart(struct span in, uint32_t recipients, uint32_t flags)
{
	struct queue_sender s;
	struct queue_recipient r;
	size_t whole = in.len, base;
	uint32_t count = 0;
	int left;

	need(queue_sender_take(&in, &s) == PARSE_OK);
	need(s.flags == flags && s.address.len <= QUEUE_ADDRESS_MAX);
	base = whole - in.len;
	while ((left = queue_recipient_take(&in, &base, &r)) == 1)
		count++;
	need(left == 0 && count == recipients && in.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all;
	struct envelope one, two;
	enum envelope_state state;

	if (size == 0)
		return 0;
	all = (struct span){ (const char *)data + 1, size - 1 };
	state = check(&one, all, all.len);
	need(check(&two, all, all.len * data[0] / 255) == state);
	need(state >= ENVELOPE_BAD || one.recipients == two.recipients);
	if (state == ENVELOPE_ENDED)
		take_apart(span_head(all, one.len), one.recipients,
		    one.sender.flags);
	return 0;
}
