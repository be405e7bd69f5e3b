/* Packets between programs: writing, and reading without belief. */
#include "lib/wire/packet.h"

#include <errno.h>

#include "lib/base/num.h"

void
packet_start(struct buf *b, char type)
{
	buf_reset(b);
	buf_char(b, PACKET_VERSION);
	buf_char(b, type);
}

void
packet_str(struct buf *b, struct span s)
{
	if (span_find(s, '\0') < s.len && b->err == 0)
		b->err = EINVAL;
	buf_span(b, s);
	buf_char(b, '\0');
}

void
packet_num(struct buf *b, uint64_t n)
{
	buf_num(b, n);
	buf_char(b, '\0');
}

int
packet_open(struct span bytes, struct packet *out)
{
	if (bytes.len < 2 || bytes.p[0] != PACKET_VERSION ||
	    (bytes.len > 2 && bytes.p[bytes.len - 1] != '\0')) {
		errno = EPROTO;
		return -1;
	}
	out->type = bytes.p[1];
	out->rest = span_tail(bytes, 2);
	return 0;
}

enum parse
packet_take_str(struct packet *p, size_t max, struct span *out)
{
	size_t nul = span_find(p->rest, '\0');

	if (nul == p->rest.len || nul > max)
		return PARSE_BAD;
	*out = span_cut(&p->rest, '\0');
	return PARSE_OK;
}

enum parse
packet_take_cstr(struct packet *p, size_t max, const char **out)
{
	struct span s;

	if (packet_take_str(p, max, &s) != PARSE_OK)
		return PARSE_BAD;
	*out = s.p;
	return PARSE_OK;
}

enum parse
packet_take_num(struct packet *p, uint64_t max, uint64_t *out)
{
	struct packet copy = *p;
	struct span s;

	if (packet_take_str(&copy, NUM_DIGITS, &s) != PARSE_OK ||
	    num_parse(s, max, out) == -1)
		return PARSE_BAD;
	*p = copy;
	return PARSE_OK;
}

bool
packet_at_end(const struct packet *p)
{
	return p->rest.len == 0;
}
