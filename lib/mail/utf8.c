/* UTF-8, checked strictly. */
#include "lib/mail/utf8.h"

#include <string.h>

/* Eight bytes at a time: whole messages are looked at. */
bool
ascii_ok(struct span s)
{
	uint64_t some, high = 0;

	for (; s.len >= sizeof some; s = span_tail(s, sizeof some)) {
		memcpy(&some, s.p, sizeof some);
		high |= some;
	}
	for (size_t i = 0; i < s.len; i++)
		high |= (unsigned char)s.p[i];
	return (high & 0x8080808080808080) == 0;
}

/* Length of a character by its first byte, and the bits that byte holds. */
static size_t
first_byte(unsigned char c, uint32_t *bits)
{
	if (c < 0x80) {
		*bits = c;
		return 1;
	}
	if (c >= 0xc2 && c < 0xe0) {
		*bits = c & 0x1f;
		return 2;
	}
	if (c >= 0xe0 && c < 0xf0) {
		*bits = c & 0x0f;
		return 3;
	}
	if (c >= 0xf0 && c < 0xf5) {
		*bits = c & 0x07;
		return 4;
	}
	return 0;
}

static bool
is_character(uint32_t c, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

enum parse
utf8_take(struct span *in, uint32_t *out)
{
	uint32_t c = 0;
	size_t len;

	if (in->len == 0)
		return PARSE_BAD;
	len = first_byte((unsigned char)*in->p, &c);
	if (len == 0 || len > in->len)
		return PARSE_BAD;
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)in->p[i];

		if ((next & 0xc0) != 0x80)
			return PARSE_BAD;
		c = c << 6 | (next & 0x3f);
	}
	if (!is_character(c, len))
		return PARSE_BAD;
	*out = c;
	*in = span_tail(*in, len);
	return PARSE_OK;
}

bool
utf8_ok(struct span s)
{
	uint32_t c;

	while (s.len > 0)
		if (utf8_take(&s, &c) != PARSE_OK)
			return false;
	return true;
}

void
utf8_write(struct buf *to, uint32_t c)
{
	if (c < 0x80) {
		buf_char(to, (char)c);
	} else if (c < 0x800) {
		buf_char(to, (char)(0xc0 | c >> 6));
		buf_char(to, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000 && is_character(c, 3)) {
		buf_char(to, (char)(0xe0 | c >> 12));
		buf_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(to, (char)(0x80 | (c & 0x3f)));
	} else if (is_character(c, 4)) {
		buf_char(to, (char)(0xf0 | c >> 18));
		buf_char(to, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(to, (char)(0x80 | (c & 0x3f)));
	}
}
