/*
 * DNS messages. A compressed name may only jump to a lower offset than every
 * one before (RFC 1035 section 4.1.4 says "prior occurrence"), so reading one
 * always ends. CNAMEs inside an answer are followed first, in any order;
 * then the records of the last name in the chain are what was asked for.
 */
#include "lib/net/dnsmsg.h"

#include <string.h>

enum {
	HEADER = 12,
	CLASS_IN = 1,
	TYPE_OPT = 41,
	LABEL_MAX = 63,
};

/* ---- names ---- */

static bool
host_char(char c)
{
	return char_is_alpha(c) || char_is_digit(c) || c == '-' || c == '_';
}

static bool
add_label(struct dns_name *name, struct span label)
{
	if (label.len > LABEL_MAX || name->len + label.len + 2 > DNS_NAME_MAX)
		return false;
	name->wire[name->len++] = (char)label.len;
	for (size_t i = 0; i < label.len; i++)
		name->wire[name->len++] = char_lower(label.p[i]);
	return true;
}

bool
dns_name_parse(struct span text, struct dns_name *out)
{
	struct dns_name got = { 0 };

	if (text.len > 1 && text.p[text.len - 1] == '.')
		text.len--;
	if (text.len == 0)
		return false;
	for (bool more = true; more; ) {
		size_t dot = span_find(text, '.');
		struct span label = span_head(text, dot);

		more = dot < text.len;
		text = span_tail(text, dot + 1);
		if (label.len == 0 || !add_label(&got, label))
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!host_char(label.p[i]))
				return false;
	}
	got.wire[got.len++] = '\0';
	*out = got;
	return true;
}

bool
dns_name_text(const struct dns_name *name, char room[DNS_TEXT_MAX])
{
	size_t at = 0;
	size_t len = 0;

	while (at < name->len && name->wire[at] != '\0') {
		size_t n = (unsigned char)name->wire[at++];

		if (len > 0)
			room[len++] = '.';
		for (size_t i = 0; i < n; i++) {
			if (!host_char(name->wire[at]))
				return false;
			room[len++] = name->wire[at++];
		}
	}
	room[len] = '\0';
	return true;
}

