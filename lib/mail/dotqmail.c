/* The .qmail language: lines, and the names of the files. */
#include "lib/mail/dotqmail.h"

static struct span
without_blanks(struct span s)
{
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

bool
dotqmail_next(struct span *rest, struct dotqmail_line *line)
{
	struct span s;

	if (rest->len == 0)
		return false;
	s = without_blanks(span_cut(rest, '\n'));
	line->text = s;
	if (s.len == 0) {
		line->kind = DOTQMAIL_BLANK;
		return true;
	}
	switch (s.p[0]) {
	case '#':
		line->kind = DOTQMAIL_COMMENT;
		break;
	case '|':
		line->kind = DOTQMAIL_PROGRAM;
		line->text = span_tail(s, 1);
		break;
	case '.':
	case '/':
		line->kind = s.p[s.len - 1] == '/' ?
		    DOTQMAIL_MAILDIR : DOTQMAIL_MBOX;
		break;
	case '+':
		line->kind = span_is(s, "+list") ?
		    DOTQMAIL_LIST : DOTQMAIL_RESERVED;
		break;
	default:
		line->kind = DOTQMAIL_FORWARD;
		if (s.p[0] == '&')
			line->text = span_tail(s, 1);
	}
	return true;
}

/* Without this, ext could climb out of the home directory. */
static void
add_safe(struct buf *b, struct span ext)
{
	for (size_t i = 0; i < ext.len; i++)
		buf_char(b, ext.p[i] == '.' ? ':' : char_lower(ext.p[i]));
}

void
dotqmail_name(struct buf *name, struct span dash, struct span ext,
    const char *suffix)
{
	buf_reset(name);
	buf_str(name, ".qmail");
	buf_span(name, dash);
	add_safe(name, ext);
	buf_str(name, suffix);
}

void
dotqmail_search_start(struct dotqmail_search *s, struct span dash,
    struct span ext)
{
	*s = (struct dotqmail_search){ .dash = dash, .ext = ext };
	s->prefix = ext.len;
}

/* Moves to the longest prefix of at most s->prefix bytes that may be one. */
static void
next_prefix(struct dotqmail_search *s)
{
	while (s->prefix > 0 && s->ext.p[s->prefix - 1] != '-')
		s->prefix--;
}

bool
dotqmail_search_next(struct dotqmail_search *s, struct buf *name, long *rest)
{
	if (s->over)
		return false;
	if (!s->started) {
		s->started = true;
		dotqmail_name(name, s->dash, s->ext, "");
		*rest = span_case_ends(s->ext, SPAN("default")) ?
		    (long)(s->ext.len - 7) : DOTQMAIL_NO_DEFAULT;
		return true;
	}
	next_prefix(s);
	dotqmail_name(name, s->dash, span_head(s->ext, s->prefix), "default");
	*rest = (long)s->prefix;
	if (s->prefix == 0)
		s->over = true;
	else
		s->prefix--;
	return true;
}
