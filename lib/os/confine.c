/* Confinement on Linux: layer upon layer, each taken where it is there. */
#include "lib/os/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/os/confine-calls.h"
#include "lib/os/confine-filter.h"
#include "lib/os/confine-landlock.h"
#include "lib/os/fds.h"

/* Sanitizers make calls, and take memory, behind the program's back. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_FILTER 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define WITH_FILTER 0
#endif
#endif
#ifndef WITH_FILTER
#define WITH_FILTER 1
#endif

enum {
	MODE_FILTER = 1, FLAG_SPECULATION = 4,	/* of seccomp(2) */
	QUESTION_ACTION = 2,
};

/* Down to want, never up; what is lower already stays. */
static int
limit(int what, uint64_t want)
{
	struct rlimit now;

	if (getrlimit(what, &now) == -1)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max <= want)
		return 0;
	now.rlim_cur = now.rlim_max = want;
	return setrlimit(what, &now);
}

static int
limits(const struct confine_profile *p)
{
	if (limit(RLIMIT_CORE, 0) == -1)
		return -1;
	if (p->nofile > 0 && limit(RLIMIT_NOFILE, p->nofile) == -1)
		return -1;
	if (p->fsize > 0 && limit(RLIMIT_FSIZE, p->fsize) == -1)
		return -1;
	if (WITH_FILTER && p->memory > 0 && limit(RLIMIT_DATA, p->memory) == -1)
		return -1;
	return 0;
}

/*
 * Without FLAG_SPECULATION some kernels slow a filtered process down, to guard
 * it against code of others inside it; there is none.
 */
static int
filter_enter(unsigned may)
{
	struct filter f;
	struct {
		unsigned short len;
		struct filter_step *step;
	} program;

	if (!WITH_FILTER)
		return 0;
	switch (filter_make(&f, may)) {
	case 0:
		return 0;
	case -1:
		return -1;
	}
	program.len = f.len;
	program.step = f.step;
	if (syscall(SYS_seccomp, MODE_FILTER, FLAG_SPECULATION, &program) == 0)
		return 0;
	if (errno == EINVAL &&
	    syscall(SYS_seccomp, MODE_FILTER, 0, &program) == 0)
		return 0;
	/* a kernel without it, or a container that forbids it */
	return errno == ENOSYS || errno == EINVAL ? 0 : -1;
}

int
confine(const struct confine_profile *p)
{
	if (p->close_from > 0)
		fds_close((unsigned)p->close_from, ~0U);
	if (limits(p) == -1)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return 0;	/* nothing of the rest without it */
	if (landlock_enter(p) == -1)
		return -1;
	return filter_enter(p->may);
}

unsigned
confine_layers(void)
{
	const uint32_t fails_with = 0x00050000;	/* SECCOMP_RET_ERRNO */
	int version = landlock_version();
	unsigned has = 0;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != -1)
		has |= CONFINE_HAS_NO_NEW_PRIVS;
	if (syscall(SYS_seccomp, QUESTION_ACTION, 0, &fails_with) == 0)
		has |= CONFINE_HAS_SECCOMP;
	if (version >= 1)
		has |= CONFINE_HAS_LANDLOCK;
	if (version >= 4)
		has |= CONFINE_HAS_LANDLOCK_TCP;
	if (version >= 6)
		has |= CONFINE_HAS_LANDLOCK_SCOPE;
	/* an empty range: nothing is closed */
	if (syscall(SYS_close_range, ~0U, ~0U, 0) == 0)
		has |= CONFINE_HAS_CLOSE_RANGE;
	return has;
}

struct span
confine_describe(char *room, size_t size)
{
	static const struct { unsigned bit; const char *name; } names[] = {
		{ CONFINE_HAS_NO_NEW_PRIVS, "no_new_privs" },
		{ CONFINE_HAS_SECCOMP, "seccomp" },
		{ CONFINE_HAS_LANDLOCK, "landlock" },
		{ CONFINE_HAS_LANDLOCK_TCP, "landlock-tcp" },
		{ CONFINE_HAS_LANDLOCK_SCOPE, "landlock-scope" },
		{ CONFINE_HAS_CLOSE_RANGE, "close_range" },
	};
	unsigned has = confine_layers();
	struct buf b;
	struct span s;
	size_t i, n;
	int round;

	buf_init(&b, size - 1);
	for (round = 0; round < 2; round++) {
		buf_str(&b, round == 0 ? "confinement:" : "; missing:");
		for (i = n = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (!(has & names[i].bit) == (round == 0))
				continue;
			buf_char(&b, ' ');
			buf_str(&b, names[i].name);
			n++;
		}
		if (n == 0)
			buf_str(&b, " none");
	}
	s = span_head(buf_peek(&b), size - 1);
	if (span_to_cstr(s, room, size) == -1)
		s.len = 0;
	buf_free(&b);
	return (struct span){ room, s.len };
}
