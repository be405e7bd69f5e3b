/*
 * From a route to addresses, in the order to try them: MX records with equal
 * preferences shuffled (RFC 5321 section 5.1), none at all meaning the domain
 * itself, the null MX (RFC 7505), hosts up to and with ourselves left out.
 */
#ifndef REMOTE_MX_H
#define REMOTE_MX_H

#include "remote/route.h"
#include "remote/settings.h"
#include "remote/why.h"

enum {
	MX_HOSTS_MAX = 20,	/* the best of a domain's MX records */
	MX_HOST_ADDRESSES = 4,	/* of each family of one host */
	MX_TARGETS_MAX = 40,
};

struct target {
	struct ip ip;
	uint16_t port;
};

struct targets {
	size_t n;
	struct target list[MX_TARGETS_MAX];
};

/* Fills out. 0; -1 with *why. */
int targets_find(const struct settings *s, const struct route *route,
    struct deadline d, struct targets *out, struct why *why);

/* ---- the decisions, pure ---- */

struct mx_host {
	struct dns_name name;
	uint16_t preference;
	uint16_t lot;		/* random: the order of equals */
	bool unsure;		/* a look-up failed for now */
	uint8_t n4, n6;
	struct ip ip4[MX_HOST_ADDRESSES], ip6[MX_HOST_ADDRESSES];
};

struct mx_list {
	size_t n;
	bool null;		/* a null MX was among them */
	bool relay;		/* not from DNS: may be this host */
	struct mx_host hosts[MX_HOSTS_MAX];
};

/*
 * Adds a record; when the list is full the worst of all is left out. Hosts
 * that nobody could look up, and names seen before, are left out too.
 */
void mx_add(struct mx_list *l, const struct dns_name *name,
    uint16_t preference, uint16_t lot);
/* Best preference first, equals by lot. */
void mx_sort(struct mx_list *l);

enum mx_verdict {
	MX_OK,
	MX_SELF,		/* the best that is left is this host */
	MX_UNSURE,		/* a look-up failed; nothing else is left */
	MX_NONE			/* no host has an address */
};
/* From a sorted list whose hosts have their addresses, to targets. */
enum mx_verdict mx_choose(const struct settings *s, const struct mx_list *l,
    uint16_t port, struct targets *out);

#endif
