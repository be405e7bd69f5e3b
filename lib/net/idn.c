/* Domain names beyond ASCII: the encoder of RFC 3492 section 6.3. */
#include "lib/net/idn.h"

#include <errno.h>

#include "lib/mail/utf8.h"

enum {
	LABEL_MAX = 63,
	BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700,
	BIAS = 72, FIRST = 128,
};

static char
digit(unsigned n)
{
	return (char)(n < 26 ? 'a' + n : '0' + n - 26);
}

static unsigned
adapt(unsigned delta, unsigned count, bool first)
{
	unsigned k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / count;
	for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
		delta /= BASE - TMIN;
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* delta as a number of digits whose weights depend on bias. */
static void
put_delta(struct buf *to, unsigned delta, unsigned bias)
{
	for (unsigned k = BASE; ; k += BASE) {
		unsigned t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX :
		    k - bias;

		if (delta < t)
			break;
		buf_char(to, digit(t + (delta - t) % (BASE - t)));
		delta = (delta - t) / (BASE - t);
	}
	buf_char(to, digit(delta));
}

static uint32_t
next_code(const uint32_t *codes, size_t n, uint32_t from)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		if (codes[i] >= from && codes[i] < least)
			least = codes[i];
	return least;
}

/* codes[0..n) with n <= LABEL_MAX, so that delta stays far below 2^32. */
static void
punycode(const uint32_t *codes, size_t n, struct buf *to)
{
	unsigned delta = 0, bias = BIAS, done = 0, basic;
	uint32_t code = FIRST;

	for (size_t i = 0; i < n; i++)
		if (codes[i] < FIRST) {
			buf_char(to, char_lower((char)codes[i]));
			done++;
		}
	basic = done;
	if (basic > 0)
		buf_char(to, '-');
	while (done < n) {
		uint32_t next = next_code(codes, n, code);

		delta += (next - code) * (done + 1);
		code = next;
		for (size_t i = 0; i < n; i++) {
			if (codes[i] < code)
				delta++;
			if (codes[i] != code)
				continue;
			put_delta(to, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
		delta++;
		code++;
	}
}

static int
put_label(struct span label, struct buf *to)
{
	uint32_t codes[LABEL_MAX];
	size_t n = 0, start = to->len;

	if (ascii_ok(label)) {
		buf_span(to, label);
		return 0;
	}
	do	/* there is a first one, or it would have been ASCII */
		if (n == LABEL_MAX || utf8_take(&label, &codes[n++]) !=
		    PARSE_OK)
			return -1;
	while (label.len > 0);
	buf_str(to, "xn--");
	punycode(codes, n, to);
	return to->len - start > LABEL_MAX ? -1 : 0;
}

int
idn_to_ascii(struct span domain, struct buf *to)
{
	while (domain.len > 0) {
		size_t dot = span_find(domain, '.');

		if (put_label(span_head(domain, dot), to) == -1) {
			errno = EINVAL;
			return -1;
		}
		if (dot < domain.len)
			buf_char(to, '.');
		domain = span_tail(domain, dot + 1);
	}
	return 0;
}

int
idn_address(struct span address, struct buf *to)
{
	size_t at = span_rfind(address, '@');
	struct span domain = at < address.len ? span_tail(address, at + 1) :
	    address;

	buf_span(to, span_head(address, address.len - domain.len));
	return idn_to_ascii(domain, to);
}

/* Appends the entry, its name in ASCII if it has that form. */
static void
put_entry(struct span entry, char end, struct buf *to)
{
	struct span name = span_head(entry, span_find(entry, end));
	size_t start = to->len;

	if (idn_address(name, to) == -1) {
		to->len = start;
		buf_span(to, name);
	}
	buf_span(to, span_tail(entry, name.len));
	buf_char(to, '\0');
}

int
idn_list(struct buf *list, char end)
{
	struct buf converted;
	struct span all = buf_peek(list);

	if (ascii_ok(all))
		return 0;
	buf_init(&converted, list->max);
	while (all.len > 0)
		put_entry(span_cut(&all, '\0'), end, &converted);
	buf_free(list);
	*list = converted;
	errno = list->err;
	return list->err == 0 ? 0 : -1;
}
