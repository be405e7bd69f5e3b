/*
 * Asking the recursive resolvers of /etc/resolv.conf, several questions at a
 * time: UDP with EDNS, then TCP for what was cut, the next server when one is
 * silent or fails, an end in bounded time. Our own rather than libc's, whose
 * versions differ in what they retry, and read files at every question.
 */
#ifndef LIB_NET_DNS_H
#define LIB_NET_DNS_H

#include "lib/net/dnsmsg.h"
#include "lib/os/deadline.h"

enum { DNS_SERVERS_MAX = 3, DNS_ASK_MAX = 64 };

struct dns {
	struct { struct ip ip; uint16_t port; } servers[DNS_SERVERS_MAX];
	unsigned nservers;
	unsigned attempts;	/* rounds over all servers */
	unsigned timeout_ms;	/* of a try in the first round; then doubled */
};

/* Takes nameserver and options lines of a resolv.conf; pure. */
void dns_configure(struct dns *dns, struct span resolv_conf);
/*
 * The same from /etc/resolv.conf; 127.0.0.1 when there is none. A root-less
 * build asks $POSTERN_DNS ("ip" or "ip:port") instead, when that is set.
 * 0; -1 with errno when the file cannot be read.
 */
int dns_load(struct dns *dns);

/* One question, and what became of it. */
struct dns_ask {
	struct dns_question question;	/* name and type: the caller's */
	enum dns_outcome outcome;	/* FOUND, NODATA, NXDOMAIN, SERVFAIL,
					   BAD or TIMEOUT */
	unsigned state;			/* dns_ask_all's own */
};

/*
 * Asks n <= DNS_ASK_MAX questions at once and waits for all the answers, at
 * most until d. take is called for each that was FOUND, with a reader that
 * lives until take returns.
 */
void dns_ask_all(const struct dns *dns, struct dns_ask *asks, size_t n,
    struct deadline d, void (*take)(void *self, const struct dns_ask *ask,
    struct dns_reader *r), void *self);

#endif
