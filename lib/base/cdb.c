/*
 * cdb: 256 pointers (position and slot count of a hash table, little-endian
 * 32 bits each), the records (key length, data length, key, data), then the
 * tables, whose slots are (hash, position of a record; 0 is empty). A key's
 * table is its hash modulo 256; the search begins at slot (hash / 256) modulo
 * slots and goes on until an empty one.
 */
#include "lib/base/cdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 256, PAIR = 8 };

static uint32_t
hash_of(struct span key)
{
	uint32_t h = 5381;

	for (size_t i = 0; i < key.len; i++)
		h = ((h << 5) + h) ^ (unsigned char)key.p[i];
	return h;
}

static uint32_t
unpack(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	    (uint32_t)u[3] << 24;
}

static void
pack(char *p, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(n >> (8 * i) & 0xff);
}

/* The pair of numbers at position at. 0; -1 when it is not in the file. */
static int
pair_at(struct span file, uint32_t at, uint32_t *a, uint32_t *b)
{
	if (file.len < PAIR || at > file.len - PAIR) {
		errno = EPROTO;
		return -1;
	}
	*a = unpack(file.p + at);
	*b = unpack(file.p + at + 4);
	return 0;
}

/* Is key the key of the record at position at? 1 with *data; 0; -1. */
static int
record_is(struct span file, uint32_t at, struct span key, struct span *data)
{
	uint32_t klen, dlen;
	size_t left;

	if (pair_at(file, at, &klen, &dlen) == -1)
		return -1;
	left = file.len - at - PAIR;
	if (klen > left || dlen > left - klen) {
		errno = EPROTO;
		return -1;
	}
	if (klen != key.len || memcmp(file.p + at + PAIR, key.p, klen) != 0)
		return 0;
	*data = (struct span){ file.p + at + PAIR + klen, dlen };
	return 1;
}

static int
find_start(struct span file, struct span key, struct cdb_find *f)
{
	f->started = true;
	f->hash = hash_of(key);
	if (file.len < CDB_HEADER) {
		errno = EPROTO;
		return -1;
	}
	if (pair_at(file, f->hash % TABLES * PAIR, &f->table, &f->slots) == -1)
		return -1;
	if (f->slots > 0 && (f->table > file.len ||
	    f->slots > (file.len - f->table) / PAIR)) {
		errno = EPROTO;
		return -1;
	}
	f->slot = f->slots > 0 ? f->hash / TABLES % f->slots : 0;
	return 0;
}

int
cdb_next(struct span file, struct span key, struct cdb_find *f,
    struct span *data)
{
	if (!f->started && find_start(file, key, f) == -1)
		return -1;
	while (f->tried < f->slots) {
		uint32_t hash, at;
		int r;

		if (pair_at(file, f->table + f->slot * PAIR, &hash, &at) == -1)
			return -1;
		if (at == 0)
			return 0;
		f->tried++;
		f->slot = f->slot + 1 == f->slots ? 0 : f->slot + 1;
		if (hash != f->hash)
			continue;
		r = record_is(file, at, key, data);
		if (r != 0)
			return r;
	}
	return 0;
}

int
cdb_get(struct span file, struct span key, struct span *data)
{
	struct cdb_find f = { 0 };

	return cdb_next(file, key, &f, data);
}

/* ---- making one ---- */

static void
add_pair(struct buf *b, uint32_t x, uint32_t y)
{
	char bytes[PAIR];

	pack(bytes, x);
	pack(bytes + 4, y);
	buf_add(b, bytes, sizeof bytes);
}

void
cdb_make_start(struct cdb_make *m, struct buf *out)
{
	static const char zeros[CDB_HEADER];

	m->out = out;
	buf_init(&m->slots, UINT32_MAX);
	buf_reset(out);
	buf_add(out, zeros, sizeof zeros);
}

void
cdb_make_add(struct cdb_make *m, struct span key, struct span data)
{
	if (key.len > UINT32_MAX || data.len > UINT32_MAX ||
	    m->out->len > UINT32_MAX) {
		m->out->err = EMSGSIZE;
		return;
	}
	add_pair(&m->slots, hash_of(key), (uint32_t)m->out->len);
	add_pair(m->out, (uint32_t)key.len, (uint32_t)data.len);
	buf_span(m->out, key);
	buf_span(m->out, data);
}

/* Puts a record into the first free slot of a table being made. */
static void
place(char *table, uint32_t slots, uint32_t hash, uint32_t at)
{
	uint32_t slot = hash / TABLES % slots;

	while (unpack(table + (size_t)slot * PAIR + 4) != 0)
		slot = slot + 1 == slots ? 0 : slot + 1;
	pack(table + (size_t)slot * PAIR, hash);
	pack(table + (size_t)slot * PAIR + 4, at);
}

/* Appends table t, twice as large as it has records, and points to it. */
static void
add_table(struct cdb_make *m, struct span records, uint32_t t, uint32_t count)
{
	uint32_t slots = count * 2;
	char *table = buf_reserve(m->out, (size_t)slots * PAIR);

	if (table == NULL)
		return;
	memset(table, 0, (size_t)slots * PAIR);
	pack(m->out->p + t * PAIR, (uint32_t)m->out->len);
	pack(m->out->p + t * PAIR + 4, slots);
	m->out->len += (size_t)slots * PAIR;
	for (size_t i = 0; i < records.len; i += PAIR) {
		uint32_t hash = unpack(records.p + i);

		place(table, slots, hash, unpack(records.p + i + 4));
	}
}

/* The records' slots, sorted by table, each table's in the order of adding. */
static void
sort_slots(struct span all, char *sorted, uint32_t counts[TABLES])
{
	size_t next[TABLES];
	size_t at = 0;

	for (size_t i = 0; i < all.len; i += PAIR)
		counts[unpack(all.p + i) % TABLES]++;
	for (int t = 0; t < TABLES; t++) {
		next[t] = at;
		at += (size_t)counts[t] * PAIR;
	}
	for (size_t i = 0; i < all.len; i += PAIR) {
		size_t *to = &next[unpack(all.p + i) % TABLES];

		memcpy(sorted + *to, all.p + i, PAIR);
		*to += PAIR;
	}
}

static void
add_tables(struct cdb_make *m, struct span all)
{
	uint32_t counts[TABLES] = { 0 };
	char *sorted = malloc(all.len + 1);
	struct span rest;

	if (sorted == NULL) {
		m->out->err = ENOMEM;
		return;
	}
	sort_slots(all, sorted, counts);
	rest = (struct span){ sorted, all.len };
	for (uint32_t t = 0; t < TABLES; t++) {
		size_t len = (size_t)counts[t] * PAIR;

		add_table(m, span_head(rest, len), t, counts[t]);
		rest = span_tail(rest, len);
	}
	free(sorted);
	if (m->out->err == 0 && m->out->len > UINT32_MAX)
		m->out->err = EMSGSIZE;
}

int
cdb_make_finish(struct cdb_make *m)
{
	struct span all;

	if (m->out->err == 0) {
		if (buf_get(&m->slots, &all) == -1)
			m->out->err = errno;
		else
			add_tables(m, all);
	}
	buf_free(&m->slots);
	if (m->out->err != 0) {
		errno = m->out->err;
		return -1;
	}
	return 0;
}
