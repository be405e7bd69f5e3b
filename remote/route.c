/* Where to connect. */
#include "remote/route.h"

#include "lib/base/num.h"

static bool
take_port(struct span text, uint16_t *port)
{
	uint64_t n;

	if (text.len == 0)
		return true;
	if (*text.p != ':' || num_parse(span_tail(text, 1), 65535, &n) == -1 ||
	    n == 0)
		return false;
	*port = (uint16_t)n;
	return true;
}

bool
route_parse_relay(struct span text, struct route *out)
{
	struct route got = { .relay = true, .host = text };
	size_t end;

	text = span_trim(text);
	if (text.len == 0)
		return false;
	if (*text.p == '[') {
		end = span_find(text, ']');
		if (end == text.len)
			return false;
		end++;
		got.host = span_head(text, end);
		if (!ip_literal_parse(got.host, &got.ip))
			return false;
	} else if (ip_parse(text, &got.ip)) {
		end = text.len;
		got.host = text;
	} else {
		end = span_find(text, ':');
		got.host = span_head(text, end);
		if (got.host.len == 0)
			return false;
		(void)ip_parse(got.host, &got.ip);
	}
	if (!take_port(span_tail(text, end), &got.port))
		return false;
	*out = got;
	return true;
}

bool
route_parse_domain(struct span text, struct route *out)
{
	struct route got = { .host = text };

	if (text.len == 0)
		return false;
	if (*text.p == '[' && !ip_literal_parse(text, &got.ip))
		return false;
	*out = got;
	return true;
}

bool
route_parse_key(struct span key, struct route *out)
{
	if (span_starts(key, SPAN("m:")))
		return route_parse_domain(span_tail(key, 2), out);
	if (span_starts(key, SPAN("r:")))
		return route_parse_relay(span_tail(key, 2), out);
	return false;
}

static bool
find_line(struct span list, struct span want, struct span *relay)
{
	while (list.len > 0) {
		struct span line = span_cut(&list, '\0');
		size_t colon = span_find(line, ':');

		if (colon < line.len &&
		    span_case_eq(span_head(line, colon), want)) {
			*relay = span_trim(span_tail(line, colon + 1));
			return true;
		}
	}
	return false;
}

bool
smtproutes_find(struct span list, struct span domain, struct span *relay)
{
	struct span rest = domain;

	if (find_line(list, domain, relay))
		return true;
	while (rest.len > 0) {
		rest = span_tail(rest, 1);
		rest = span_tail(rest, span_find(rest, '.'));
		if (find_line(list, rest, relay))
			return true;
	}
	return false;
}
