/* Records of one size, cut from slabs. */
#include "lib/base/pool.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_RECORDS = 64, SLAB_HEAD = 16 };

void
pool_init(struct pool *p, size_t size)
{
	*p = (struct pool){ .size = size };
}

static int
add_slab(struct pool *p)
{
	void *slab = malloc(SLAB_HEAD + p->size * SLAB_RECORDS);

	if (slab == NULL)
		return -1;
	memcpy(slab, &p->slab, sizeof p->slab);
	p->slab = slab;
	p->slabs++;
	p->used = 0;
	return 0;
}

void *
pool_get(struct pool *p)
{
	char *record = p->spare;

	if (record != NULL) {
		memcpy(&p->spare, record, sizeof p->spare);
	} else {
		if ((p->slab == NULL || p->used == SLAB_RECORDS) &&
		    add_slab(p) == -1)
			return NULL;
		record = (char *)p->slab + SLAB_HEAD + p->size * p->used++;
	}
	p->in_use++;
	return memset(record, 0, p->size);
}

void
pool_put(struct pool *p, void *record)
{
	memcpy(record, &p->spare, sizeof p->spare);
	p->spare = record;
	p->in_use--;
}

void
pool_free(struct pool *p)
{
	while (p->slab != NULL) {
		void *slab = p->slab;

		memcpy(&p->slab, slab, sizeof p->slab);
		free(slab);
	}
	pool_init(p, p->size);
}
