/* Packets: what one side writes the other reads, and nothing else. */
#include "lib/wire/packet.h"

#include <errno.h>

#include "tests/tap.h"

static void
round_trip(void)
{
	struct buf b;
	struct span bytes, s;
	struct packet p;
	uint64_t n;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, 'T');
	packet_str(&b, SPAN("hello"));
	packet_num(&b, 42);
	packet_str(&b, SPAN(""));
	ok(buf_get(&b, &bytes) == 0 && packet_open(bytes, &p) == 0, "opens");
	ok(p.type == 'T', "type");
	ok(packet_take_str(&p, 5, &s) == PARSE_OK && span_is(s, "hello"),
	    "string");
	ok(packet_take_num(&p, 41, &n) == PARSE_BAD, "number over its maximum");
	ok(packet_take_num(&p, 42, &n) == PARSE_OK && n == 42, "number");
	ok(packet_take_str(&p, 0, &s) == PARSE_OK && s.len == 0, "empty string");
	ok(packet_at_end(&p), "at the end");
	ok(packet_take_str(&p, 10, &s) == PARSE_BAD, "nothing behind the end");
	packet_start(&b, 'T');
	packet_str(&b, SPAN("a\0b"));
	ok(buf_get(&b, &bytes) == -1 && errno == EINVAL, "no NUL in a string");
	buf_free(&b);
}

static void
disbelief(void)
{
	struct packet p;
	struct span s;

	ok(packet_open(SPAN(""), &p) == -1, "empty");
	ok(packet_open(SPAN("\1"), &p) == -1, "no type");
	ok(packet_open(SPAN("\2T"), &p) == -1, "other version");
	ok(packet_open(SPAN("\1Tabc"), &p) == -1, "unended string");
	ok(packet_open(SPAN("\1Tabc\0"), &p) == 0 &&
	    packet_take_str(&p, 2, &s) == PARSE_BAD, "over the maximum");
}

int
main(void)
{
	round_trip();
	disbelief();
	return tap_done();
}
