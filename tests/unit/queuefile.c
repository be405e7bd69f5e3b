/* The header and the envelope records of a queue file. */
#include "queue/envelope.h"

#include <errno.h>

#include "lib/mail/dsn.h"
#include "tests/tap.h"

static const struct queue_header sample = {
	.birth_us = 1792000000123456, .uid = 1234, .pid = 77,
	.message_len = 5000, .envelope_len = 300, .recipients = 7,
	.flags = QUEUE_SMTPUTF8, .envelope_sum = 0x0123456789abcdefu,
	.message_sum = 0xfedcba9876543210u,
};
enum { SAMPLE_SIZE = QUEUE_HEADER_SIZE + 5000 + 300 + 7 };

static void
headers(void)
{
	char room[QUEUE_HEADER_SIZE], zeros[QUEUE_HEADER_SIZE] = { 0 };
	struct queue_header h;
	bool all = true;

	queue_header_write(&sample, room);
	ok(queue_header_read(room, SAMPLE_SIZE, &h) == 0 &&
	    memcmp(&h, &sample, sizeof h) == 0, "a header survives");
	ok(queue_header_read(room, SAMPLE_SIZE - 1, &h) == -1 &&
	    errno == EPROTO, "a shorter file is not complete");
	ok(queue_header_read(room, SAMPLE_SIZE + 1, &h) == -1,
	    "nor is a longer one");
	ok(queue_header_read(zeros, QUEUE_HEADER_SIZE, &h) == -1,
	    "zeros are no header");
	for (int i = 0; i < QUEUE_HEADER_SIZE * 8; i++) {
		room[i / 8] ^= (char)(1 << i % 8);
		all = all && queue_header_read(room, SAMPLE_SIZE, &h) == -1;
		room[i / 8] ^= (char)(1 << i % 8);
	}
	ok(all, "each changed bit is seen");
	ok(queue_envelope_offset(&sample) == 5128 &&
	    queue_states_offset(&sample) == 5428, "offsets");
}

static void
names(void)
{
	char id[QUEUE_ID_LEN + 1];

	queue_id_write(1792000000123456, id);
	ok(strcmp(id, "1792000000123456") == 0, "an ID is its microseconds");
	queue_id_write(42, id);
	ok(strcmp(id, "0000000000000042") == 0, "always 16 digits");
	ok(queue_id_ok(span_str(id)), "which is an ID");
	ok(!queue_id_ok(SPAN("179200000012345")), "15 are not");
	ok(!queue_id_ok(SPAN("17920000001234567")), "17 are not");
	ok(!queue_id_ok(SPAN("179200000012345x")), "letters are not");
}

static void
write_sample(struct buf *b)
{
	struct queue_sender s = { SPAN("a@b.example"), SPAN("env id"),
	    QUEUE_8BITMIME | QUEUE_SMTPUTF8 | QUEUE_RET_HDRS };
	struct queue_recipient one = { .address = SPAN("c@d.example"),
	    .notify = DSN_NOTIFY_SUCCESS | DSN_NOTIFY_DELAY,
	    .orcpt = SPAN("rfc822;x@y.example") };
	struct queue_recipient two = { .address = SPAN("") };

	buf_init(b, 1 << 20);
	queue_sender_write(b, &s);
	queue_recipient_write(b, &one);
	queue_recipient_write(b, &two);
	queue_end_write(b);
}

static void
records(struct span all)
{
	struct queue_sender s;
	struct queue_recipient r;
	struct span in = all;
	size_t base;

	ok(queue_sender_take(&in, &s) == PARSE_OK &&
	    span_is(s.address, "a@b.example") && span_is(s.envid, "env id") &&
	    s.flags == (QUEUE_8BITMIME | QUEUE_SMTPUTF8 | QUEUE_RET_HDRS),
	    "the sender comes back");
	base = all.len - in.len;
	ok(queue_recipient_take(&in, &base, &r) == 1 &&
	    span_is(r.address, "c@d.example") &&
	    r.notify == (DSN_NOTIFY_SUCCESS | DSN_NOTIFY_DELAY) &&
	    span_is(r.orcpt, "rfc822;x@y.example") && all.p[r.at] == 'T',
	    "the first recipient too");
	ok(queue_recipient_take(&in, &base, &r) == 1 && r.address.len == 0 &&
	    r.notify == 0 && r.orcpt.len == 0 && all.p[r.at] == 'T',
	    "the second, of whom nothing was said");
	ok(queue_recipient_take(&in, &base, &r) == 0 && in.len == 0 &&
	    base == all.len, "the end");
	for (size_t n = 0; n < all.len; n++) {
		struct span cut = span_head(all, n);
		int left;

		if (queue_sender_take(&cut, &s) != PARSE_OK)
			continue;
		base = n - cut.len;
		while ((left = queue_recipient_take(&cut, &base, &r)) == 1)
			continue;
		if (left != -1)
			ok(false, "a cut envelope is not whole");
	}
}

