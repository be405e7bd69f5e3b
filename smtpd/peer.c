/*
 * The peer as its parent names it: tcpserver and s6 by TCPREMOTEIP, systemd
 * with Accept=yes by REMOTE_ADDR, inetd not at all: there the socket is asked.
 */
#include "smtpd/peer.h"

#include <stdlib.h>
#include <string.h>

/* An address given as text, v4-mapped ones made plain. */
static bool
named(struct peer *p, const char *text)
{
	struct ip ip;

	if (text == NULL || !ip_parse(span_str(text), &ip))
		return false;
	ip_format(&ip, p->ip_room);
	p->ip = p->ip_room;
	return true;
}

static bool
asked(struct peer *p, int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;
	struct ip ip;
	uint16_t port;

	if (getpeername(fd, (struct sockaddr *)&sa, &len) == -1 ||
	    !ip_from_sockaddr(&sa, &ip, &port))
		return false;
	ip_format(&ip, p->ip_room);
	p->ip = p->ip_room;
	return true;
}

static void
find_local(struct peer *p, int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;
	const char *text = getenv("TCPLOCALIP");
	uint16_t port;

	if (text != NULL && ip_parse(span_str(text), &p->local))
		return;
	p->local.family = 0;
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
	    !ip_from_sockaddr(&sa, &p->local, &port))
		p->local.family = 0;
}

static const char *
unless_empty(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

void
peer_find(struct peer *p, int fd)
{
	*p = (struct peer){ .ip = "unknown" };
	if (!named(p, getenv("TCPREMOTEIP")) &&
	    !named(p, getenv("REMOTE_ADDR")))
		asked(p, fd);
	p->host = unless_empty(getenv("TCPREMOTEHOST"));
	p->info = unless_empty(getenv("TCPREMOTEINFO"));
	p->local_host = unless_empty(getenv("TCPLOCALHOST"));
	find_local(p, fd);
}
