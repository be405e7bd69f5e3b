/*
 * IP addresses as values. IPv6 text is read into groups left of "::" and
 * groups right of it; what is between them is zero.
 */
#include "lib/net/ip.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/base/num.h"

enum { GROUPS = 8 };

static size_t
ip_len(const struct ip *ip)
{
	return ip->family == 4 ? 4 : ip->family == 6 ? 16 : 0;
}

/* ---- text to address ---- */

static bool
take_char(struct span *in, char c)
{
	if (in->len == 0 || *in->p != c)
		return false;
	*in = span_tail(*in, 1);
	return true;
}

static bool
parse_v4(struct span s, uint8_t to[4])
{
	for (int i = 0; i < 4; i++) {
		uint64_t n;

		if (i > 0 && !take_char(&s, '.'))
			return false;
		if (s.len > 1 && s.p[0] == '0' && char_is_digit(s.p[1]))
			return false;	/* octal to some readers */
		if (num_take(&s, 255, &n) != PARSE_OK)
			return false;
		to[i] = (uint8_t)n;
	}
	return s.len == 0;
}

static int
hex_value(char c)
{
	c = char_lower(c);
	if (char_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hex digits. */
static bool
take_group(struct span *in, uint16_t *out)
{
	unsigned n = 0;
	size_t i = 0;

	for (; i < 4 && i < in->len && hex_value(in->p[i]) >= 0; i++)
		n = n * 16 + (unsigned)hex_value(in->p[i]);
	if (i == 0)
		return false;
	*in = span_tail(*in, i);
	*out = (uint16_t)n;
	return true;
}

/*
 * Groups with colons between them, at most max; the last two may be a dotted
 * quad. Stops before "::". How many; -1 when malformed.
 */
static int
take_groups(struct span *in, uint16_t *groups, int max)
{
	int n = 0;

	while (in->len > 0 && !span_starts(*in, SPAN("::"))) {
		struct span part = span_head(*in, span_find(*in, ':'));
		uint8_t quad[4];

		if (n > 0) {
			if (!take_char(in, ':'))
				return -1;
			part = span_head(*in, span_find(*in, ':'));
		}
		if (part.len == in->len && n + 2 <= max &&
		    parse_v4(part, quad)) {
			groups[n++] = (uint16_t)(quad[0] << 8 | quad[1]);
			groups[n++] = (uint16_t)(quad[2] << 8 | quad[3]);
			*in = span_tail(*in, part.len);
			return n;
		}
		if (n == max || !take_group(in, &groups[n]))
			return -1;
		n++;
	}
	return n;
}

static bool
parse_v6(struct span s, uint8_t to[16])
{
	uint16_t left[GROUPS], right[GROUPS];
	int nleft = take_groups(&s, left, GROUPS);
	int nright = 0;

	if (nleft == -1)
		return false;
	if (span_starts(s, SPAN("::")) && nleft < GROUPS) {
		s = span_tail(s, 2);
		nright = take_groups(&s, right, GROUPS - 1 - nleft);
		if (nright == -1 || s.len > 0)
			return false;
	} else if (nleft != GROUPS || s.len > 0) {
		return false;
	}
	memset(to, 0, 16);
	for (int i = 0; i < nleft; i++) {
		to[2 * i] = (uint8_t)(left[i] >> 8);
		to[2 * i + 1] = (uint8_t)left[i];
	}
	for (int i = 0; i < nright; i++) {
		int at = GROUPS - nright + i;

		to[2 * at] = (uint8_t)(right[i] >> 8);
		to[2 * at + 1] = (uint8_t)right[i];
	}
	return true;
}

void
ip_unmap(struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (ip->family != 6 || memcmp(ip->bytes, mapped, 12) != 0)
		return;
	memmove(ip->bytes, ip->bytes + 12, 4);
	memset(ip->bytes + 4, 0, 12);
	ip->family = 4;
}

bool
ip_parse(struct span s, struct ip *out)
{
	struct ip got = { 0 };

	if (parse_v4(s, got.bytes)) {
		got.family = 4;
	} else {
		memset(got.bytes, 0, sizeof got.bytes);
		if (!parse_v6(s, got.bytes))
			return false;
		got.family = 6;
		ip_unmap(&got);
	}
	*out = got;
	return true;
}

bool
ip_literal_parse(struct span s, struct ip *out)
{
	struct ip got;

	if (s.len < 2 || s.p[0] != '[' || s.p[s.len - 1] != ']')
		return false;
	s = span_head(span_tail(s, 1), s.len - 2);
	if (span_case_starts(s, SPAN("IPv6:"))) {
		s = span_tail(s, 5);
		if (span_find(s, ':') == s.len)
			return false;
	}
	if (!ip_parse(s, &got))
		return false;
	*out = got;
	return true;
}

/* ---- address to text ---- */

static char *
put_num(char *to, unsigned n, unsigned base)
{
	static const char digits[] = "0123456789abcdef";
	char room[8];
	size_t len = 0;

	do
		room[len++] = digits[n % base];
	while ((n /= base) > 0);
	while (len > 0)
		*to++ = room[--len];
	return to;
}

static char *
format_v4(const uint8_t *bytes, char *to)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*to++ = '.';
		to = put_num(to, bytes[i], 10);
	}
	return to;
}

