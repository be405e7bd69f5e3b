/*
 * Rewriting rules that follow their files. A file that cannot be read leaves
 * no rules at all: an old rule might refuse mail that a new one accepts.
 */
#include "auth/rules.h"

#include <fcntl.h>
#include <string.h>

#include "lib/net/own.h"
#include "lib/os/control.h"

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Has a file changed since the last look? */
static bool
changed(struct rules *r, int dir)
{
	bool any = false;

	for (size_t i = 0; i < REWRITING_FILES; i++) {
		struct stat st;

		if (fstatat(dir, rewriting_files[i], &st, 0) == -1)
			memset(&st, 0, sizeof st);
		if (!same(&st, &r->seen[i]))
			any = true;
		r->seen[i] = st;
	}
	return any;
}

int
rules_init(struct rules *r)
{
	*r = (struct rules){ 0 };
	buf_init(&r->own_ips, CONTROL_MAX);
	return own_addresses(&r->own_ips);
}

int
rules_refresh(struct rules *r, int dir)
{
	const char *what;

	if (!changed(r, dir) && r->loaded)
		return 0;
	if (r->loaded)
		rewrite_free(&r->rewrite);
	r->loaded = rewriting_read(dir, buf_peek(&r->own_ips), &r->rewrite,
	    &what) == 0;
	return r->loaded ? 0 : -1;
}
