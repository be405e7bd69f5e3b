/*
 * Where to connect: the keys that send gives, the right side of smtproutes.
 * Pure.
 */
#ifndef REMOTE_ROUTE_H
#define REMOTE_ROUTE_H

#include "lib/net/ip.h"

struct route {
	bool relay;		/* the administrator named this host: no MX is
				   looked up, and it may be ourselves */
	struct ip ip;		/* family 0: host is a name */
	struct span host;	/* as written, without port; into the text */
	uint16_t port;		/* 0: the usual one */
};

/*
 * The right side of smtproutes: "host", "1.2.3.4", "[1.2.3.4]", "[v6]",
 * "[IPv6:v6]", each perhaps with ":port"; a bare "2001:db8::1" has no port.
 */
bool route_parse_relay(struct span text, struct route *out);
/* A mail domain, or an address literal in brackets. */
bool route_parse_domain(struct span text, struct route *out);
/* send's key: "m:domain" or "r:relay". */
bool route_parse_key(struct span key, struct route *out);

/*
 * Looks domain up in smtproutes (lines as control_list reads them): domain
 * itself, then its suffixes with their dot, the longest first, then the empty
 * one; the first line of several. relay is the line's right side, perhaps
 * empty (by MX). false when no line matches.
 */
bool smtproutes_find(struct span list, struct span domain,
    struct span *relay);

#endif
