/* Control files to rewriting rules. */
#include "lib/os/rewriting.h"

#include <errno.h>

#include "conf.h"
#include "lib/net/idn.h"
#include "lib/os/control.h"

enum {
	ME, ENVNOATHOST, LOCALIPHOST, LOCALS, PERCENTHACK, VIRTUALDOMAINS
};

const char *const rewriting_files[REWRITING_FILES] = {
	[ME] = "me",
	[ENVNOATHOST] = "envnoathost",
	[LOCALIPHOST] = "localiphost",
	[LOCALS] = "locals",
	[PERCENTHACK] = "percenthack",
	[VIRTUALDOMAINS] = "virtualdomains",
};

/* Without the file, me alone is local. */
static int
read_locals(int dir, struct buf *to)
{
	int r = control_list(dir, rewriting_files[LOCALS], to);

	if (r != 0)
		return r;
	r = control_line(dir, rewriting_files[ME], to);
	buf_char(to, '\0');
	return r;
}

static int
read_file(int dir, int which, struct buf *to)
{
	const char *name = rewriting_files[which];

	switch (which) {
	case ENVNOATHOST:
	case LOCALIPHOST:
		return control_default(dir, name, rewriting_files[ME], name,
		    to);
	case LOCALS:
		return read_locals(dir, to);
	default:
		return control_list(dir, name, to);
	}
}

/* Lists are compared in the form that domains have in DNS. */
static int
read_converted(int dir, int which, struct buf *to)
{
	if (read_file(dir, which, to) == -1)
		return -1;
	if (which == ENVNOATHOST || which == LOCALIPHOST)
		return 0;
	return idn_list(to, which == VIRTUALDOMAINS ? ':' : '\0');
}

static int
load(const struct span texts[], struct span own_ips, struct rewrite *out)
{
	const struct rewrite_lists lists = {
		.envnoathost = texts[ENVNOATHOST],
		.localiphost = texts[LOCALIPHOST],
		.locals = texts[LOCALS],
		.percenthack = texts[PERCENTHACK],
		.virtualdomains = texts[VIRTUALDOMAINS],
		.own_ips = own_ips,
		.brk = CONF_BREAK,
	};

	return rewrite_load(out, &lists);
}

int
rewriting_read(int dir, struct span own_ips, struct rewrite *out,
    const char **what)
{
	struct buf bytes[REWRITING_FILES];
	struct span texts[REWRITING_FILES];
	int result = 0;
	int err;

	for (int i = 0; i < REWRITING_FILES; i++)
		buf_init(&bytes[i], CONTROL_MAX);
	for (int i = ENVNOATHOST; i < REWRITING_FILES && result == 0; i++) {
		*what = rewriting_files[i];
		if (read_converted(dir, i, &bytes[i]) == -1 ||
		    buf_get(&bytes[i], &texts[i]) == -1)
			result = -1;
	}
	if (result == 0)
		result = load(texts, own_ips, out);
	err = errno;
	for (int i = 0; i < REWRITING_FILES; i++)
		buf_free(&bytes[i]);
	errno = err;
	return result;
}
