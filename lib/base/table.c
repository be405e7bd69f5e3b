/* A hash table with linear probing; removal closes the gap. */
#include "lib/base/table.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_FIRST_ROOM = 16 };

void
table_init(struct table *t, uint64_t (*hash)(const void *item))
{
	*t = (struct table){ .hash = hash };
}

void
table_free(struct table *t)
{
	free(t->slots);
	t->slots = NULL;
	t->room = t->count = 0;
}

static void
put(struct table *t, void *item)
{
	size_t at = t->hash(item) & (t->room - 1);

	while (t->slots[at] != NULL)
		at = (at + 1) & (t->room - 1);
	t->slots[at] = item;
}

static int
grow(struct table *t)
{
	size_t room = t->room == 0 ? TABLE_FIRST_ROOM : t->room * 2;
	struct table bigger = *t;

	bigger.slots = calloc(room, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return -1;
	bigger.room = room;
	for (size_t i = 0; i < t->room; i++)
		if (t->slots[i] != NULL)
			put(&bigger, t->slots[i]);
	free(t->slots);
	*t = bigger;
	return 0;
}

int
table_add(struct table *t, void *item)
{
	if (t->count >= t->room - t->room / 4 && grow(t) == -1)
		return -1;
	put(t, item);
	t->count++;
	return 0;
}

void *
table_find(const struct table *t, uint64_t hash,
    bool (*is)(const void *item, const void *key), const void *key)
{
	if (t->count == 0)
		return NULL;
	for (size_t at = hash & (t->room - 1); t->slots[at] != NULL;
	    at = (at + 1) & (t->room - 1))
		if (is(t->slots[at], key))
			return t->slots[at];
	return NULL;
}

/* Moves up what probing had pushed behind the gap. */
static void
close_gap(struct table *t, size_t gap)
{
	size_t mask = t->room - 1;

	for (size_t at = (gap + 1) & mask; t->slots[at] != NULL;
	    at = (at + 1) & mask) {
		size_t home = t->hash(t->slots[at]) & mask;

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		t->slots[gap] = t->slots[at];
		t->slots[at] = NULL;
		gap = at;
	}
}

void
table_remove(struct table *t, const void *item)
{
	if (t->count == 0)
		return;
	for (size_t at = t->hash(item) & (t->room - 1); t->slots[at] != NULL;
	    at = (at + 1) & (t->room - 1)) {
		if (t->slots[at] != item)
			continue;
		t->slots[at] = NULL;
		t->count--;
		close_gap(t, at);
		return;
	}
}

void *
table_next(const struct table *t, size_t *at)
{
	while (*at < t->room) {
		void *item = t->slots[(*at)++];

		if (item != NULL)
			return item;
	}
	return NULL;
}

uint64_t
table_hash_num(uint64_t n)
{
	n ^= n >> 33;
	n *= 0xff51afd7ed558ccdULL;
	n ^= n >> 33;
	n *= 0xc4ceb9fe1a85ec53ULL;
	return n ^ n >> 33;
}

uint64_t
table_hash(struct span s, uint64_t seed)
{
	uint64_t h = table_hash_num(seed ^ s.len);

	while (s.len > 0) {
		uint64_t word = 0;
		size_t n = s.len < sizeof word ? s.len : sizeof word;

		memcpy(&word, s.p, n);
		h = table_hash_num(h ^ word);
		s = span_tail(s, n);
	}
	return h;
}
