/*
 * A binary heap of pointers: the first one is at hand, the rest in O(log n).
 * Each item is told where it lies, so that it can be taken out of the middle.
 */
#ifndef LIB_BASE_HEAP_H
#define LIB_BASE_HEAP_H

#include "lib/base/span.h"

struct heap {
	void **items;
	size_t count, room;
	bool (*before)(const void *a, const void *b);	/* a comes first? */
	void (*moved)(void *item, size_t at);	/* where it lies from now on */
};

/* An empty heap; nothing is allocated yet. */
void heap_init(struct heap *h, bool (*before)(const void *a, const void *b),
    void (*moved)(void *item, size_t at));
/* Frees the places, not the items. */
void heap_free(struct heap *h);
/* 0; -1 with errno ENOMEM. */
int heap_add(struct heap *h, void *item) MUST_CHECK;
/* The first item, which stays; NULL when empty. */
void *heap_first(const struct heap *h);
/* Takes out the item at a place that moved() named. */
void heap_remove(struct heap *h, size_t at);
/* The item at that place changed its rank. */
void heap_changed(struct heap *h, size_t at);

#endif
