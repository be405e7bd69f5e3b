/* What the control files say about remote deliveries, read once at start. */
#ifndef REMOTE_SETTINGS_H
#define REMOTE_SETTINGS_H

#include "lib/net/dns.h"
#include "remote/reply.h"

enum {
	SETTINGS_HELO_MAX = 256,
	SETTINGS_PREFIX_MAX = 64,	/* lines of moreipme, notipme */
};

struct settings {
	char helo[SETTINGS_HELO_MAX];
	int64_t connect_ms, reply_ms, idle_ms;
	struct ip source4, source6;	/* family 0: any */
	bool use4, use6, six_first;
	struct dns dns;
	uint16_t smtp_port;		/* 25, but in root-less tests */
	size_t nmore, nnot;
	struct ip_prefix more[SETTINGS_PREFIX_MAX];
	struct ip_prefix not[SETTINGS_PREFIX_MAX];
};

/*
 * Reads helohost (me), timeoutconnect, timeoutremote, outgoingip,
 * outgoingfamilies, moreipme, notipme and resolv.conf.
 * 0; -1, and what names the file that failed (errno).
 */
int settings_read(struct settings *s, const char **what);

/* Does mail sent to ip come back to this host? */
bool settings_is_self(const struct settings *s, const struct ip *ip);

#endif
