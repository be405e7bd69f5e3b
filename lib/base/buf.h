/*
 * Owned bytes with a maximum that someone chose. The first failure sticks:
 * append freely, then ask once with buf_get.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdint.h>

#include "lib/base/span.h"

struct buf {
	char *p;
	size_t len, room, max;	/* len <= room <= max, always */
	int err;		/* ENOMEM, EMSGSIZE, or what a writer put
				   there; sticks until buf_reset */
};

/* An empty buf that may grow to max bytes; nothing is allocated yet. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; the buf may be used again as after buf_init. */
void buf_free(struct buf *b);
/* Empties it and forgets the error, keeps the room. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *p, size_t len);
void buf_char(struct buf *b, char c);
void buf_str(struct buf *b, const char *s);
void buf_span(struct buf *b, struct span s);
/* Appends n in decimal. */
void buf_num(struct buf *b, uint64_t n);
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Room for n more bytes at the end, to be filled by the caller, who then adds
 * what was filled to b->len. NULL when it cannot be had; the error sticks.
 */
char *buf_reserve(struct buf *b, size_t n);

/* The bytes so far; lives until the next change. 0; -1 with errno. */
int buf_get(const struct buf *b, struct span *out) MUST_CHECK;
/* The same for use where a failed buf reads as empty (log texts only). */
struct span buf_peek(const struct buf *b);
/*
 * The bytes as a NUL-ended string (the NUL is not counted in len); lives until
 * the next change. NULL with errno on failure, also EINVAL for a NUL inside.
 */
const char *buf_cstr(struct buf *b);

#endif
