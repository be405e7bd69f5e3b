/*
 * A hash table of pointers to records that someone else owns. Removal leaves
 * no scars; growth doubles. Keys may be a stranger's: table_hash is seeded.
 */
#ifndef LIB_BASE_TABLE_H
#define LIB_BASE_TABLE_H

#include <stdint.h>

#include "lib/base/span.h"

struct table {
	void **slots;
	size_t room, count;		/* room is a power of two, or 0 */
	uint64_t (*hash)(const void *item);	/* of its key */
};

/* An empty table; nothing is allocated yet. */
void table_init(struct table *t, uint64_t (*hash)(const void *item));
/* Frees the slots, not the items. */
void table_free(struct table *t);
/* The item must not be in it yet. 0; -1 with errno ENOMEM. */
int table_add(struct table *t, void *item) MUST_CHECK;
/* The item with that hash for which is(item, key) holds; NULL. */
void *table_find(const struct table *t, uint64_t hash,
    bool (*is)(const void *item, const void *key), const void *key);
/* Takes item out; nothing happens when it is not there. */
void table_remove(struct table *t, const void *item);
/*
 * Walks over all items: *at starts as 0; NULL at the end. The table must not
 * change meanwhile.
 */
void *table_next(const struct table *t, size_t *at);

/* A number hashed; bytes hashed with a seed. */
uint64_t table_hash_num(uint64_t n);
uint64_t table_hash(struct span s, uint64_t seed);

#endif
