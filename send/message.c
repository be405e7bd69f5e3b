/* The messages that wait, by ID. */
#include "send/message.h"

static uint64_t
hash(const void *item)
{
	return table_hash_num(((const struct message *)item)->id);
}

static bool
is(const void *item, const void *key)
{
	return ((const struct message *)item)->id == *(const uint64_t *)key;
}

void
messages_init(struct messages *m)
{
	table_init(&m->by_id, hash);
	pool_init(&m->pool, sizeof(struct message));
}

struct message *
messages_find(const struct messages *m, uint64_t id)
{
	return table_find(&m->by_id, table_hash_num(id), is, &id);
}

struct message *
messages_add(struct messages *m, uint64_t id)
{
	struct message *msg = pool_get(&m->pool);

	if (msg == NULL)
		return NULL;
	msg->id = id;
	if (table_add(&m->by_id, msg) == -1) {
		pool_put(&m->pool, msg);
		return NULL;
	}
	return msg;
}

void
messages_remove(struct messages *m, struct message *msg)
{
	table_remove(&m->by_id, msg);
	pool_put(&m->pool, msg);
}
