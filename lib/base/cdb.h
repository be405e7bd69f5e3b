/*
 * Constant databases in the cdb format: a file of records found by key with
 * two look-ups. Reading is from bytes in memory (a mapped file, mostly), and
 * believes none of the offsets in them. Pure.
 */
#ifndef LIB_BASE_CDB_H
#define LIB_BASE_CDB_H

#include "lib/base/buf.h"

enum { CDB_HEADER = 2048 };

/* Goes through the records of one key; start with { 0 }. */
struct cdb_find {
	uint32_t hash, slot, slots, table, tried;
	bool started;
};

/*
 * The data of the first record with this key; it points into file.
 * 1; 0 there is none; -1 with errno EPROTO: file is no cdb.
 */
int cdb_get(struct span file, struct span key, struct span *data) MUST_CHECK;
/* The same for one record after another. */
int cdb_next(struct span file, struct span key, struct cdb_find *f,
    struct span *data) MUST_CHECK;

/* Makes one in a buf. */
struct cdb_make {
	struct buf *out;	/* the caller's, at most 4 GB */
	struct buf slots;	/* hash and position of each record */
};

void cdb_make_start(struct cdb_make *m, struct buf *out);
void cdb_make_add(struct cdb_make *m, struct span key, struct span data);
/*
 * Adds the tables and frees what was needed on the way; out then holds the
 * whole file, or its error (EMSGSIZE, ENOMEM) stands in out. 0; -1 with errno.
 */
int cdb_make_finish(struct cdb_make *m) MUST_CHECK;

#endif
