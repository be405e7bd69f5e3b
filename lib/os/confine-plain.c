/* Confinement on systems of which postern knows nothing better: limits. */
#include "lib/os/confine.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NOTHING_ABOVE = 1024 };

static int
limit(int what, uint64_t want)
{
	struct rlimit now;

	if (want == 0)
		return 0;
	if (getrlimit(what, &now) == -1)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max <= want)
		return 0;
	now.rlim_cur = now.rlim_max = want;
	return setrlimit(what, &now);
}

int
confine(const struct confine_profile *p)
{
	int fd;

	for (fd = p->close_from; fd > 0 && fd < NOTHING_ABOVE; fd++)
		close(fd);
	if (limit(RLIMIT_NOFILE, p->nofile) == -1 ||
	    limit(RLIMIT_FSIZE, p->fsize) == -1 ||
	    limit(RLIMIT_DATA, p->memory) == -1)
		return -1;
	return 0;
}

unsigned
confine_layers(void)
{
	return 0;
}

struct span
confine_describe(char *room, size_t size)
{
	snprintf(room, size, "confinement: limits only; missing: "
	    "a way to forbid system calls and files on this system");
	return span_str(room);
}
