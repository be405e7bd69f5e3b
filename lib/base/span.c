/* Borrowed bytes: comparing, finding, cutting. */
#include "lib/base/span.h"

#include <errno.h>
#include <string.h>

struct span
span_str(const char *s)
{
	return (struct span){ s, strlen(s) };
}

struct span
span_between(const char *p, const char *end)
{
	return (struct span){ p, (size_t)(end - p) };
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
span_case_eq(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (char_lower(a.p[i]) != char_lower(b.p[i]))
			return false;
	return true;
}

bool
span_is(struct span s, const char *str)
{
	return span_eq(s, span_str(str));
}

bool
span_case_is(struct span s, const char *str)
{
	return span_case_eq(s, span_str(str));
}

int
span_compare(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int r = len > 0 ? memcmp(a.p, b.p, len) : 0;

	return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_eq(span_head(s, prefix.len), prefix);
}

bool
span_case_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	    span_case_eq(span_head(s, prefix.len), prefix);
}

bool
span_case_ends(struct span s, struct span suffix)
{
	return s.len >= suffix.len &&
	    span_case_eq(span_tail(s, s.len - suffix.len), suffix);
}

size_t
span_find(struct span s, char c)
{
	const char *found = s.len > 0 ? memchr(s.p, c, s.len) : NULL;

	return found != NULL ? (size_t)(found - s.p) : s.len;
}

size_t
span_rfind(struct span s, char c)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.len;
}

struct span
span_head(struct span s, size_t n)
{
	return (struct span){ s.p, n < s.len ? n : s.len };
}

struct span
span_tail(struct span s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return n > 0 ? (struct span){ s.p + n, s.len - n } : s;
}

struct span
span_cut(struct span *in, char c)
{
	size_t at = span_find(*in, c);
	struct span head = span_head(*in, at);

	*in = span_tail(*in, at < in->len ? at + 1 : at);
	return head;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim_end(struct span s)
{
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_blank(*s.p))
		s = span_tail(s, 1);
	return span_trim_end(s);
}

int
span_to_cstr(struct span s, char *to, size_t size)
{
	if (s.len >= size) {
		errno = EMSGSIZE;
		return -1;
	}
	if (span_find(s, '\0') < s.len) {
		errno = EINVAL;
		return -1;
	}
	if (s.len > 0)
		memcpy(to, s.p, s.len);
	to[s.len] = '\0';
	return 0;
}

char
char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
char_is_alpha(char c)
{
	c = char_lower(c);
	return c >= 'a' && c <= 'z';
}
