/*
 * Settings and routes: what the control files say. All of them are read at
 * start and again on SIGHUP, and then hold for queued mail too.
 */
#ifndef SEND_ROUTE_H
#define SEND_ROUTE_H

#include "lib/mail/rewrite.h"
#include "send/schedule.h"

struct settings {
	uint64_t concurrency[KINDS];	/* concurrencylocal, -remote */
	uint64_t lifetime_s;		/* queuelifetime */
	uint64_t delay_warning_s;	/* delaywarning; 0: none */
	uint64_t bounce_max;		/* bouncemaxbytes */
	struct buf me, bouncefrom, bouncehost;
	struct buf doublebounceto, doublebouncehost;
};

struct routes {
	struct rewrite rewrite;
	struct rewrite_table smtproutes;	/* domain: relay */
	char *smtproutes_text;
};

/* What becomes of a recipient. Points into scratch buffers of the caller. */
struct route {
	enum kind kind;
	struct span address;	/* as to be delivered */
	struct span key;	/* LOCAL: the local part, to ask users for;
				 * REMOTE: "m:domain" or "r:relay" */
};

/* The buffers that a route points into. */
struct route_room {
	struct buf address, key;
};

void route_room_init(struct route_room *room);

/*
 * Reads all control files below dir. own_ips: NUL-ended addresses of this
 * host. 0; -1 with errno, and then *what names the file and nothing has
 * changed.
 */
int settings_load(struct settings *s, int dir, const char **what) MUST_CHECK;
int routes_load(struct routes *r, int dir, struct span own_ips,
    const char **what) MUST_CHECK;
void settings_free(struct settings *s);
void routes_free(struct routes *r);

/* 0; -1 with errno ENOMEM or EMSGSIZE. */
int route_recipient(const struct routes *r, struct span address,
    struct route_room *room, struct route *out) MUST_CHECK;

/* The rspawn key of a domain: of smtproutes, else its MX. For tests. */
void route_key(const struct routes *r, struct span domain, struct buf *key);

#endif
