/*
 * How many failures are too many: per client network (an IPv4 address, an IPv6
 * /64) and per user. Counts leak away over time. Who has logged in from there
 * before is never refused, so that a stranger cannot lock anybody out at home.
 * All tables have a fixed size; when one is full the least recent goes. Pure:
 * keys are hashes, the time is told.
 */
#ifndef AUTH_LIMITS_H
#define AUTH_LIMITS_H

#include <stdint.h>

#include "lib/base/span.h"

enum { LIMITS_WAYS = 8, LIMITS_SETS = 512 };

struct limits_entry {
	uint64_t key;			/* 0: free */
	int64_t at_ms;			/* last change */
	uint32_t count;
};

struct limits_table {
	struct limits_entry sets[LIMITS_SETS][LIMITS_WAYS];
};

struct limits {
	uint32_t per_peer, per_user;	/* failures; 0: no limit */
	int64_t window_ms;		/* in which a full count leaks away */
	uint64_t seed;
	struct limits_table peers, users, friends;
};

/* May this attempt be looked at? */
bool limits_allow(struct limits *l, struct span peer, struct span user,
    int64_t now_ms);
/* It failed; it succeeded. */
void limits_failed(struct limits *l, struct span peer, struct span user,
    int64_t now_ms);
void limits_passed(struct limits *l, struct span peer, struct span user,
    int64_t now_ms);

#endif
