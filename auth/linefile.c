/* Text files whose lines have keys. */
#include "auth/linefile.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os/control.h"

static uint64_t
key_hash(const void *item)
{
	const struct line *l = item;

	return table_hash((struct span){ l->text, l->key_len }, 0);
}

static bool
key_is(const void *item, const void *key)
{
	const struct line *l = item;
	const struct span *want = key;

	return span_eq((struct span){ l->text, l->key_len }, *want);
}

static struct line *
find(const struct linefile *f, struct span key)
{
	return table_find(&f->keys, table_hash(key, 0), key_is, &key);
}

static struct line *
line_make(struct span s)
{
	struct line *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->text = malloc(s.len + 1);
	if (l->text == NULL) {
		free(l);
		return NULL;
	}
	if (s.len > 0)
		memcpy(l->text, s.p, s.len);
	l->len = s.len;
	l->key_len = span_find(s, ':');
	return l;
}

static int
append(struct linefile *f, struct span s)
{
	struct line *l;

	if (f->count == f->room) {
		size_t room = f->room == 0 ? 64 : 2 * f->room;
		struct line **more = realloc(f->lines, room * sizeof *more);

		if (more == NULL)
			return -1;
		f->lines = more;
		f->room = room;
	}
	if ((l = line_make(s)) == NULL)
		return -1;
	f->lines[f->count++] = l;
	if (s.len > 0 && s.p[0] != '#' &&
	    find(f, span_head(s, l->key_len)) == NULL)
		return table_add(&f->keys, l);
	return 0;
}

int
linefile_load(struct linefile *f, int dir, const char *name)
{
	struct buf b;
	struct span all;
	int r;

	memset(f, 0, sizeof *f);
	table_init(&f->keys, key_hash);
	buf_init(&b, LINEFILE_MAX);
	r = control_bytes(dir, name, &b);
	for (all = buf_peek(&b); r == 1 && all.len > 0;)
		if (append(f, span_cut(&all, '\n')) == -1)
			r = -1;
	buf_free(&b);
	return r == -1 ? -1 : 0;
}

void
linefile_free(struct linefile *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->lines[i]->text);
		free(f->lines[i]);
	}
	free(f->lines);
	table_free(&f->keys);
}

bool
linefile_find(const struct linefile *f, struct span key, struct span *line)
{
	const struct line *l = find(f, key);

	if (l == NULL)
		return false;
	*line = (struct span){ l->text, l->len };
	return true;
}

bool
linefile_next(const struct linefile *f, size_t *at, struct span *line)
{
	while (*at < f->count) {
		const struct line *l = f->lines[(*at)++];

		if (l->gone)
			continue;
		*line = (struct span){ l->text, l->len };
		return true;
	}
	return false;
}

int
linefile_set(struct linefile *f, struct span line)
{
	struct line *old = find(f, span_head(line, span_find(line, ':')));
	struct line *fresh;

	f->changed = true;
	if (old == NULL)
		return append(f, line);
	if ((fresh = line_make(line)) == NULL)
		return -1;
	free(old->text);
	*old = *fresh;
	free(fresh);
	return 0;
}

bool
linefile_remove(struct linefile *f, struct span key)
{
	struct line *l = find(f, key);

	if (l == NULL)
		return false;
	table_remove(&f->keys, l);
	l->gone = true;
	f->changed = true;
	return true;
}

void
linefile_write(const struct linefile *f, struct buf *to)
{
	struct span line;

	for (size_t at = 0; linefile_next(f, &at, &line);) {
		buf_span(to, line);
		buf_char(to, '\n');
	}
}
