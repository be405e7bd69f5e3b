/* Encodings of mail: base64, quoted-printable, encoded words. */
#include "lib/mail/encode.h"

#include <errno.h>
#include <string.h>

#include "lib/mail/utf8.h"

static const char digits64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789ABCDEF";

enum {
	QP_LINE_MAX = 76,	/* RFC 2045 section 6.7 */
	WORD_BYTES_MAX = 42,	/* of text: 56 digits and the frame are 70 */
	PHRASE_LINE_MAX = 64
};

/* ---- base64 ---- */

void
base64_encode(struct buf *to, struct span s)
{
	for (; s.len > 0; s = span_tail(s, 3)) {
		unsigned char in[3] = { 0, 0, 0 };
		char four[4];

		memcpy(in, s.p, s.len < 3 ? s.len : 3);
		four[0] = digits64[in[0] >> 2];
		four[1] = digits64[(in[0] & 3) << 4 | in[1] >> 4];
		four[2] = s.len > 1 ?
		    digits64[(in[1] & 15) << 2 | in[2] >> 6] : '=';
		four[3] = s.len > 2 ? digits64[in[2] & 63] : '=';
		buf_add(to, four, sizeof four);
	}
}

static int
digit_value(char c)
{
	const char *found = c != '\0' ? strchr(digits64, c) : NULL;

	return found != NULL ? (int)(found - digits64) : -1;
}

/* Four digits, of which the last two may be padding when it is the end. */
static int
decode_four(struct buf *to, const char *p, bool last)
{
	size_t padding = 0;
	unsigned n = 0;
	char bytes[3];

	if (last && p[3] == '=')
		padding = p[2] == '=' ? 2 : 1;
	for (size_t i = 0; i < 4; i++) {
		int v = i < 4 - padding ? digit_value(p[i]) : 0;

		if (v < 0)
			return -1;
		n = n << 6 | (unsigned)v;
	}
	for (size_t i = 0; i < 3; i++)
		bytes[i] = (char)(n >> (16 - 8 * i) & 255);
	for (size_t i = 3 - padding; i < 3; i++)
		if (bytes[i] != 0)
			return -1;	/* bits that stand for nothing */
	buf_add(to, bytes, 3 - padding);
	return 0;
}

int
base64_decode(struct buf *to, struct span s)
{
	if (s.len % 4 != 0) {
		errno = EINVAL;
		return -1;
	}
	for (; s.len > 0; s = span_tail(s, 4))
		if (decode_four(to, s.p, s.len == 4) == -1) {
			errno = EINVAL;
			return -1;
		}
	return 0;
}

/* ---- quoted-printable ---- */

static bool
qp_literal(struct span s)
{
	unsigned char c = (unsigned char)*s.p;

	if (c == ' ' || c == '\t')
		return s.len > 1 && s.p[1] != '\n';
	return c > 32 && c < 127 && c != '=';
}

void
qp_encode(struct buf *to, struct span text)
{
	size_t column = 0;

	for (; text.len > 0; text = span_tail(text, 1)) {
		unsigned char c = (unsigned char)*text.p;
		bool literal = qp_literal(text);

		if (c == '\n') {
			buf_char(to, '\n');
			column = 0;
			continue;
		}
		if (column + (literal ? 1 : 3) > QP_LINE_MAX - 1) {
			buf_str(to, "=\n");
			column = 0;
		}
		column += literal ? 1 : 3;
		if (literal) {
			buf_char(to, (char)c);
			continue;
		}
		buf_char(to, '=');
		buf_char(to, hex_digits[c >> 4]);
		buf_char(to, hex_digits[c & 15]);
	}
}

/* ---- phrases ---- */

static bool
is_control(char c)
{
	return (unsigned char)c < 32 || c == 127;
}

/* Without "=", so that nothing looks like an encoded word. */
static bool
is_atext(char c)
{
	return char_is_alpha(c) || char_is_digit(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/?^_`{|}~", c) != NULL);
}

/* Words of atext with single blanks between them. */
static bool
is_plain_phrase(struct span name)
{
	char before = ' ';

	for (size_t i = 0; i < name.len; before = name.p[i++])
		if (name.p[i] == ' ' ? before == ' ' : !is_atext(name.p[i]))
			return false;
	return before != ' ';
}

/* At most max bytes of s that do not end within a UTF-8 character. */
static struct span
whole_characters(struct span s, size_t max, bool utf8)
{
	struct span rest = s;
	uint32_t c;

	if (!utf8)
		return span_head(s, max);
	while (rest.len > 0 && utf8_take(&rest, &c) == PARSE_OK)
		if (s.len - rest.len > max - 4)
			break;
	return span_head(s, s.len - rest.len);
}

static void
words_write(struct buf *to, struct span name)
{
	bool utf8 = utf8_ok(name);

	while (name.len > 0) {
		struct span some = whole_characters(name, WORD_BYTES_MAX, utf8);

		buf_str(to, utf8 ? "=?utf-8?B?" : "=?unknown-8bit?B?");
		base64_encode(to, some);
		buf_str(to, "?=");
		name = span_tail(name, some.len);
		if (name.len > 0)
			buf_str(to, "\n ");
	}
}

/* A quoted string or comment; blanks where the line gets long become folds. */
static void
delimited_write(struct buf *to, struct span name, char open, char close)
{
	size_t column = 0;

	buf_char(to, open);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (c == '\\' || c == open || c == close)
			buf_char(to, '\\');
		if (c == ' ' && column > PHRASE_LINE_MAX) {
			buf_char(to, '\n');
			column = 0;
		}
		buf_char(to, c);
		column++;
	}
	buf_char(to, close);
}

/* name without control characters, in clean; false when that failed. */
static bool
cleaned(struct buf *to, struct buf *clean, struct span *name)
{
	struct span raw = *name;

	buf_init(clean, raw.len);
	for (size_t i = 0; i < raw.len; i++)
		if (!is_control(raw.p[i]))
			buf_char(clean, raw.p[i]);
	if (buf_get(clean, name) == 0)
		return true;
	to->err = to->err != 0 ? to->err : clean->err;
	return false;
}

void
phrase_write(struct buf *to, struct span name)
{
	struct buf clean;

	if (cleaned(to, &clean, &name)) {
		if (!ascii_ok(name))
			words_write(to, name);
		else if (name.len <= PHRASE_LINE_MAX && is_plain_phrase(name))
			buf_span(to, name);
		else
			delimited_write(to, name, '"', '"');
	}
	buf_free(&clean);
}

void
comment_write(struct buf *to, struct span name)
{
	struct buf clean;

	if (cleaned(to, &clean, &name)) {
		if (ascii_ok(name)) {
			delimited_write(to, name, '(', ')');
		} else {
			buf_char(to, '(');
			words_write(to, name);
			buf_char(to, ')');
		}
	}
	buf_free(&clean);
}
