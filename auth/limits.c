/* Failures counted in set-associative tables of fixed size. */
#include "auth/limits.h"

#include <string.h>

#include "lib/base/table.h"
#include "lib/net/ip.h"

enum { KIND_PEER = 1, KIND_USER, KIND_FRIEND, NAME_MAX_BYTES = 255 };

/* Names count whatever their case; never 0. */
static uint64_t
name_key(const struct limits *l, struct span user)
{
	char low[NAME_MAX_BYTES];
	struct span s = span_head(user, sizeof low);

	for (size_t i = 0; i < s.len; i++)
		low[i] = char_lower(s.p[i]);
	s.p = low;
	return table_hash(s, l->seed + KIND_USER) | 1;
}

/* 0: not to be counted (no address, or this host itself). */
static uint64_t
peer_key(const struct limits *l, struct span peer)
{
	struct ip ip;
	struct span s;

	if (!ip_parse(peer, &ip) || ip_is_loopback(&ip))
		return 0;
	s = (struct span){ (const char *)ip.bytes, ip.family == 4 ? 4 : 8 };
	return table_hash(s, l->seed + KIND_PEER) | 1;
}

static uint64_t
friend_key(uint64_t peer, uint64_t user)
{
	return table_hash_num(peer * KIND_FRIEND + user) | 1;
}

/* The entry of key, or where it would go: a free place or the oldest. */
static struct limits_entry *
place(struct limits_table *t, uint64_t key)
{
	struct limits_entry *set = t->sets[(key >> 8) % LIMITS_SETS];
	struct limits_entry *oldest = &set[0];

	for (size_t i = 0; i < LIMITS_WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key == 0 || (oldest->key != 0 &&
		    set[i].at_ms < oldest->at_ms))
			oldest = &set[i];
	}
	return oldest;
}

/* What is left of the count by now. */
static uint32_t
leaked(const struct limits_entry *e, uint32_t limit, int64_t window_ms,
    int64_t now_ms)
{
	int64_t gone = (now_ms - e->at_ms) * limit / window_ms;

	return gone >= e->count ? 0 : e->count - (uint32_t)gone;
}

static bool
full(const struct limits *l, struct limits_table *t, uint64_t key,
    uint32_t limit, int64_t now_ms)
{
	struct limits_entry *e = place(t, key);

	return limit > 0 && key != 0 && e->key == key &&
	    leaked(e, limit, l->window_ms, now_ms) >= limit;
}

static void
count(const struct limits *l, struct limits_table *t, uint64_t key,
    uint32_t limit, int64_t now_ms)
{
	struct limits_entry *e = place(t, key);
	uint32_t had = 0;

	if (limit == 0 || key == 0)
		return;
	if (e->key == key)
		had = leaked(e, limit, l->window_ms, now_ms);
	*e = (struct limits_entry){ key, now_ms,
		had < limit ? had + 1 : limit };
}

bool
limits_allow(struct limits *l, struct span peer, struct span user,
    int64_t now_ms)
{
	uint64_t p = peer_key(l, peer), u = name_key(l, user);
	uint64_t both = friend_key(p, u);

	if (place(&l->friends, both)->key == both)
		return true;
	return !full(l, &l->peers, p, l->per_peer, now_ms) &&
	    !full(l, &l->users, u, l->per_user, now_ms);
}

void
limits_failed(struct limits *l, struct span peer, struct span user,
    int64_t now_ms)
{
	count(l, &l->peers, peer_key(l, peer), l->per_peer, now_ms);
	count(l, &l->users, name_key(l, user), l->per_user, now_ms);
}

void
limits_passed(struct limits *l, struct span peer, struct span user,
    int64_t now_ms)
{
	uint64_t both = friend_key(peer_key(l, peer), name_key(l, user));

	*place(&l->friends, both) = (struct limits_entry){ both, now_ms, 0 };
}
