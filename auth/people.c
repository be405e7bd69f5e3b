/* The password file: lines, records, names. */
#include "auth/people.h"

#include <string.h>

#include "lib/base/num.h"
#include "lib/mail/utf8.h"
#include "lib/net/idn.h"

bool
people_field(struct span s)
{
	return span_find(s, ':') == s.len && span_find(s, '\n') == s.len &&
	    span_find(s, '\0') == s.len;
}

static bool
address_char(char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != 127 && strchr(":/\\\"(),;<>[]", c) == NULL;
}

static bool
part_ok(struct span s)
{
	if (s.len == 0 || strchr(".-#", s.p[0]) != NULL)
		return false;		/* '#': its line would be a comment */
	for (size_t i = 0; i < s.len; i++)
		if (!address_char(s.p[i]) || s.p[i] == '@')
			return false;
	return true;
}

bool
people_has_domain(struct span address)
{
	return span_find(address, '@') < address.len;
}

bool
people_address(struct span s, struct buf *to)
{
	size_t at = span_rfind(s, '@'), start = to->len;

	if (s.len > PEOPLE_ADDRESS_MAX || !utf8_ok(s) ||
	    !part_ok(span_head(s, at)) ||
	    (at < s.len && !part_ok(span_tail(s, at + 1))))
		return false;
	if (at == s.len)
		buf_span(to, s);
	else if (idn_address(s, to) == -1)
		return false;
	for (size_t i = start; i < to->len; i++)
		to->p[i] = char_lower(to->p[i]);
	return to->err == 0;
}

bool
people_app_name(struct span s)
{
	if (s.len == 0 || s.len > PEOPLE_APP_NAME_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_alpha(s.p[i]) && !char_is_digit(s.p[i]) &&
		    strchr("._-", s.p[i]) == NULL)
			return false;
	return true;
}

bool
people_take_id(struct span s, uint32_t *id)
{
	uint64_t n = PEOPLE_NOBODY;

	if (s.len > 0 && num_parse(s, UINT32_MAX - 1, &n) == -1)
		return false;
	*id = (uint32_t)n;
	return true;
}

/* The fields behind the address, with that mark between them. */
static enum parse
take_fields(struct span s, char mark, struct people_entry *e)
{
	struct span uid, gid;

	e->hash = span_cut(&s, mark);
	uid = span_cut(&s, mark);
	gid = span_cut(&s, mark);
	e->home = span_cut(&s, mark);
	e->quota = span_cut(&s, mark);
	e->apps = span_cut(&s, mark);
	if (!people_take_id(uid, &e->uid) || !people_take_id(gid, &e->gid) ||
	    e->hash.len > PEOPLE_HASH_MAX)
		return PARSE_BAD;
	return PARSE_OK;
}

enum parse
people_take_line(struct span line, struct people_entry *out)
{
	struct people_entry e = { 0 };

	line = span_trim_end(line);
	if (line.len == 0 || line.len > PEOPLE_LINE_MAX ||
	    line.p[0] == '#' || span_find(line, '\0') < line.len)
		return PARSE_BAD;
	e.address = span_cut(&line, ':');
	if (e.address.len == 0 || e.address.len > PEOPLE_ADDRESS_MAX ||
	    take_fields(line, ':', &e) != PARSE_OK)
		return PARSE_BAD;
	*out = e;
	return PARSE_OK;
}

static void
put_fields(struct buf *to, const struct people_entry *e, char mark)
{
	buf_span(to, e->hash);
	buf_char(to, mark);
	buf_num(to, e->uid);
	buf_char(to, mark);
	buf_num(to, e->gid);
	buf_char(to, mark);
	buf_span(to, e->home);
	buf_char(to, mark);
	buf_span(to, e->quota);
	buf_char(to, mark);
	buf_span(to, e->apps);
}

void
people_put_line(struct buf *to, const struct people_entry *e)
{
	buf_span(to, e->address);
	buf_char(to, ':');
	put_fields(to, e, ':');
	buf_char(to, '\n');
}

void
people_put_record(struct buf *to, const struct people_entry *e)
{
	put_fields(to, e, '\0');
	buf_char(to, '\0');
}

enum parse
people_take_record(struct span data, struct people_entry *out)
{
	memset(out, 0, sizeof *out);
	if (data.len == 0 || data.p[data.len - 1] != '\0')
		return PARSE_BAD;
	return take_fields(data, '\0', out);
}

bool
people_next_app(struct span *apps, struct span *name, struct span *hash)
{
	while (apps->len > 0) {
		struct span one = span_cut(apps, ' ');

		*name = span_cut(&one, '=');
		*hash = one;
		if (people_app_name(*name) && hash->len > 0)
			return true;
	}
	return false;
}
