/*
 * ASCII headers of UTF-8 ones, field by field. A field in ASCII stays as it
 * is. Text is encoded in runs of words, so that the blanks between them are not
 * lost; in fields of addresses and parameters quoted strings, comments and
 * angle brackets are kept apart.
 */
#include "pop3d/surrogate.h"

#include "lib/mail/encode.h"
#include "lib/mail/utf8.h"

/* A field with its folded lines, off the front of *header. */
static struct span
take_field(struct span *header)
{
	const char *begin = header->p;

	do
		(void)span_cut(header, '\n');
	while (header->len > 0 &&
	    (header->p[0] == ' ' || header->p[0] == '\t'));
	return span_between(begin, header->p);
}

/* The value without line ends. */
static void
unfold(struct buf *to, struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			buf_char(to, value.p[i]);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
put_words(struct buf *to, struct span text)
{
	phrase_write(to, text);
}

/* ---- text ---- */

static struct span
take_word(struct span *s)
{
	size_t n = 0;

	while (n < s->len && !is_blank(s->p[n]))
		n++;
	*s = span_tail(*s, n);
	return (struct span){ s->p - n, n };
}

static struct span
take_blanks(struct span *s)
{
	size_t n = 0;

	while (n < s->len && is_blank(s->p[n]))
		n++;
	*s = span_tail(*s, n);
	return (struct span){ s->p - n, n };
}

/* Neighbouring words that are not ASCII become one text. */
static void
put_text(struct buf *to, struct span s)
{
	while (s.len > 0) {
		struct span blanks = take_blanks(&s), word = take_word(&s);
		const char *begin = word.p, *end = word.p + word.len;

		buf_span(to, blanks);
		if (ascii_ok(word)) {
			buf_span(to, word);
			continue;
		}
		for (;;) {
			struct span ahead = s, next;

			(void)take_blanks(&ahead);
			next = take_word(&ahead);
			if (next.len == 0 || ascii_ok(next))
				break;
			end = next.p + next.len;
			s = ahead;
		}
		put_words(to, span_between(begin, end));
	}
}

/* ---- addresses and parameters ---- */

/* What stands between begin and the end mark, escapes removed. */
static struct span
take_delimited(struct span *s, char open, char close, struct buf *content)
{
	const char *begin = s->p;
	unsigned depth = 1;
	size_t i;

	buf_reset(content);
	for (i = 1; i < s->len; i++) {
		char c = s->p[i];

		if (c == '\\' && i + 1 < s->len && close != '>') {
			buf_char(content, s->p[++i]);
			continue;
		}
		if (c == close && --depth == 0) {
			i++;
			break;
		}
		if (c == open && open != close)
			depth++;
		buf_char(content, c);
	}
	*s = span_tail(*s, i < s->len ? i : s->len);
	return span_between(begin, s->p);
}

static bool
ends_atom(char c)
{
	return is_blank(c) || c == '"' || c == '(' || c == '<' || c == ',' ||
	    c == ';' || c == ':';
}

static struct span
take_atom(struct span *s)
{
	size_t n = 0;

	while (n < s->len && !ends_atom(s->p[n]))
		n++;
	*s = span_tail(*s, n);
	return (struct span){ s->p - n, n };
}

/* An address that has no form in ASCII. */
static void
put_group(struct buf *to, struct span address)
{
	put_words(to, address);
	buf_str(to, " :;");
}

static void
put_delimited(struct buf *to, struct span *s, bool address)
{
	char open = s->p[0];
	char close = open == '(' ? ')' : open == '<' ? '>' : '"';
	struct buf content;
	struct span raw;

	buf_init(&content, to->max);
	raw = take_delimited(s, open, close, &content);
	if (ascii_ok(raw)) {
		buf_span(to, raw);
	} else if (open == '<') {
		put_group(to, buf_peek(&content));
	} else if (open == '(') {
		buf_char(to, '(');
		put_words(to, buf_peek(&content));
		buf_char(to, ')');
	} else if (address) {
		put_words(to, buf_peek(&content));
	} else {
		buf_char(to, '"');
		put_words(to, buf_peek(&content));
		buf_char(to, '"');
	}
	buf_free(&content);
}

/* An atom, with those behind it that are not ASCII and no addresses either. */
static void
put_atoms(struct buf *to, struct span *s)
{
	struct span word = take_atom(s);
	const char *begin = word.p, *end = word.p + word.len;

	if (ascii_ok(word)) {
		buf_span(to, word);
		return;
	}
	if (span_find(word, '@') < word.len) {
		put_group(to, word);
		return;
	}
	for (;;) {
		struct span ahead = *s, next;

		(void)take_blanks(&ahead);
		next = take_atom(&ahead);
		if (next.len == 0 || ascii_ok(next) ||
		    span_find(next, '@') < next.len)
			break;
		end = next.p + next.len;
		*s = ahead;
	}
	put_words(to, span_between(begin, end));
}

static void
put_structured(struct buf *to, struct span s, bool address)
{
	while (s.len > 0) {
		char c = s.p[0];

		if (c == '"' || c == '(' || (c == '<' && address)) {
			put_delimited(to, &s, address);
		} else if (ends_atom(c)) {
			buf_char(to, c);
			s = span_tail(s, 1);
		} else {
			put_atoms(to, &s);
		}
	}
}

/* ---- fields ---- */

static bool
in_list(struct span name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (span_case_is(name, *list))
			return true;
	return false;
}

static void
put_field(struct buf *to, struct span field)
{
	static const char *const addresses[] = { "From", "Sender", "Reply-To",
		"To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To",
		"Resent-Cc", "Resent-Bcc", "Resent-Reply-To", "Return-Path",
		"Disposition-Notification-To", NULL };
	static const char *const parameters[] = { "Content-Type",
		"Content-Disposition", NULL };
	size_t colon = span_find(field, ':');
	struct span name = span_trim(span_head(field, colon)), value;
	struct buf unfolded;

	buf_init(&unfolded, to->max);
	unfold(&unfolded, span_tail(field, colon + 1));
	value = span_trim_end(buf_peek(&unfolded));
	if (colon == field.len || !ascii_ok(name)) {
		buf_str(to, "X-Not-A-Field:");	/* no field has such a name */
		buf_char(to, ' ');
		put_words(to, span_trim(field));
	} else {
		buf_span(to, name);
		buf_char(to, ':');
		if (in_list(name, addresses))
			put_structured(to, value, true);
		else if (in_list(name, parameters))
			put_structured(to, value, false);
		else
			put_text(to, value);
	}
	buf_char(to, '\n');
	if (unfolded.err != 0)
		to->err = unfolded.err;
	buf_free(&unfolded);
}

void
surrogate_write(struct buf *to, struct span header)
{
	while (header.len > 0) {
		struct span field = take_field(&header);

		if (ascii_ok(field))
			buf_span(to, field);
		else
			put_field(to, field);
	}
}
