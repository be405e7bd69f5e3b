/* A binary heap of pointers that know their places. */
#include "lib/base/heap.h"

#include <stdlib.h>

enum { HEAP_FIRST_ROOM = 64 };

void
heap_init(struct heap *h, bool (*before)(const void *a, const void *b),
    void (*moved)(void *item, size_t at))
{
	*h = (struct heap){ .before = before, .moved = moved };
}

void
heap_free(struct heap *h)
{
	free(h->items);
	h->items = NULL;
	h->count = h->room = 0;
}

static void
put(struct heap *h, size_t at, void *item)
{
	h->items[at] = item;
	h->moved(item, at);
}

static void
sift_up(struct heap *h, size_t at)
{
	void *item = h->items[at];

	while (at > 0) {
		size_t up = (at - 1) / 2;

		if (!h->before(item, h->items[up]))
			break;
		put(h, at, h->items[up]);
		at = up;
	}
	put(h, at, item);
}

static void
sift_down(struct heap *h, size_t at)
{
	void *item = h->items[at];

	for (;;) {
		size_t down = 2 * at + 1;

		if (down >= h->count)
			break;
		if (down + 1 < h->count &&
		    h->before(h->items[down + 1], h->items[down]))
			down++;
		if (!h->before(h->items[down], item))
			break;
		put(h, at, h->items[down]);
		at = down;
	}
	put(h, at, item);
}

int
heap_add(struct heap *h, void *item)
{
	if (h->count == h->room) {
		size_t room = h->room == 0 ? HEAP_FIRST_ROOM : h->room * 2;
		void **items = realloc(h->items, room * sizeof *items);

		if (items == NULL)
			return -1;
		h->items = items;
		h->room = room;
	}
	h->items[h->count] = item;
	sift_up(h, h->count++);
	return 0;
}

void *
heap_first(const struct heap *h)
{
	return h->count > 0 ? h->items[0] : NULL;
}

void
heap_remove(struct heap *h, size_t at)
{
	void *last = h->items[--h->count];

	if (at == h->count)
		return;
	put(h, at, last);
	heap_changed(h, at);
}

void
heap_changed(struct heap *h, size_t at)
{
	if (at > 0 && h->before(h->items[at], h->items[(at - 1) / 2]))
		sift_up(h, at);
	else
		sift_down(h, at);
}
