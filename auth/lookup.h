/*
 * Look-ups of the system's accounts, by helper processes: a name service may
 * take its time, or all time, and only that look-up waits. A few helpers are
 * forked as needed and end when there is nothing to do.
 */
#ifndef AUTH_LOOKUP_H
#define AUTH_LOOKUP_H

#include "auth/owner.h"
#include "lib/os/deadline.h"

enum {
	LOOKUP_HELPERS = 4,
	LOOKUP_MS = 10000,	/* then its helper is killed */
	LOOKUP_IDLE_MS = 20000,
	LOOKUP_WHY_MAX = 64,
};

struct lookup_helper {
	long pid;		/* 0: there is none */
	int sock;
	bool busy;
	uint64_t ask;		/* whose look-up this is */
	struct deadline until;	/* busy: killed then; idle: it ends then */
};

struct lookup_result {
	int found;		/* as of passwd_find */
	struct owner owner;
	char why[LOOKUP_WHY_MAX];
};

/*
 * Starts a look-up for ask on h, whose process is forked if need be.
 * 0; -1 with errno.
 */
int lookup_start(struct lookup_helper *h, uint64_t ask, struct span local);
/* Reads the result. 1; 0 not yet; -1 the helper is gone (and cleaned up). */
int lookup_finish(struct lookup_helper *h, struct lookup_result *out);
/* Ends the helper's process, whatever it is doing. */
void lookup_kill(struct lookup_helper *h);

#endif
