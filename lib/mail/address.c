/*
 * Address lists, read token by token without recursion. An item is looked
 * ahead for < and : only, which tell a name or a group from an address; then
 * its tokens are joined to the unquoted form.
 */
#include "lib/mail/address.h"

#include <errno.h>
#include <string.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,		/* atom or quoted string */
	TOKEN_LITERAL,		/* domain literal */
	TOKEN_COMMENT,
	TOKEN_SPECIAL,		/* one of <>@,;:. */
	TOKEN_BAD		/* with errno */
};

struct token {
	enum token_kind kind;
	struct span raw;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_special(char c)
{
	return c != '\0' && strchr("<>@,;:.", c) != NULL;
}

static bool
ends_atom(char c)
{
	return is_blank(c) || is_special(c) || c == '(' || c == '"' ||
	    c == '[';
}

static struct span
skip_blanks(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_blank(s.p[n]))
		n++;
	return span_tail(s, n);
}

/* Length of a quoted string or literal with its ends; 0: it has no end. */
static size_t
delimited_len(struct span s, char close)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.p[i] == close)
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	errno = EINVAL;
	return 0;
}

static size_t
comment_len(struct span s)
{
	int depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\') {
			i++;
		} else if (s.p[i] == '(') {
			if (++depth > ADDRESS_NEST_MAX) {
				errno = EMSGSIZE;
				return 0;
			}
		} else if (s.p[i] == ')' && --depth == 0) {
			return i + 1;
		}
	}
	errno = EINVAL;
	return 0;
}

/* 0: its last byte is a backslash, which stands for nothing. */
static size_t
atom_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && !ends_atom(s.p[n])) {
		if (s.p[n] == '\\' && ++n == s.len) {
			errno = EINVAL;
			return 0;
		}
		n++;
	}
	return n;
}

/* Takes the next token off *in, blanks before it skipped. */
static struct token
token_take(struct span *in)
{
	struct span s = skip_blanks(*in);
	struct token t = { TOKEN_END, { s.p, 0 } };

	if (s.len == 0) {
		*in = s;
		return t;
	}
	switch (*s.p) {
	case '(':
		t.kind = TOKEN_COMMENT;
		t.raw.len = comment_len(s);
		break;
	case '"':
		t.kind = TOKEN_WORD;
		t.raw.len = delimited_len(s, '"');
		break;
	case '[':
		t.kind = TOKEN_LITERAL;
		t.raw.len = delimited_len(s, ']');
		break;
	default:
		t.kind = is_special(*s.p) ? TOKEN_SPECIAL : TOKEN_WORD;
		t.raw.len = is_special(*s.p) ? 1 : atom_len(s);
	}
	if (t.raw.len == 0)
		t.kind = TOKEN_BAD;
	*in = span_tail(s, t.raw.len);
	return t;
}

static struct token
token_peek(struct span in)
{
	return token_take(&in);
}

static bool
token_is(struct token t, char special)
{
	return t.kind == TOKEN_SPECIAL && *t.raw.p == special;
}

/* Appends the token as it counts in an address: quotes undone, folds gone. */
static void
token_text(struct buf *to, struct token t)
{
	struct span s = t.raw;

	if (t.kind == TOKEN_WORD && *s.p == '"')
		s = (struct span){ s.p + 1, s.len - 2 };
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len)
			i++;
		else if (s.p[i] == '\r' || s.p[i] == '\n')
			continue;
		buf_char(to, s.p[i]);
	}
}

/* a to the end of b, both pieces of the same bytes. */
static struct span
span_over(struct span a, struct span b)
{
	return span_between(a.p, b.p + b.len);
}

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* ---- one item ---- */

/* Remembers a comment, without its parentheses. */
static void
note_comment(struct address *out, struct token t)
{
	out->comment = (struct span){ t.raw.p + 1, t.raw.len - 2 };
}

/* Comments behind an item are its own. */
static int
take_comments(struct address_list *l, struct address *out)
{
	struct token t;

	while ((t = token_peek(l->rest)).kind == TOKEN_COMMENT) {
		note_comment(out, t);
		token_take(&l->rest);
	}
	return t.kind == TOKEN_BAD ? -1 : 0;
}

/*
 * The unquoted text of the item is complete: cuts it into its parts. Where all
 * @ were quoted, an empty domain says so.
 */
static int
finish_text(struct address_list *l, struct address *out, bool saw_at)
{
	if (!saw_at && span_find(buf_peek(&l->text), '@') < l->text.len)
		buf_char(&l->text, '@');
	if (buf_get(&l->text, &out->whole) == -1)
		return -1;
	out->has_domain = address_split(out->whole, &out->local, &out->domain);
	l->need_comma = true;
	return 1;
}

/*
 * What comes first: a < (angle address), a : (group), or neither (an address
 * alone) up to the next comma, semicolon or end.  '<', ':', 0; -1 with errno.
 */
static int
look_ahead(struct address_list *l)
{
	struct span in = l->rest;
	struct token t;

	if (l->plain_until != NULL && in.p < l->plain_until)
		return 0;
	for (;;) {
		t = token_take(&in);
		if (t.kind == TOKEN_BAD)
			return -1;
		if (token_is(t, '<') || token_is(t, ':'))
			return *t.raw.p;
		if (t.kind == TOKEN_END || token_is(t, ',') ||
		    token_is(t, ';')) {
			l->plain_until = t.raw.p;
			return 0;
		}
	}
}

