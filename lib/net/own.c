/* The addresses of this host, from its interfaces. */
#include "lib/net/own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>

static const void *
bytes_of(const struct sockaddr *sa)
{
	if (sa == NULL)
		return NULL;
	if (sa->sa_family == AF_INET)
		return &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	if (sa->sa_family == AF_INET6)
		return &((const struct sockaddr_in6 *)
		    (const void *)sa)->sin6_addr;
	return NULL;
}

int
own_addresses(struct buf *out)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) == -1)
		return -1;
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		const void *bytes = bytes_of(i->ifa_addr);
		char text[INET6_ADDRSTRLEN];

		if (bytes == NULL || inet_ntop(i->ifa_addr->sa_family, bytes,
		    text, sizeof text) == NULL)
			continue;
		buf_str(out, text);
		buf_char(out, '\0');
	}
	freeifaddrs(all);
	if (out->err != 0) {
		errno = out->err;
		return -1;
	}
	return 0;
}
