/*
 * The end of data is CR LF . CR LF and nothing else (RFC 5321 section 4.1.1.4).
 * Senders and servers that see an end where others see text let a stranger
 * put a second message inside the first, so a CR or LF that stands alone never
 * ends a line here: it is a fault, remembered, and the message is refused when
 * the real end has come.
 */
#include "smtpd/data.h"

#include <string.h>

/* The fields that each relay and each delivery adds. */
static const char *const hop_names[] = { "received:", "delivered-to:" };
enum { HOP_NAMES = 2, HOP_NAMES_ALL = 3 };

void
data_init(struct data *d, bool lf_ok)
{
	*d = (struct data){
		.at = DATA_LINE_START, .lf_ok = lf_ok, .in_header = true,
		.names = HOP_NAMES_ALL,
	};
}

/* Compares one more byte of a header line with the names that count. */
static void
hop_byte(struct data *d, char c)
{
	for (unsigned i = 0; i < HOP_NAMES; i++) {
		if (!(d->names & 1u << i))
			continue;
		if (hop_names[i][d->column] != char_lower(c)) {
			d->names &= ~(1u << i);
		} else if (hop_names[i][d->column + 1] == '\0') {
			d->hops++;
			d->names = 0;
		}
	}
	d->column++;
}

static void
line_ended(struct data *d, bool empty)
{
	if (empty)
		d->in_header = false;
	d->column = 0;
	d->names = d->in_header ? HOP_NAMES_ALL : 0;
	d->at = DATA_LINE_START;
}

/* Is any of the eight bytes at p less than 14? CR, LF and NUL are. */
static bool
eight_need_a_look(const char *p)
{
	const uint64_t each = 0x0101010101010101u;
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return ((x - each * 14) & ~x & each * 128) != 0;
}

/* How many bytes at the front of s are plain text of a line? */
static size_t
text_length(struct span s)
{
	size_t n = 0;

	for (;;) {
		while (s.len - n >= 8 && !eight_need_a_look(s.p + n))
			n += 8;
		for (size_t i = 0; i < 8; i++, n++)
			if (n == s.len || s.p[n] == '\r' || s.p[n] == '\n' ||
			    s.p[n] == '\0')
				return n;
	}
}

/* A run of text: most of any message passes here, so it is moved in bulk. */
static size_t
take_text(struct data *d, struct span *in, char *out)
{
	size_t n = text_length(*in);

	for (size_t i = 0; i < n && d->names != 0; i++)
		hop_byte(d, in->p[i]);
	if (n > 0 && out != in->p)
		memmove(out, in->p, n);
	*in = span_tail(*in, n);
	if (n > 0)
		d->at = DATA_IN_LINE;
	return n;
}

/* A byte that is not in a run of text. True when it ended the data. */
static bool
take_byte(struct data *d, char c, char *out, size_t *len)
{
	bool dot = d->at == DATA_DOT || d->at == DATA_DOT_CR;
	bool cr = d->at == DATA_CR || d->at == DATA_DOT_CR;

	if (c == '\n' && (cr || d->lf_ok)) {
		if (dot)
			return true;
		out[(*len)++] = '\n';
		line_ended(d, d->column == 0 && d->names == HOP_NAMES_ALL);
		return false;
	}
	if (cr)
		d->faults |= DATA_BARE_CR;
	if (c == '\r') {
		d->at = d->at == DATA_DOT ? DATA_DOT_CR : DATA_CR;
		return false;
	}
	d->faults |= c == '\n' ? DATA_BARE_LF : DATA_NUL;
	d->at = DATA_IN_LINE;
	return false;
}

enum parse
data_feed(struct data *d, struct span *in, char *out, size_t *len)
{
	*len = 0;
	while (in->len > 0) {
		char c = in->p[0];
		size_t before = *len;
		bool over = false;

		if (c == '.' && d->at == DATA_LINE_START) {
			d->at = DATA_DOT;
			*in = span_tail(*in, 1);
		} else if (c == '\r' || c == '\n' || c == '\0') {
			*in = span_tail(*in, 1);
			over = take_byte(d, c, out, len);
		} else {
			if (d->at == DATA_CR || d->at == DATA_DOT_CR)
				d->faults |= DATA_BARE_CR;
			*len += take_text(d, in, out + *len);
		}
		d->bytes += *len - before;
		if (over)
			return PARSE_OK;
	}
	return PARSE_MORE;
}
