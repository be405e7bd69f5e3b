/*
 * The loop of postern-lspawn and postern-rspawn, which differ only in how they
 * start a worker: clients ask for one over seqpacket sockets (SPAWN of
 * lib/wire/work.h), and get its socket (SPAWNED) or a reason (REFUSED).
 */
#ifndef LIB_OS_SPAWNER_H
#define LIB_OS_SPAWNER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buf.h"

enum {
	SPAWNER_CLIENTS_MAX = 4,
	SPAWNER_TEXT_MAX = 255,
	SPAWNER_ASKED_MAX = 32,	/* questions at a time; then clients wait */
	SPAWNER_ASKED_MS = 30000,	/* then the client is refused */
};

/* Why no worker was started. */
struct spawner_why {
	char class;			/* 'Z' for now, 'D' for good */
	const char *code;		/* enhanced status code */
	char text[SPAWNER_TEXT_MAX + 1];
};

struct spawner {
	size_t limit;			/* workers at a time */
	/*
	 * Starts a worker for key, a NUL-ended string of at most WORK_KEY_MAX
	 * bytes that nobody has checked. sock is the worker's end, which the
	 * callback leaves open. The child's pid; or 0 with *why filled in
	 * (preset to a temporary failure without text).
	 */
	pid_t (*start)(void *self, const char *key, int sock,
	    struct spawner_why *why);
	void *self;
	/*
	 * Where somebody else must be asked about a key first (else NULL): ask
	 * sends the question, under a number, 0 or -1 with errno. hear takes an
	 * answer when door can be read, and tells its number: 1 start is to be
	 * called, with NULL for a key; 0 no, as start; -1 door is at its end.
	 * Nobody waits for an answer but the client whose key it is.
	 */
	int (*ask)(void *self, uint64_t number, const char *key);
	int (*hear)(void *self, uint64_t *number, struct spawner_why *why);
	int door;
	/* Adds to the answer whose worker was started; NULL: nothing. */
	void (*name)(void *self, struct buf *packet);
};

/*
 * Serves clients (n <= SPAWNER_CLIENTS_MAX, made non-blocking) until all of
 * them have hung up; reaps workers as they end. 0; -1 with errno when it
 * cannot go on. SIGCHLD is its own meanwhile.
 */
int spawner_run(const struct spawner *s, const int *clients, size_t n);

/*
 * In a child made by fork: descriptor 0 becomes sock, 1 a copy of 2, signals
 * are as after login. 0; -1 with errno.
 */
int spawner_child(int sock);
/* In such a child: says UNREADY ('Z', 4.3.0) with errno's text, and exits. */
_Noreturn void spawner_child_fail(const char *what);

#endif
