/* Who is at the other end, and at this one. */
#ifndef SMTPD_PEER_H
#define SMTPD_PEER_H

#include "lib/net/ip.h"

struct peer {
	const char *ip;		/* as text; "unknown" when there is none */
	const char *host;	/* $TCPREMOTEHOST, or NULL */
	const char *info;	/* $TCPREMOTEINFO, or NULL */
	const char *local_host;	/* $TCPLOCALHOST, or NULL */
	struct ip local;	/* family 0 when not known */
	char ip_room[IP_TEXT_MAX];
};

/*
 * Fills p from the environment that tcpserver and its likes set up, from
 * systemd's REMOTE_ADDR, or by asking the socket fd, in this order. An IPv4
 * address mapped into IPv6 is told as IPv4. Never fails: what cannot be found
 * is unknown. The strings live as long as the environment and p.
 */
void peer_find(struct peer *p, int fd);

#endif
