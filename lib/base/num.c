/* Unsigned decimal numbers. */
#include "lib/base/num.h"

#include <errno.h>

struct span
num_format(uint64_t n, char room[NUM_DIGITS])
{
	char *p = room + NUM_DIGITS;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return span_between(p, room + NUM_DIGITS);
}

enum parse
num_take(struct span *in, uint64_t max, uint64_t *out)
{
	const uint64_t most = max / 10;		/* before one more digit */
	const unsigned last = (unsigned)(max % 10);
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < in->len && char_is_digit(in->p[i]); i++) {
		unsigned digit = (unsigned)(in->p[i] - '0');

		if (n > most || (n == most && digit > last))
			return PARSE_BAD;
		n = n * 10 + digit;
	}
	if (i == 0)
		return PARSE_BAD;
	*in = span_tail(*in, i);
	*out = n;
	return PARSE_OK;
}

int
num_parse(struct span s, uint64_t max, uint64_t *out)
{
	struct span rest = s;

	if (num_take(&rest, max, out) == PARSE_OK && rest.len == 0)
		return 0;
	while (s.len > 0 && char_is_digit(*s.p))
		s = span_tail(s, 1);
	errno = s.len == 0 && rest.len > 0 ? ERANGE : EINVAL;
	return -1;
}
