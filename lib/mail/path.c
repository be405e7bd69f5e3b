/*
 * Paths of SMTP: from the wire to an unquoted address and back. What the
 * reader accepts the writer can write again, and reading that gives the same
 * address.
 */
#include "lib/mail/path.h"

#include <errno.h>
#include <string.h>

#include "lib/mail/utf8.h"
#include "lib/net/ip.h"

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool
is_special(char c)
{
	return strchr("()<>[]:;@\\,\"", c) != NULL;	/* NUL as well */
}

/* May c stand in a local part without quotes? RFC 5322 atext, RFC 6532. */
static bool
is_atext(char c)
{
	return !is_control(c) && c != ' ' && c != '.' && !is_special(c);
}

static bool
take_char(struct span *in, char c)
{
	if (in->len == 0 || *in->p != c)
		return false;
	*in = span_tail(*in, 1);
	return true;
}

static bool
keep(struct path *p, char c)
{
	if (p->len == PATH_ADDRESS_MAX)
		return false;
	p->address[p->len++] = c;
	if ((unsigned char)c > 0x7f)
		p->utf8 = true;
	return true;
}

/* What stands behind a backslash, in quotes or (RFC 821) without. */
static enum path_result
take_escaped(struct span *in, struct path *p)
{
	if (in->len == 0 || *in->p < ' ' || *in->p == 0x7f)
		return PATH_BAD;
	if (!keep(p, *in->p))
		return PATH_LONG;
	*in = span_tail(*in, 1);
	return PATH_OK;
}

static enum path_result
take_quoted(struct span *in, struct path *p)
{
	while (in->len > 0) {
		char c = *in->p;
		enum path_result r = PATH_OK;

		if (is_control(c))
			return PATH_BAD;
		*in = span_tail(*in, 1);
		if (c == '"')
			return PATH_OK;
		if (c == '\\')
			r = take_escaped(in, p);
		else if (!keep(p, c))
			r = PATH_LONG;
		if (r != PATH_OK)
			return r;
	}
	return PATH_BAD;
}

/*
 * Words and dots in any order; a quoted word stands alone between dots (RFC
 * 5322 obs-local-part).
 */
static enum path_result
take_local(struct span *in, struct path *p)
{
	enum path_result r = PATH_OK;
	char before = '.';

	while (in->len > 0 && r == PATH_OK) {
		char c = *in->p;

		if (c != '"' && c != '\\' && c != '.' && !is_atext(c))
			break;
		if (c != '.' && (before == '"' || (c == '"' && before != '.')))
			return PATH_BAD;
		before = c;
		*in = span_tail(*in, 1);
		if (c == '"')
			r = take_quoted(in, p);
		else if (c == '\\')
			r = take_escaped(in, p);
		else if (!keep(p, c))
			r = PATH_LONG;
	}
	if (r == PATH_OK && p->len == 0)
		return PATH_BAD;
	return r;
}

static bool
is_label_char(char c)
{
	return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '_' ||
	    (unsigned char)c > 0x7f;
}

/* How many bytes at the front of s may belong to a domain or literal. */
static size_t
domain_extent(struct span s)
{
	size_t n = 0;

	if (s.len > 0 && *s.p == '[') {
		n = span_find(s, ']');
		return n < s.len ? n + 1 : n;
	}
	while (n < s.len && (is_label_char(s.p[n]) || s.p[n] == '.'))
		n++;
	return n;
}

static bool
is_literal_char(char c)
{
	return c > ' ' && c < 127 && strchr("[\\]@", c) == NULL;
}

/*
 * "[tag:content]" of some kind that we do not know; without @, so that the
 * last @ of an address is the one before its domain.
 */
static bool
general_literal_ok(struct span s)
{
	size_t colon = span_find(s, ':');

	if (colon == 0 || colon + 1 >= s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_literal_char(s.p[i]))
			return false;
	return char_is_alpha(*s.p) && !span_case_starts(s, SPAN("IPv6:"));
}

