/* Confinement on OpenBSD: pledge(2), unveil(2) and limits. */
#include "lib/os/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	unsigned bit;
	const char *promise;
} promises[] = {
	{ CONFINE_RPATH, " rpath" },
	{ CONFINE_WPATH, " wpath fattr" },
	{ CONFINE_CPATH, " cpath dpath fattr" },
	{ CONFINE_EXEC, " exec" },
	{ CONFINE_FORK, " proc" },
	{ CONFINE_UNIX, " unix" },
	{ CONFINE_INET, " inet" },
	{ CONFINE_DNS, " inet dns" },
	{ CONFINE_FDPASS, " sendfd recvfd" },
	{ CONFINE_ID, " id chown" },
	{ CONFINE_SIGNAL, " proc" },
	{ CONFINE_LOADER, " prot_exec getpw" },
};

static int
limit(int what, uint64_t want)
{
	struct rlimit now;

	if (want == 0)
		return 0;
	if (getrlimit(what, &now) == -1)
		return -1;
	if (now.rlim_max <= want)
		return 0;
	now.rlim_cur = now.rlim_max = want;
	return setrlimit(what, &now);
}

static int
unveil_path(const struct confine_path *path)
{
	char rights[5];
	size_t n = 0;

	if (path->may & CONFINE_RPATH)
		rights[n++] = 'r';
	if (path->may & (CONFINE_WPATH | CONFINE_CPATH))
		rights[n++] = 'w';
	if (path->may & CONFINE_EXEC)
		rights[n++] = 'x';
	if (path->may & CONFINE_CPATH)
		rights[n++] = 'c';
	rights[n] = '\0';
	return unveil(path->path, rights) == -1 && errno != ENOENT ? -1 : 0;
}

static int
unveil_all(const struct confine_profile *p)
{
	size_t i;

	if (p->paths == NULL)
		return 0;
	for (i = 0; i < p->npaths; i++)
		if (unveil_path(&p->paths[i]) == -1)
			return -1;
	return unveil(NULL, NULL);
}

int
confine(const struct confine_profile *p)
{
	char words[256] = "stdio flock";
	size_t i;

	if (p->close_from > 0)
		closefrom(p->close_from);
	if (limit(RLIMIT_NOFILE, p->nofile) == -1 ||
	    limit(RLIMIT_FSIZE, p->fsize) == -1 ||
	    limit(RLIMIT_DATA, p->memory) == -1)
		return -1;
	if (unveil_all(p) == -1)
		return -1;
	for (i = 0; i < sizeof(promises) / sizeof(promises[0]); i++)
		if (p->may & promises[i].bit)
			strlcat(words, promises[i].promise, sizeof(words));
	return pledge(words, NULL);
}

unsigned
confine_layers(void)
{
	return CONFINE_HAS_PLEDGE;
}

struct span
confine_describe(char *room, size_t size)
{
	snprintf(room, size, "confinement: pledge unveil; missing: none");
	return span_str(room);
}
