/*
 * A text file of lines with a key each, what stands before the first ':', to
 * be changed as a whole: passwd, users/assign, virtualdomains, rcpthosts. Order
 * and all other lines, comments among them, stay as they are.
 */
#ifndef AUTH_LINEFILE_H
#define AUTH_LINEFILE_H

#include "lib/base/buf.h"
#include "lib/base/table.h"

enum { LINEFILE_MAX = 1 << 30 };	/* bytes */

struct line {
	char *text;
	size_t len, key_len;
	bool gone;
};

struct linefile {
	struct line **lines;
	size_t count, room;
	struct table keys;
	bool changed;
};

/* Reads name below dir; an absent file has no lines. 0; -1 with errno. */
int linefile_load(struct linefile *f, int dir, const char *name);
void linefile_free(struct linefile *f);

/* The line with that key; false: there is none. */
bool linefile_find(const struct linefile *f, struct span key,
    struct span *line);
/* The next line, *at starts as 0; false at the end. */
bool linefile_next(const struct linefile *f, size_t *at, struct span *line);

/* Replaces the line with the new one's key, or appends it. 0; -1 ENOMEM. */
int linefile_set(struct linefile *f, struct span line) MUST_CHECK;
/* true: it was there. */
bool linefile_remove(struct linefile *f, struct span key);

/* The bytes of the whole file. */
void linefile_write(const struct linefile *f, struct buf *to);

#endif
