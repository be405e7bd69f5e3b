/* Replies of SMTP servers, and what an EHLO reply offers. */
#include "remote/reply.h"

#include <string.h>

#include "lib/base/num.h"

void
reply_start(struct reply *r)
{
	r->code = 0;
	r->lines = 0;
	r->len = 0;
	r->status[0] = '\0';
}

char
reply_class(const struct reply *r)
{
	return (char)('0' + r->code / 100);
}

struct span
reply_text(const struct reply *r)
{
	return (struct span){ r->text, r->len };
}

/* Three digits that say 200 to 599. */
static bool
take_code(struct span *in, unsigned *out)
{
	unsigned code = 0;

	if (in->len < 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (!char_is_digit(in->p[i]))
			return false;
		code = code * 10 + (unsigned)(in->p[i] - '0');
	}
	*in = span_tail(*in, 3);
	*out = code;
	return code >= 200 && code <= 599;
}

static void
keep_text(struct reply *r, struct span line)
{
	if (r->len > 0 && r->len < REPLY_TEXT_MAX)
		r->text[r->len++] = '\n';
	for (size_t i = 0; i < line.len && r->len < REPLY_TEXT_MAX; i++) {
		char c = line.p[i];

		r->text[r->len++] = c == '\t' ? ' ' :
		    c >= ' ' && c < 127 ? c : '?';
	}
}

/* "5.1.1" at the front of said, its class that of the code. */
static void
keep_status(struct reply *r, struct span said)
{
	struct span rest = said;
	uint64_t n;
	size_t len;

	if (r->status[0] != '\0' || said.len == 0 ||
	    *said.p != reply_class(r))
		return;
	rest = span_tail(rest, 1);
	for (int i = 0; i < 2; i++) {
		if (rest.len == 0 || *rest.p != '.')
			return;
		rest = span_tail(rest, 1);
		if (num_take(&rest, 999, &n) != PARSE_OK)
			return;
	}
	len = said.len - rest.len;
	if ((rest.len > 0 && *rest.p != ' ') || len >= REPLY_STATUS_MAX)
		return;
	memcpy(r->status, said.p, len);
	r->status[len] = '\0';
}

enum parse
reply_add(struct reply *r, struct span line, struct span *said)
{
	struct span rest = line;
	unsigned code;
	bool more;

	if (!take_code(&rest, &code) || (r->lines > 0 && code != r->code) ||
	    ++r->lines > REPLY_LINES_MAX)
		return PARSE_BAD;
	if (rest.len > 0 && *rest.p != ' ' && *rest.p != '-')
		return PARSE_BAD;
	r->code = code;
	more = rest.len > 0 && *rest.p == '-';
	rest = span_tail(rest, 1);
	keep_text(r, line);
	keep_status(r, rest);
	if (said != NULL)
		*said = rest;
	return more ? PARSE_MORE : PARSE_OK;
}

void
reply_status(const struct reply *r, char as, char to[REPLY_STATUS_MAX])
{
	memcpy(to, as == r->status[0] ? r->status : "x.0.0",
	    as == r->status[0] ? sizeof r->status : 6);
	to[0] = as;
}

/* ---- EHLO ---- */

static void
add_limits(struct offers *o, struct span params)
{
	while (params.len > 0) {
		struct span word = span_cut(&params, ' ');
		struct span name = span_cut(&word, '=');

		if (span_case_is(name, "RCPTMAX") &&
		    num_parse(word, UINT32_MAX, &o->rcpt_max) == -1)
			o->rcpt_max = 0;
	}
}

void
offers_add(struct offers *o, struct span line)
{
	struct span params = span_trim(line);
	struct span word = span_cut(&params, ' ');

	if (span_case_is(word, "PIPELINING"))
		o->pipelining = true;
	else if (span_case_is(word, "8BITMIME"))
		o->eight_bit = true;
	else if (span_case_is(word, "SMTPUTF8"))
		o->smtputf8 = true;
	else if (span_case_is(word, "DSN"))
		o->dsn = true;
	else if (span_case_is(word, "LIMITS"))
		add_limits(o, params);
	else if (span_case_is(word, "SIZE")) {
		o->size = true;
		if (num_parse(span_trim(params), UINT64_MAX, &o->size_max) == -1)
			o->size_max = 0;
	}
}