static bool
literal_ok(struct span s)
{
	struct ip ip;

	if (s.len < 3 || s.p[s.len - 1] != ']')
		return false;
	return ip_literal_parse(s, &ip) ||
	    general_literal_ok((struct span){ s.p + 1, s.len - 2 });
}

static bool
label_ok(struct span label)
{
	if (label.len == 0 || label.len > PATH_LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_label_char(label.p[i]))
			return false;
	return *label.p != '-' && label.p[label.len - 1] != '-';
}

bool
domain_ok(struct span s)
{
	if (s.len == 0 || s.len > PATH_DOMAIN_MAX)
		return false;
	if (*s.p == '[')
		return literal_ok(s);
	if (s.p[s.len - 1] == '.')
		return false;
	while (s.len > 0)
		if (!label_ok(span_cut(&s, '.')))
			return false;
	return true;
}

static enum path_result
take_domain(struct span *in, struct path *p)
{
	struct span domain = span_head(*in, domain_extent(*in));

	if (domain.len > PATH_DOMAIN_MAX)
		return PATH_LONG;
	if (!domain_ok(domain))
		return PATH_BAD;
	for (size_t i = 0; i < domain.len; i++)
		if (!keep(p, domain.p[i]))
			return PATH_LONG;
	*in = span_tail(*in, domain.len);
	return PATH_OK;
}

/* "@one,@two:" before the address is for nobody any more. */
static bool
skip_route(struct span *in)
{
	if (in->len == 0 || *in->p != '@')
		return true;
	do {
		struct span domain;

		if (!take_char(in, '@'))
			return false;
		domain = span_head(*in, domain_extent(*in));
		if (!domain_ok(domain))
			return false;
		*in = span_tail(*in, domain.len);
	} while (take_char(in, ','));
	return take_char(in, ':');
}

/* What stands between the brackets. */
static enum path_result
take_address(struct span *in, struct path *p)
{
	enum path_result r = take_local(in, p);

	if (r != PATH_OK)
		return r;
	p->local_len = p->len;
	if (take_char(in, '@')) {
		if (!keep(p, '@'))
			return PATH_LONG;
		p->has_domain = true;
		if ((r = take_domain(in, p)) != PATH_OK)
			return r;
	}
	if (p->utf8 && !utf8_ok(path_address(p)))
		return PATH_NOT_UTF8;
	return PATH_OK;
}

static void
path_clear(struct path *p)
{
	p->has_domain = p->utf8 = false;
	p->local_len = p->len = 0;
}

enum path_result
path_take(struct span *in, struct path *out)
{
	struct span s = *in;
	enum path_result r = PATH_OK;

	path_clear(out);
	if (!take_char(&s, '<'))
		return PATH_BAD;
	if (!take_char(&s, '>')) {
		if (!skip_route(&s))
			return PATH_BAD;
		if ((r = take_address(&s, out)) != PATH_OK)
			return r;
		if (!take_char(&s, '>'))
			return PATH_BAD;
	}
	out->address[out->len] = '\0';
	*in = s;
	return PATH_OK;
}

enum path_result
path_take_loose(struct span *in, struct path *out)
{
	struct span s = *in;
	enum path_result r;

	while (take_char(&s, ' '))
		;
	if (s.len > 0 && *s.p == '<') {
		r = path_take(&s, out);
	} else {
		path_clear(out);
		r = take_address(&s, out);
		if (r == PATH_OK && s.len > 0 && *s.p != ' ')
			r = PATH_BAD;
		out->address[r == PATH_OK ? out->len : 0] = '\0';
	}
	if (r == PATH_OK)
		*in = s;
	return r;
}

struct span
path_address(const struct path *p)
{
	return (struct span){ p->address, p->len };
}

struct span
path_local(const struct path *p)
{
	return (struct span){ p->address, p->local_len };
}

struct span
path_domain(const struct path *p)
{
	return p->has_domain ? span_tail(path_address(p), p->local_len + 1) :
	    (struct span){ p->address, 0 };
}

