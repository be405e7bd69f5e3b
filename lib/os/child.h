/*
 * Starting another program: given descriptors, arguments and environment, and
 * nothing else. vfork, so that the size of the parent does not matter.
 */
#ifndef LIB_OS_CHILD_H
#define LIB_OS_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/base/span.h"

/* The parent's descriptor from is the program's descriptor to. */
struct child_fd {
	int from, to;
};

struct child {
	const char *path;	/* the program; no search along $PATH */
	char *const *argv;
	char *const *envp;	/* NULL: as the parent's */
	const char *dir;	/* where it runs; NULL: as the parent */
	const struct child_fd *fds;	/* to: each once, in any order */
	size_t nfds;
	int close_from;		/* > 0: descriptors from here on are closed;
				 * those with close-on-exec always are */
	bool own_group;		/* it leads a process group of its own */
};

enum { CHILD_FDS_MAX = 8 };

/*
 * Starts it, with signals as after login: none blocked, none ignored.
 * Its pid; -1 with errno, also when the program cannot be executed.
 */
pid_t child_start(const struct child *c);

/* Waits, whatever signals come. 0 and *status as of wait; -1 with errno. */
int child_wait(pid_t pid, int *status);
/* Its exit code; -1 when a signal killed it. */
int child_code(int status);

#endif