bool
dns_name_eq(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* ---- numbers ---- */

static unsigned
get16(struct span s, size_t at)
{
	return (unsigned)(unsigned char)s.p[at] << 8 |
	    (unsigned char)s.p[at + 1];
}

static bool
take16(struct span s, size_t *at, unsigned *out)
{
	if (*at > s.len || s.len - *at < 2)
		return false;
	*out = get16(s, *at);
	*at += 2;
	return true;
}

static void
put16(char *to, unsigned n)
{
	to[0] = (char)(n >> 8);
	to[1] = (char)n;
}

/* ---- the question ---- */

size_t
dns_question_write(const struct dns_question *q, bool edns,
    char room[DNS_QUESTION_MAX])
{
	char *p = room + HEADER;

	memset(room, 0, HEADER);
	put16(room, q->id);
	put16(room + 2, 0x0100);	/* recursion desired */
	put16(room + 4, 1);
	memcpy(p, q->name.wire, q->name.len);
	p += q->name.len;
	put16(p, q->type);
	put16(p + 2, CLASS_IN);
	p += 4;
	if (edns) {
		put16(room + 10, 1);
		memset(p, 0, 11);
		put16(p + 1, TYPE_OPT);
		put16(p + 3, DNS_UDP_MAX);
		p += 11;
	}
	return (size_t)(p - room);
}

/* ---- the answer ---- */

/* Reads the name at *at and moves behind it. out may be NULL. */
static bool
take_name(struct span whole, size_t *at, struct dns_name *out)
{
	struct dns_name got = { 0 };
	size_t pos = *at;
	size_t lowest = *at;	/* jumps must go below this */
	bool jumped = false;

	for (;;) {
		size_t n;

		if (pos >= whole.len)
			return false;
		n = (unsigned char)whole.p[pos];
		if ((n & 0xc0) == 0xc0) {
			if (whole.len - pos < 2)
				return false;
			if (!jumped)
				*at = pos + 2;
			jumped = true;
			pos = get16(whole, pos) & 0x3fff;
			if (pos >= lowest)
				return false;
			lowest = pos;
			continue;
		}
		if (n > LABEL_MAX || whole.len - pos - 1 < n)
			return false;
		if (n == 0)
			break;
		if (!add_label(&got, (struct span){ whole.p + pos + 1, n }))
			return false;
		pos += n + 1;
	}
	if (!jumped)
		*at = pos + 1;
	got.wire[got.len++] = '\0';
	if (out != NULL)
		*out = got;
	return true;
}

struct raw {
	struct dns_name owner;
	unsigned type, class;
	size_t data;		/* offset of the data, data_len bytes */
	unsigned data_len;
};

static bool
take_raw(struct span whole, size_t *at, struct raw *out)
{
	if (!take_name(whole, at, &out->owner) ||
	    !take16(whole, at, &out->type) || !take16(whole, at, &out->class))
		return false;
	if (whole.len - *at < 4)
		return false;
	*at += 4;		/* the TTL */
	if (!take16(whole, at, &out->data_len) ||
	    whole.len - *at < out->data_len)
		return false;
	out->data = *at;
	*at += out->data_len;
	return true;
}

/* The name at offset at, which must end where the data ends. */
static bool
data_name(struct span whole, const struct raw *raw, size_t skip,
    struct dns_name *out)
{
	size_t at = raw->data + skip;

	return raw->data_len > skip && take_name(whole, &at, out) &&
	    at == raw->data + raw->data_len;
}

/*
 * One step along the chain. 1 r->owner is now the alias's target; 0 it has no
 * CNAME; -1 malformed.
 */
static int
follow_cname(struct dns_reader *r)
{
	size_t at = r->at;
	struct raw raw;

	for (unsigned i = 0; i < r->left; i++) {
		if (!take_raw(r->whole, &at, &raw))
			return -1;
		if (raw.type != DNS_CNAME || raw.class != CLASS_IN ||
		    !dns_name_eq(&raw.owner, &r->owner))
			continue;
		return data_name(r->whole, &raw, 0, &r->owner) ? 1 : -1;
	}
	return 0;
}

/* Is there a record of the type asked for? 1, 0, -1 malformed. */
static int
has_records(const struct dns_reader *r)
{
	struct dns_reader copy = *r;
	struct dns_record record;

	return dns_reader_next(&copy, &record);
}

static bool
answers(struct span packet, const struct dns_question *q, size_t *at)
{
	struct dns_name name;
	unsigned type, class;

	if (packet.len < HEADER || get16(packet, 0) != q->id ||
	    (get16(packet, 2) & 0xf800) != 0x8000)
		return false;
	*at = HEADER;
	return get16(packet, 4) == 1 && take_name(packet, at, &name) &&
	    take16(packet, at, &type) && take16(packet, at, &class) &&
	    dns_name_eq(&name, &q->name) && type == q->type &&
	    class == CLASS_IN;
}

/* FORMERR may come as a bare header. */
static bool
bare_formerr(struct span packet, const struct dns_question *q)
{
	return packet.len >= HEADER && get16(packet, 0) == q->id &&
	    (get16(packet, 2) & 0xf80f) == 0x8001 && get16(packet, 4) == 0;
}

static enum dns_outcome
open_records(struct dns_reader *r)
{
	int found = 1;
	unsigned steps = 0;

	if (r->type != DNS_CNAME)
		while ((found = follow_cname(r)) == 1)
			if (++steps > DNS_CHAIN_MAX)
				return DNS_BAD;
	if (found == -1 || (found = has_records(r)) == -1)
		return DNS_BAD;
	return found == 1 ? DNS_FOUND : DNS_NODATA;
}

enum dns_outcome
dns_reader_open(struct dns_reader *r, struct span packet,
    const struct dns_question *q)
{
	unsigned flags;

	*r = (struct dns_reader){ .whole = packet, .type = q->type };
	if (bare_formerr(packet, q))
		return DNS_FORMERR;
	if (!answers(packet, q, &r->at))
		return DNS_OTHER;
	flags = get16(packet, 2);
	r->left = get16(packet, 6);
	r->owner = q->name;
	if (flags & 0x0200)
		return DNS_TRUNCATED;
	switch (flags & 0xf) {
	case 0:
		break;
	case 1:
		return DNS_FORMERR;
	case 3:
		return DNS_NXDOMAIN;
	default:
		return DNS_SERVFAIL;
	}
	if (r->left > DNS_RECORDS_MAX)
		r->left = DNS_RECORDS_MAX;
	return open_records(r);
}

static bool
read_data(struct span whole, const struct raw *raw, struct dns_record *out)
{
	const char *data = whole.p + raw->data;

	*out = (struct dns_record){ 0 };
	switch (raw->type) {
	case DNS_A:
		out->ip.family = 4;
		if (raw->data_len == 4)
			memcpy(out->ip.bytes, data, 4);
		return raw->data_len == 4;
	case DNS_AAAA:
		out->ip.family = 6;
		if (raw->data_len == 16)
			memcpy(out->ip.bytes, data, 16);
		ip_unmap(&out->ip);
		return raw->data_len == 16;
	case DNS_MX:
		if (raw->data_len < 3)
			return false;
		out->preference = (uint16_t)get16(whole, raw->data);
		return data_name(whole, raw, 2, &out->name);
	default:
		return data_name(whole, raw, 0, &out->name);
	}
}

int
dns_reader_next(struct dns_reader *r, struct dns_record *out)
{
	struct raw raw;

	while (r->left > 0) {
		r->left--;
		if (!take_raw(r->whole, &r->at, &raw))
			return -1;
		if (raw.type == r->type && raw.class == CLASS_IN &&
		    dns_name_eq(&raw.owner, &r->owner))
			return read_data(r->whole, &raw, out) ? 1 : -1;
	}
	return 0;
}
