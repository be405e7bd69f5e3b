/* The heap, the table and the pool: what the queue manager stands on. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/heap.h"
#include "lib/base/pool.h"
#include "lib/base/table.h"
#include "tests/tap.h"

struct item {
	uint64_t key;
	size_t at;
};

enum { MANY = 5000 };

static bool
before(const void *a, const void *b)
{
	return ((const struct item *)a)->key < ((const struct item *)b)->key;
}

static void
moved(void *item, size_t at)
{
	((struct item *)item)->at = at;
}

static uint64_t
hash(const void *item)
{
	return table_hash_num(((const struct item *)item)->key);
}

static bool
is(const void *item, const void *key)
{
	return ((const struct item *)item)->key == *(const uint64_t *)key;
}

static bool
comes_out_sorted(struct heap *h, size_t count)
{
	uint64_t last = 0;

	for (size_t i = 0; i < count; i++) {
		struct item *first = heap_first(h);

		if (first == NULL || first->key < last)
			return false;
		last = first->key;
		heap_remove(h, first->at);
	}
	return heap_first(h) == NULL;
}

static void
heap_sorts(struct item *items)
{
	struct heap h;
	bool added = true;

	heap_init(&h, before, moved);
	for (size_t i = 0; i < MANY; i++) {
		items[i].key = table_hash_num(i) % 1000;
		added = added && heap_add(&h, &items[i]) == 0;
	}
	for (size_t i = 0; i < MANY; i += 2)
		heap_remove(&h, items[i].at);
	for (size_t i = 1; i < MANY; i += 4) {
		items[i].key = table_hash_num(i + MANY) % 1000;
		heap_changed(&h, items[i].at);
	}
	ok(added && comes_out_sorted(&h, MANY / 2),
	    "items come out of a heap in order, whatever was removed or changed");
	heap_free(&h);
}

static void
table_finds(struct item *items)
{
	struct table t;
	size_t found = 0, ghosts = 0, walked = 0, at = 0;
	bool added = true;

	table_init(&t, hash);
	for (size_t i = 0; i < MANY; i++) {
		items[i].key = i * 977;
		added = added && table_add(&t, &items[i]) == 0;
	}
	for (size_t i = 0; i < MANY; i += 2)
		table_remove(&t, &items[i]);
	table_remove(&t, &items[0]);
	for (size_t i = 0; i < MANY; i++) {
		uint64_t key = i * 977;

		if (table_find(&t, table_hash_num(key), is, &key) != &items[i])
			continue;
		if (i % 2 == 1)
			found++;
		else
			ghosts++;
	}
	while (table_next(&t, &at) != NULL)
		walked++;
	ok(added && found == MANY / 2 && ghosts == 0,
	    "a table finds what is in it and nothing that was removed");
	ok(walked == MANY / 2 && t.count == walked, "a walk meets each item once");
	ok(table_hash(SPAN("example.org"), 1) != table_hash(SPAN("example.org"), 2),
	    "the seed changes the hash");
	table_free(&t);
}

static void
pool_reuses(void)
{
	struct pool p;
	void *a, *b;
	bool all = true;

	pool_init(&p, 72);
	a = pool_get(&p);
	memset(a, 'x', 72);
	pool_put(&p, a);
	b = pool_get(&p);
	ok(a == b && ((char *)b)[71] == 0 && ((char *)b)[0] == 0,
	    "a record given back is used again, as zeros");
	for (int i = 0; i < 1000; i++)
		all = all && pool_get(&p) != NULL;
	ok(all && p.in_use == 1001 && p.slabs == 16, "slabs hold 64 records");
	pool_free(&p);
}

int
main(void)
{
	struct item *items = calloc(MANY, sizeof *items);

	if (items == NULL)
		return 1;
	heap_sorts(items);
	table_finds(items);
	pool_reuses();
	free(items);
	return tap_done();
}