bool
address_split(struct span address, struct span *local, struct span *domain)
{
	size_t at = span_rfind(address, '@');

	if (local != NULL)
		*local = span_head(address, at);
	if (domain != NULL)
		*domain = span_tail(address, at < address.len ? at + 1 : at);
	return at < address.len;
}

bool
path_is_utf8(struct span address)
{
	return !ascii_ok(address);
}

/* Dot-string: words of atext with single dots between them. */
static bool
is_dot_string(struct span local)
{
	bool after_dot = true;

	for (size_t i = 0; i < local.len; i++) {
		if (local.p[i] == '.' ? after_dot : !is_atext(local.p[i]))
			return false;
		after_dot = local.p[i] == '.';
	}
	return !after_dot;
}

static void
local_write(struct buf *to, struct span local)
{
	if (is_dot_string(local)) {
		buf_span(to, local);
		return;
	}
	buf_char(to, '"');
	for (size_t i = 0; i < local.len; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			buf_char(to, '\\');
		buf_char(to, local.p[i]);
	}
	buf_char(to, '"');
}

/* Words and dots, or a literal: what ends where it seems to end. */
static bool
is_plain_domain(struct span domain)
{
	bool literal = domain.len >= 2 && *domain.p == '[' &&
	    domain.p[domain.len - 1] == ']';
	size_t from = literal ? 1 : 0;

	for (size_t i = from; i < domain.len - from; i++) {
		char c = domain.p[i];

		if (literal ? !is_literal_char(c) : c != '.' && !is_atext(c))
			return false;
	}
	return true;
}

bool
path_is_writable(struct span address)
{
	struct span local, domain;

	address_split(address, &local, &domain);
	for (size_t i = 0; i < local.len; i++)
		if (is_control(local.p[i]))
			return false;
	return is_plain_domain(domain);
}

int
path_write_bare(struct buf *to, struct span address)
{
	struct span local, domain;
	bool has_domain = address_split(address, &local, &domain);

	if (!path_is_writable(address)) {
		errno = EINVAL;
		return -1;
	}
	local_write(to, local);
	if (has_domain) {
		buf_char(to, '@');
		buf_span(to, domain);
	}
	return 0;
}

int
path_write(struct buf *to, struct span address)
{
	size_t before = to->len;

	buf_char(to, '<');
	if (address.len > 0 && path_write_bare(to, address) == -1) {
		if (to->len > before)
			to->len = before;
		return -1;
	}
	buf_char(to, '>');
	return 0;
}

/* ---- parameters ---- */

static bool
is_keyword_char(char c)
{
	return char_is_alpha(c) || char_is_digit(c) || c == '-';
}

/* esmtp-value: no control characters, blanks, "="; RFC 6531 adds UTF-8. */
static bool
is_value_char(char c)
{
	return !is_control(c) && c != ' ' && c != '=';
}

static size_t
run_of(struct span s, bool (*member)(char c))
{
	size_t n = 0;

	while (n < s.len && member(s.p[n]))
		n++;
	return n;
}

int
path_param_take(struct span *in, struct path_param *out)
{
	struct span s = *in;
	struct path_param got = { { NULL, 0 }, { NULL, 0 }, false };

	while (take_char(&s, ' ') || take_char(&s, '\t'))
		;
	if (s.len == 0) {
		*in = s;
		return 0;
	}
	if (s.p == in->p)
		return -1;	/* glued to what comes before it */
	got.keyword = span_head(s, run_of(s, is_keyword_char));
	s = span_tail(s, got.keyword.len);
	if (got.keyword.len == 0 || got.keyword.len > PATH_PARAM_MAX ||
	    *got.keyword.p == '-')
		return -1;
	if (take_char(&s, '=')) {
		got.has_value = true;
		got.value = span_head(s, run_of(s, is_value_char));
		s = span_tail(s, got.value.len);
		if (got.value.len == 0)
			return -1;
	}
	if (s.len > 0 && *s.p != ' ' && *s.p != '\t')
		return -1;
	*in = s;
	*out = got;
	return 1;
}
