/*
 * Answers of name servers: the first byte says what was asked for, the rest is
 * the answer. Whatever comes, reading it ends, and names stay in their room.
 *
 * links: lib/net/dnsmsg.o lib/net/ip.o lib/base/span.o lib/base/num.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/dnsmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Asks what the packet says that it answers, so that it is looked at. */
static void
ask_the_same(struct dns_question *q, struct span packet)
{
	const unsigned char *p = (const unsigned char *)packet.p;
	size_t at = 12;

	if (packet.len < 16)
		return;
	q->id = (uint16_t)(p[0] << 8 | p[1]);
	while (at < packet.len && p[at] != 0 && p[at] < 64 &&
	    q->name.len + p[at] + 2 < DNS_NAME_MAX) {
		size_t n = p[at] + 1u;

		if (at + n > packet.len)
			return;
		q->name.wire[q->name.len++] = (char)p[at];
		for (size_t i = 1; i < n; i++)
			q->name.wire[q->name.len++] = char_lower((char)p[at + i]);
		at += n;
	}
	q->name.wire[q->name.len++] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint16_t types[] = { DNS_A, DNS_MX, DNS_AAAA, DNS_CNAME,
	    DNS_PTR };
	struct dns_question q = { 0 };
	struct dns_reader r;
	struct dns_record record;
	char text[DNS_TEXT_MAX];
	unsigned n = 0;
	struct span packet;

	if (size < 1)
		return 0;
	packet = (struct span){ (const char *)bytes + 1, size - 1 };
	q.type = types[bytes[0] % 5];
	ask_the_same(&q, packet);
	if (dns_reader_open(&r, packet, &q) != DNS_FOUND)
		return 0;
	while (dns_reader_next(&r, &record) == 1) {
		if (record.name.len > DNS_NAME_MAX || ++n > DNS_RECORDS_MAX)
			abort();
		if (dns_name_text(&record.name, text) &&
		    strlen(text) >= sizeof text)
			abort();
	}
	if (n == 0)
		abort();	/* it said that there is a record */
	return 0;
}
