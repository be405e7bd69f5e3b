/* Netstrings, in and out. */
#include "lib/base/netstring.h"

#include "lib/base/num.h"

enum parse
netstring_head_take(struct span *in, size_t max, size_t *len)
{
	size_t digits = 0;
	size_t n = 0;

	for (; digits < in->len && char_is_digit(in->p[digits]); digits++) {
		size_t digit = (size_t)(in->p[digits] - '0');

		if (digits > 0 && n == 0)
			return PARSE_BAD;	/* a leading zero */
		if (digit > max || n > (max - digit) / 10)
			return PARSE_BAD;
		n = n * 10 + digit;
	}
	if (digits == in->len)
		return PARSE_MORE;
	if (digits == 0 || in->p[digits] != ':')
		return PARSE_BAD;
	*in = span_tail(*in, digits + 1);
	*len = n;
	return PARSE_OK;
}

enum parse
netstring_take(struct span *in, size_t max, struct span *out)
{
	struct span s = *in;
	size_t len;
	enum parse r = netstring_head_take(&s, max, &len);

	if (r != PARSE_OK)
		return r;
	if (s.len <= len)
		return PARSE_MORE;
	if (s.p[len] != ',')
		return PARSE_BAD;
	*out = span_head(s, len);
	*in = span_tail(s, len + 1);
	return PARSE_OK;
}

struct span
netstring_head(size_t len, char room[NETSTRING_HEAD_MAX])
{
	char digits[NUM_DIGITS];
	struct span n = num_format(len, digits);

	for (size_t i = 0; i < n.len; i++)
		room[i] = n.p[i];
	room[n.len] = ':';
	return (struct span){ room, n.len + 1 };
}

void
netstring_write(struct buf *to, struct span bytes)
{
	char room[NETSTRING_HEAD_MAX];

	buf_span(to, netstring_head(bytes.len, room));
	buf_span(to, bytes);
	buf_char(to, ',');
}