/* In two pieces, cut at n. */
static enum envelope_state
check_in_two(struct span all, size_t n, struct envelope *e)
{
	struct span a = span_head(all, n), b = span_tail(all, n);
	enum envelope_state state;

	envelope_init(e);
	state = envelope_take(e, &a);
	return state == ENVELOPE_MORE && b.len > 0 ? envelope_take(e, &b) :
	    state;
}

static void
streams(struct span all)
{
	struct envelope e;
	struct span in;
	bool good = true;

	for (size_t n = 0; n <= all.len; n++)
		good = good && check_in_two(all, n, &e) == ENVELOPE_ENDED &&
		    e.recipients == 2 && e.len == all.len;
	ok(good, "the stream check agrees wherever it is cut");
	envelope_init(&e);
	for (size_t i = 0; i < all.len; i++) {
		in = (struct span){ all.p + i, 1 };
		if (envelope_take(&e, &in) == ENVELOPE_ENDED)
			break;
	}
	ok(e.ended && e.sender.flags != 0, "and byte by byte");
}

#define CHECK(literal) check_in_two(SPAN(literal), 3, &e)

static void
refusals(void)
{
	static char big[QUEUE_ADDRESS_MAX + 5];
	struct span all = { big, QUEUE_ADDRESS_MAX + 3 };
	struct envelope e;
	bool same = true;

	ok(CHECK("Fa\0Tb\0\0") == ENVELOPE_ENDED, "plain");
	ok(CHECK("F\0\0rest") == ENVELOPE_ENDED && e.len == 3,
	    "no recipients, and what stands behind");
	ok(CHECK("Fa\0Tb\0") == ENVELOPE_MORE, "no end");
	ok(CHECK("Ta\0Tb\0\0") == ENVELOPE_BAD, "no sender");
	ok(CHECK("\0") == ENVELOPE_BAD, "nothing");
	ok(CHECK("Fa\0Fb\0\0") == ENVELOPE_BAD, "two senders");
	ok(CHECK("Fa\0Tb\0Fb\0\0") == ENVELOPE_BAD, "a late sender");
	ok(CHECK("Fa\0Tb\0U\0\0") == ENVELOPE_BAD, "a late record");
	ok(CHECK("Fa\0NNEVER\0Tb\0\0") == ENVELOPE_BAD, "an early record");
	ok(CHECK("Fa\0X\0\0") == ENVELOPE_BAD, "an unknown record");
	ok(CHECK("Fa\0B9BIT\0\0") == ENVELOPE_BAD, "an unknown body");
	ok(CHECK("Fa\0B7BIT\0B8BITMIME\0\0") == ENVELOPE_BAD, "two bodies");
	ok(CHECK("Fa\0Tb\0NSOON\0\0") == ENVELOPE_BAD, "an unknown NOTIFY");
	for (size_t n = 0; n < 2; n++) {
		memset(big, 'x', sizeof big);
		big[0] = 'F';
		big[QUEUE_ADDRESS_MAX + 1 + n] = '\0';
		big[QUEUE_ADDRESS_MAX + 2 + n] = '\0';
		for (size_t cut = 0; cut < all.len + n; cut++)
			same = same && check_in_two((struct span){ big,
			    all.len + n }, cut, &e) ==
			    (n == 0 ? ENVELOPE_ENDED : ENVELOPE_LONG);
	}
	ok(same, "1002 bytes of address are enough, 1003 are too many");
}

int
main(void)
{
	struct queue_recipient evil = { .address = { "a\0Tb", 4 } };
	struct span all;
	struct buf b;

	headers();
	names();
	write_sample(&b);
	if (!ok(buf_get(&b, &all) == 0, "an envelope is written"))
		return tap_done();
	records(all);
	streams(all);
	refusals();
	queue_recipient_write(&b, &evil);
	ok(buf_get(&b, &all) == -1 && errno == EINVAL,
	    "a NUL in an address cannot become another record");
	buf_free(&b);
	return tap_done();
}
