/* Owned bytes: growth is doubled, bounded by max, and failure sticks. */
#include "lib/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/num.h"

enum { BUF_FIRST_ROOM = 64 };

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = 0;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	size_t room = b->room > 0 ? b->room : BUF_FIRST_ROOM;
	char *p;

	if (b->err != 0)
		return NULL;
	if (n > b->max - b->len) {
		b->err = EMSGSIZE;
		return NULL;
	}
	if (n <= b->room - b->len && b->p != NULL)
		return b->p + b->len;
	while (room < b->len + n)
		room = room > b->max / 2 ? b->max : room * 2;
	if (room > b->max)
		room = b->max;
	p = realloc(b->p, room > 0 ? room : 1);
	if (p == NULL) {
		b->err = ENOMEM;
		return NULL;
	}
	b->p = p;
	b->room = room;
	return p + b->len;
}

void
buf_add(struct buf *b, const void *p, size_t len)
{
	char *to = buf_reserve(b, len);

	if (to == NULL || len == 0)
		return;
	memcpy(to, p, len);
	b->len += len;
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.len);
}

void
buf_num(struct buf *b, uint64_t n)
{
	char digits[NUM_DIGITS];

	buf_span(b, num_format(n, digits));
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (to = buf_reserve(b, (size_t)n + 1)) == NULL) {
		if (b->err == 0)
			b->err = EMSGSIZE;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

int
buf_get(const struct buf *b, struct span *out)
{
	if (b->err != 0) {
		errno = b->err;
		return -1;
	}
	*out = (struct span){ b->p != NULL ? b->p : "", b->len };
	return 0;
}

struct span
buf_peek(const struct buf *b)
{
	struct span s = { "", 0 };

	if (buf_get(b, &s) == -1)
		return (struct span){ "", 0 };
	return s;
}

const char *
buf_cstr(struct buf *b)
{
	char *end = buf_reserve(b, 1);

	if (end == NULL) {
		errno = b->err;
		return NULL;
	}
	*end = '\0';
	if (strlen(b->p) != b->len) {
		errno = EINVAL;
		return NULL;
	}
	return b->p;
}