/* A group's name and its colon. */
static int
take_group(struct address_list *l, struct address *out)
{
	struct span first = skip_blanks(l->rest);
	struct token t;

	while (!token_is(t = token_take(&l->rest), ':'))
		;
	out->kind = ADDRESS_GROUP;
	out->name = span_trim_end(span_between(first.p, t.raw.p));
	l->in_group = true;
	l->need_comma = false;
	return 1;
}

/* "@a,@b:" within angle brackets. */
static int
skip_route(struct address_list *l, struct address *out)
{
	struct token t = token_peek(l->rest);

	if (!token_is(t, '@'))
		return 0;
	out->route = true;
	while (!token_is(t = token_take(&l->rest), ':'))
		if (t.kind == TOKEN_END || token_is(t, '>'))
			return fail(EINVAL);
		else if (t.kind == TOKEN_BAD)
			return -1;
	return 0;
}

/*
 * name <route:local@domain>. Words without a dot between them are one local
 * part with a blank in it.
 */
static int
take_angle(struct address_list *l, struct address *out)
{
	struct span first = skip_blanks(l->rest);
	struct token t;
	bool after_word = false, saw_at = false;

	while (!token_is(t = token_take(&l->rest), '<'))
		;
	out->angle = true;
	out->name = span_trim_end(span_between(first.p, t.raw.p));
	out->spec = (struct span){ t.raw.p + 1, 0 };
	if (skip_route(l, out) == -1)
		return -1;
	while (!token_is(t = token_take(&l->rest), '>')) {
		bool word = t.kind == TOKEN_WORD || t.kind == TOKEN_LITERAL;

		if (t.kind == TOKEN_BAD)
			return -1;
		if (t.kind == TOKEN_END || token_is(t, '<') ||
		    token_is(t, ',') || token_is(t, ';') || token_is(t, ':'))
			return fail(EINVAL);
		if (t.kind == TOKEN_COMMENT) {
			note_comment(out, t);
			continue;
		}
		if (word && after_word)
			buf_char(&l->text, ' ');
		token_text(&l->text, t);
		after_word = word;
		saw_at = saw_at || token_is(t, '@');
	}
	out->spec = span_trim(span_between(out->spec.p, t.raw.p));
	if (take_comments(l, out) == -1)
		return -1;
	return finish_text(l, out, saw_at);
}

/* local@domain, up to where two words meet without a dot. */
static int
take_plain(struct address_list *l, struct address *out)
{
	struct span in = l->rest;
	bool after_word = false, saw_at = false;

	for (;;) {
		struct token t = token_take(&in);
		bool word = t.kind == TOKEN_WORD || t.kind == TOKEN_LITERAL;

		if (t.kind == TOKEN_BAD)
			return -1;
		if (token_is(t, '>'))
			return fail(EINVAL);
		if (t.kind == TOKEN_END || token_is(t, ',') ||
		    token_is(t, ';') || token_is(t, '<') ||
		    token_is(t, ':') || (word && after_word))
			break;
		l->rest = in;
		if (t.kind == TOKEN_COMMENT) {
			note_comment(out, t);
			continue;
		}
		out->spec = out->spec.p == NULL ? t.raw :
		    span_over(out->spec, t.raw);
		token_text(&l->text, t);
		after_word = word;
		saw_at = saw_at || token_is(t, '@');
	}
	return finish_text(l, out, saw_at);
}

/* ---- the list ---- */

void
address_list_init(struct address_list *l, struct span value)
{
	memset(l, 0, sizeof *l);
	l->rest = value;
	buf_init(&l->text, PATH_ADDRESS_MAX);
}

void
address_list_free(struct address_list *l)
{
	buf_free(&l->text);
}

/* May the gap between two items hold t? */
static bool
is_gap(const struct address_list *l, struct token t)
{
	return t.kind == TOKEN_COMMENT || token_is(t, ',') ||
	    (token_is(t, ';') && !l->in_group);
}

/*
 * Skips commas, comments, and semicolons that close no group.
 * The token that comes next, not taken.
 */
static struct token
skip_gap(struct address_list *l, struct address *out)
{
	const char *start = l->rest.p;
	bool stray = false, comma = false;
	struct token t;

	while (is_gap(l, t = token_peek(l->rest))) {
		stray = stray || token_is(t, ';');
		comma = comma || t.kind == TOKEN_SPECIAL;
		token_take(&l->rest);
	}
	out->gap = span_between(start, t.raw.p);
	out->comma_lacks = stray || (l->need_comma && !comma);
	return t;
}

int
address_next(struct address_list *l, struct address *out)
{
	struct token next;

	*out = (struct address){ .kind = ADDRESS_MAILBOX };
	buf_reset(&l->text);
	next = skip_gap(l, out);
	if (next.kind == TOKEN_BAD)
		return -1;
	if (next.kind == TOKEN_END)
		return 0;
	if (token_is(next, ';')) {
		token_take(&l->rest);
		out->kind = ADDRESS_GROUP_END;
		out->spec = next.raw;
		out->comma_lacks = l->in_group = false;
		l->need_comma = true;
		return 1;
	}
	switch (look_ahead(l)) {
	case -1:
		return -1;
	case ':':
		return take_group(l, out);
	case '<':
		return take_angle(l, out);
	default:
		return take_plain(l, out);
	}
}
