/*
 * Rewriting rules that follow their files. A file that cannot be read leaves
 * no rules at all: an old rule might refuse mail that a new one accepts.
 */
#include "auth/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "conf.h"
#include "lib/net/own.h"
#include "lib/os/control.h"

static const char *const names[RULES_FILES] = {
	"me", "envnoathost", "localiphost", "locals", "percenthack",
	"virtualdomains",
};

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

	for (size_t i = 0; i < RULES_FILES; i++) {
		struct stat st;

		if (fstatat(dir, names[i], &st, 0) == -1)
			memset(&st, 0, sizeof st);
		if (!same(&st, &r->seen[i]))
			any = true;
		r->seen[i] = st;
	}
	return any;
}

struct lists {
	struct buf envnoathost, localiphost, locals, percenthack;
	struct buf virtualdomains;
};

int
rules_init(struct rules *r)
{
	*r = (struct rules){ 0 };
	buf_init(&r->own_ips, CONTROL_MAX);
	return own_addresses(&r->own_ips);
}

static int
read_lists(struct lists *l, int dir)
{
	int r = control_list(dir, "locals", &l->locals);

	if (r == 0) {		/* then me alone is local */
		r = control_line(dir, "me", &l->locals);
		buf_char(&l->locals, '\0');
	}
	if (r == -1 || control_default(dir, "envnoathost", "me", "envnoathost",
	    &l->envnoathost) == -1 ||
	    control_default(dir, "localiphost", "me", "localiphost",
	    &l->localiphost) == -1 ||
	    control_list(dir, "percenthack", &l->percenthack) == -1 ||
	    control_list(dir, "virtualdomains", &l->virtualdomains) == -1)
		return -1;
	return 0;
}

static int
load(struct rules *r, const struct lists *l)
{
	struct rewrite_lists lists = {
		.envnoathost = buf_peek(&l->envnoathost),
		.localiphost = buf_peek(&l->localiphost),
		.locals = buf_peek(&l->locals),
		.percenthack = buf_peek(&l->percenthack),
		.virtualdomains = buf_peek(&l->virtualdomains),
		.own_ips = buf_peek(&r->own_ips),
		.brk = CONF_BREAK,
	};

	return rewrite_load(&r->rewrite, &lists);
}

static void
each(struct lists *l, void (*act)(struct buf *b))
{
	act(&l->envnoathost);
	act(&l->localiphost);
	act(&l->locals);
	act(&l->percenthack);
	act(&l->virtualdomains);
}

static void
list_init(struct buf *b)
{
	buf_init(b, CONTROL_MAX);
}

int
rules_refresh(struct rules *r, int dir)
{
	struct lists l;
	int result;
	int err;

	if (!changed(r, dir) && r->loaded)
		return 0;
	if (r->loaded)
		rewrite_free(&r->rewrite);
	r->loaded = false;
	each(&l, list_init);
	result = read_lists(&l, dir);
	if (result == 0)
		result = load(r, &l);
	err = errno;
	each(&l, buf_free);
	errno = err;
	r->loaded = result == 0;
	return result;
}