/* Finds the first longest run of two or more zero groups (RFC 5952, 4.2). */
static void
longest_zeros(const uint16_t *groups, int *at, int *len)
{
	*at = -1;
	*len = 1;
	for (int i = 0; i < GROUPS; i++) {
		int n = 0;

		while (i + n < GROUPS && groups[i + n] == 0)
			n++;
		if (n > *len) {
			*at = i;
			*len = n;
		}
		i += n;
	}
}

static char *
format_v6(const uint8_t *bytes, char *to)
{
	uint16_t groups[GROUPS];
	int gap, gap_len;

	for (int i = 0; i < GROUPS; i++)
		groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	longest_zeros(groups, &gap, &gap_len);
	for (int i = 0; i < GROUPS; i++) {
		if (i == gap) {
			*to++ = ':';
			*to++ = ':';
			i += gap_len - 1;
			continue;
		}
		if (i > 0 && to[-1] != ':')
			*to++ = ':';
		to = put_num(to, groups[i], 16);
	}
	return to;
}

struct span
ip_format(const struct ip *ip, char room[IP_TEXT_MAX])
{
	char *end = room;

	if (ip->family == 4) {
		end = format_v4(ip->bytes, room);
	} else if (ip->family == 6) {
		end = format_v6(ip->bytes, room);
	} else {
		end = stpcpy(room, "none");
	}
	*end = '\0';
	return span_between(room, end);
}

struct span
ip_literal_format(const struct ip *ip, char room[IP_LITERAL_MAX])
{
	char text[IP_TEXT_MAX];
	struct span s = ip_format(ip, text);
	struct span tag = ip->family == 6 ? SPAN("[IPv6:") : SPAN("[");

	memcpy(room, tag.p, tag.len);
	memcpy(room + tag.len, s.p, s.len);
	memcpy(room + tag.len + s.len, "]", 2);
	return (struct span){ room, tag.len + s.len + 1 };
}

/* ---- asking ---- */

bool
ip_eq(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	    memcmp(a->bytes, b->bytes, ip_len(a)) == 0;
}

bool
ip_is_any(const struct ip *ip)
{
	static const uint8_t zero[16];

	return ip->family != 0 && memcmp(ip->bytes, zero, ip_len(ip)) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (ip->family == 4)
		return ip->bytes[0] == 127;
	return ip->family == 6 && memcmp(ip->bytes, one, 16) == 0;
}

bool
ip_is_link_local(const struct ip *ip)
{
	if (ip->family == 4)
		return ip->bytes[0] == 169 && ip->bytes[1] == 254;
	return ip->family == 6 && ip->bytes[0] == 0xfe &&
	    (ip->bytes[1] & 0xc0) == 0x80;
}

bool
ip_prefix_parse(struct span s, struct ip_prefix *out)
{
	struct ip_prefix got = { 0 };
	bool has_bits = span_find(s, '/') < s.len;
	struct span addr = span_cut(&s, '/');
	uint64_t bits;

	if (!ip_parse(addr, &got.base))
		return false;
	bits = ip_len(&got.base) * 8;
	if (has_bits && num_parse(s, bits, &bits) == -1)
		return false;
	got.bits = (unsigned)bits;
	*out = got;
	return true;
}

bool
ip_in_prefix(const struct ip *ip, const struct ip_prefix *prefix)
{
	unsigned whole = prefix->bits / 8;
	unsigned rest = prefix->bits % 8;
	unsigned mask = 0xff00u >> rest & 0xff;

	if (ip->family != prefix->base.family || ip->family == 0)
		return false;
	if (memcmp(ip->bytes, prefix->base.bytes, whole) != 0)
		return false;
	return rest == 0 ||
	    ((ip->bytes[whole] ^ prefix->base.bytes[whole]) & mask) == 0;
}

/* ---- socket addresses ---- */

socklen_t
ip_to_sockaddr(const struct ip *ip, uint16_t port,
    struct sockaddr_storage *out)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)out;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (ip->family == 6) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		memcpy(&sin6->sin6_addr, ip->bytes, 16);
		return sizeof *sin6;
	}
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	memcpy(&sin->sin_addr, ip->bytes, 4);
	return sizeof *sin;
}

bool
ip_from_sockaddr(const struct sockaddr_storage *from, struct ip *ip,
    uint16_t *port)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)from;

	memset(ip, 0, sizeof *ip);
	*port = 0;
	if (from->ss_family == AF_INET) {
		ip->family = 4;
		memcpy(ip->bytes, &sin->sin_addr, 4);
		*port = ntohs(sin->sin_port);
	} else if (from->ss_family == AF_INET6) {
		ip->family = 6;
		memcpy(ip->bytes, &sin6->sin6_addr, 16);
		*port = ntohs(sin6->sin6_port);
		ip_unmap(ip);
	}
	return ip->family != 0;
}
