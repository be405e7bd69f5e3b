/* What the envelope says about notifications, and enhanced status codes. */
#include "lib/mail/dsn.h"

#include <errno.h>

#include "lib/base/num.h"
#include "lib/mail/utf8.h"

static const struct notify_word {
	const char *word;
	unsigned bit;
} notify_words[] = {
	{ "NEVER", DSN_NOTIFY_NEVER },
	{ "SUCCESS", DSN_NOTIFY_SUCCESS },
	{ "FAILURE", DSN_NOTIFY_FAILURE },
	{ "DELAY", DSN_NOTIFY_DELAY },
};
enum { NOTIFY_WORDS = sizeof notify_words / sizeof notify_words[0] };

static unsigned
notify_bit(struct span word)
{
	for (size_t i = 0; i < NOTIFY_WORDS; i++)
		if (span_case_is(word, notify_words[i].word))
			return notify_words[i].bit;
	return 0;
}

int
dsn_notify_parse(struct span list, unsigned *notify)
{
	unsigned got = 0;
	size_t left = list.len + 1;	/* so that a last comma counts */

	while (left > 0) {
		struct span word = span_cut(&list, ',');
		unsigned bit = notify_bit(word);

		left -= word.len + 1;
		if (bit == 0)
			goto bad;
		got |= bit;
	}
	if ((got & DSN_NOTIFY_NEVER) && got != DSN_NOTIFY_NEVER)
		goto bad;
	*notify = got;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

void
dsn_notify_write(struct buf *to, unsigned notify)
{
	bool first = true;

	for (size_t i = 0; i < NOTIFY_WORDS; i++) {
		if (!(notify & notify_words[i].bit))
			continue;
		if (!first)
			buf_char(to, ',');
		buf_str(to, notify_words[i].word);
		first = false;
	}
}

/* ---- xtext ---- */

static const char hex_digits[] = "0123456789ABCDEF";

static int
hex_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_control(uint32_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* "+2B" at the front of *in. */
static bool
take_xtext_hex(struct span *in, char *out)
{
	int high, low;

	if (in->len < 3 || (high = hex_value(in->p[1])) < 0 ||
	    (low = hex_value(in->p[2])) < 0)
		return false;
	*out = (char)(high << 4 | low);
	*in = span_tail(*in, 3);
	return !is_control((unsigned char)*out);
}

static bool
is_xchar(char c)
{
	return c >= 33 && c <= 126 && c != '+' && c != '=';
}

int
xtext_decode(struct span in, struct buf *to)
{
	while (in.len > 0) {
		char c = *in.p;

		if (c == '+') {
			if (!take_xtext_hex(&in, &c))
				goto bad;
		} else if (is_xchar(c)) {
			in = span_tail(in, 1);
		} else {
			goto bad;
		}
		buf_char(to, c);
	}
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

void
xtext_encode(struct buf *to, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (is_xchar((char)c)) {
			buf_char(to, (char)c);
			continue;
		}
		buf_char(to, '+');
		buf_char(to, hex_digits[c >> 4]);
		buf_char(to, hex_digits[c & 15]);
	}
}

/* ---- ORCPT ---- */

/* "\x{HEX}", RFC 6533 section 3 EmbeddedUnicodeChar. */
static bool
take_embedded(struct span *in, uint32_t *out)
{
	struct span s = span_tail(*in, 3);
	uint32_t c = 0;
	size_t digits = 0;

	if (!span_starts(*in, SPAN("\\x{")))
		return false;
	for (; digits < s.len && digits < 6; digits++) {
		int value = hex_value(s.p[digits]);

		if (value < 0)
			break;
		c = c << 4 | (uint32_t)value;
	}
	if (digits < 2 || digits == s.len || s.p[digits] != '}')
		return false;
	*in = span_tail(s, digits + 1);
	*out = c;
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) && !is_control(c);
}

/*
 * One character of a utf-8 address. "+XX" is no part of its grammar, but
 * senders that apply xtext on top of it exist.
 */
static bool
take_utf8_char(struct span *in, struct buf *to)
{
	uint32_t c;
	char byte;

	if (*in->p == '\\') {
		if (!take_embedded(in, &c))
			return false;
	} else if (*in->p == '+') {
		if (!take_xtext_hex(in, &byte))
			return false;
		buf_char(to, byte);
		return true;
	} else if (utf8_take(in, &c) != PARSE_OK || is_control(c) ||
	    c == ' ' || c == '=') {
		return false;
	}
	utf8_write(to, c);
	return true;
}

static int
utf8_address_decode(struct span in, struct buf *to)
{
	size_t before = to->len;
	struct span whole;

	while (in.len > 0)
		if (!take_utf8_char(&in, to))
			goto bad;
	if (buf_get(to, &whole) == -1)
		return -1;
	if (utf8_ok(span_tail(whole, before)))
		return 0;
bad:
	errno = EINVAL;
	return -1;
}

static bool
type_ok(struct span type)
{
	for (size_t i = 0; i < type.len; i++)
		if (!char_is_alpha(type.p[i]) && !char_is_digit(type.p[i]) &&
		    type.p[i] != '-')
			return false;
	return type.len > 0;
}

int
dsn_orcpt_decode(struct span in, struct buf *to)
{
	size_t before = to->len;
	struct span type, all;
	int r;

	if (span_find(in, ';') == in.len)
		goto bad;
	type = span_cut(&in, ';');
	if (!type_ok(type) || in.len == 0)
		goto bad;
	buf_span(to, type);
	buf_char(to, ';');
	r = span_case_is(type, "utf-8") ? utf8_address_decode(in, to) :
	    xtext_decode(in, to);
	if (r == -1 || buf_get(to, &all) == -1)
		return -1;
	if (all.len - before <= DSN_ORCPT_MAX)
		return 0;
	errno = EMSGSIZE;
	return -1;
bad:
	errno = EINVAL;
	return -1;
}

static void
embedded_write(struct buf *to, uint32_t c)
{
	buf_fmt(to, "\\x{%02X}", (unsigned)c);
}

void
dsn_orcpt_encode(struct buf *to, struct span orcpt, bool utf8_allowed)
{
	struct span in = orcpt;
	struct span type = span_cut(&in, ';');
	uint32_t c;

	buf_span(to, type);
	buf_char(to, ';');
	if (!span_case_is(type, "utf-8") || !utf8_ok(in)) {
		xtext_encode(to, in);
		return;
	}
	while (utf8_take(&in, &c) == PARSE_OK)
		if ((c > 0x7f && utf8_allowed) ||
		    (c <= 0x7f && is_xchar((char)c) && c != '\\'))
			utf8_write(to, c);
		else
			embedded_write(to, c);
}

/* ---- enhanced status codes ---- */

static bool
take_part(struct span *in, uint64_t max, unsigned *out)
{
	uint64_t n;

	if (num_take(in, max, &n) != PARSE_OK)
		return false;
	*out = (unsigned)n;
	return true;
}

static bool
take_dot(struct span *in)
{
	if (in->len == 0 || *in->p != '.')
		return false;
	*in = span_tail(*in, 1);
	return true;
}

enum parse
dsn_code_take(struct span *in, struct dsn_code *out)
{
	struct span s = *in;
	struct dsn_code got;

	if (!take_part(&s, 5, &got.class) || !take_dot(&s) ||
	    !take_part(&s, 999, &got.subject) || !take_dot(&s) ||
	    !take_part(&s, 999, &got.detail))
		return PARSE_BAD;
	if (got.class != 2 && got.class != 4 && got.class != 5)
		return PARSE_BAD;
	if (s.len > 0 && (char_is_digit(*s.p) || *s.p == '.'))
		return PARSE_BAD;
	*in = s;
	*out = got;
	return PARSE_OK;
}

/* "550 " or "550-" in front of a reply's text. */
static struct span
skip_reply_code(struct span text)
{
	if (text.len > 4 && char_is_digit(text.p[0]) &&
	    char_is_digit(text.p[1]) && char_is_digit(text.p[2]) &&
	    (text.p[3] == ' ' || text.p[3] == '-'))
		return span_tail(text, 4);
	return text;
}

bool
dsn_code_find(struct span text, struct dsn_code *out)
{
	struct span s = skip_reply_code(text);

	if (dsn_code_take(&s, out) == PARSE_OK)
		return true;
	for (s = text; s.len > 0; s = span_tail(s, 1)) {
		struct span code;

		s = span_tail(s, span_find(s, '('));
		code = span_tail(s, 2);
		if (span_starts(s, SPAN("(#")) &&
		    dsn_code_take(&code, out) == PARSE_OK &&
		    code.len > 0 && *code.p == ')')
			return true;
	}
	return false;
}

void
dsn_code_write(struct buf *to, struct dsn_code code)
{
	buf_fmt(to, "%u.%u.%u", code.class, code.subject, code.detail);
}
