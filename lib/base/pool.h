/*
 * Records of one size, many of them, without a word of overhead for each.
 * What is given back is used again; the slabs stay until pool_free.
 */
#ifndef LIB_BASE_POOL_H
#define LIB_BASE_POOL_H

#include <stddef.h>

struct pool {
	size_t size;		/* of a record: at least that of a pointer */
	size_t slabs, in_use;
	void *spare;		/* the records given back, a list */
	void *slab;		/* the newest slab; each begins with its elder */
	size_t used;		/* records handed out of the newest slab */
};

void pool_init(struct pool *p, size_t size);
/* A record of zeros; NULL with errno ENOMEM. */
void *pool_get(struct pool *p);
void pool_put(struct pool *p, void *record);
/* Frees everything, records in use included. */
void pool_free(struct pool *p);

#endif
