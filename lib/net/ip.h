/*
 * IP addresses of both families as values: parsing, printing, prefixes, and
 * the address literals of RFC 5321 section 4.1.3. Pure.
 */
#ifndef LIB_NET_IP_H
#define LIB_NET_IP_H

#include <stdint.h>
#include <sys/socket.h>

#include "lib/base/span.h"

struct ip {
	uint8_t family;		/* 4, 6, or 0: no address */
	uint8_t bytes[16];	/* network order; 4 of them count for family 4 */
};

enum {
	IP_TEXT_MAX = 46,	/* room for ip_format, NUL counted */
	IP_LITERAL_MAX = 54,	/* room for ip_literal_format */
};

/*
 * All of s as an address: four decimal parts without leading zeros, or
 * RFC 4291 section 2.2, the last 32 bits perhaps dotted; no zone. An IPv4
 * address mapped into IPv6 (::ffff:a.b.c.d) becomes the IPv4 address.
 */
bool ip_parse(struct span s, struct ip *out);

/*
 * All of s as an address literal with its brackets: "[192.0.2.1]",
 * "[IPv6:2001:db8::1]"; "[2001:db8::1]" is taken too. Any other tag: false.
 */
bool ip_literal_parse(struct span s, struct ip *out);

/*
 * As text in room, NUL-ended (the NUL is not counted): dotted, or RFC 5952's
 * form. "none" for family 0. The span points into room.
 */
struct span ip_format(const struct ip *ip, char room[IP_TEXT_MAX]);
/* The same as an address literal: "[192.0.2.1]", "[IPv6:2001:db8::1]". */
struct span ip_literal_format(const struct ip *ip, char room[IP_LITERAL_MAX]);

/* An IPv4 address mapped into IPv6 becomes the IPv4 address. */
void ip_unmap(struct ip *ip);

bool ip_eq(const struct ip *a, const struct ip *b);
bool ip_is_loopback(const struct ip *ip);	/* 127/8, ::1 */
bool ip_is_any(const struct ip *ip);		/* 0.0.0.0, :: */
bool ip_is_link_local(const struct ip *ip);	/* 169.254/16, fe80::/10 */

/* Some addresses: those whose first bits equal base's. */
struct ip_prefix {
	struct ip base;
	unsigned bits;		/* at most 32 or 128 */
};

/* "10.0.0.0/8", "2001:db8::/32", or an address: all of its bits. */
bool ip_prefix_parse(struct span s, struct ip_prefix *out);
bool ip_in_prefix(const struct ip *ip, const struct ip_prefix *prefix);

/* To and from socket addresses. The length for bind(2) and connect(2). */
socklen_t ip_to_sockaddr(const struct ip *ip, uint16_t port,
    struct sockaddr_storage *out);
/* false, and family 0, for any other kind of socket address. */
bool ip_from_sockaddr(const struct sockaddr_storage *from, struct ip *ip,
    uint16_t *port);

#endif
