/*
 * Workers of mailbox owners, asked whether a mailbox exists: what only the
 * owner can see. They come from lspawn, and stay for a while.
 */
#ifndef AUTH_QUERY_H
#define AUTH_QUERY_H

#include "auth/owner.h"
#include "lib/os/deadline.h"
#include "lib/wire/packet.h"

enum {
	QUERY_WORKERS = 16,
	QUERY_IDLE_MS = 5000,	/* less than the worker's own idle time */
	QUERY_START_MS = 10000,
};

enum query_state { QUERY_NONE, QUERY_SPAWNING, QUERY_STARTING, QUERY_READY };

struct query_worker {
	enum query_state state;
	int sock;		/* -1 while it is being spawned */
	uint64_t tag;		/* of the request to lspawn */
	uint64_t uid;
	char home[DOOR_HOME_MAX + 1];	/* with uid: whose it is */
	unsigned waiting;	/* asks that count on it */
	struct deadline until;
};

/* Asks lspawn (a socket) for a worker of o, one of whose addresses is local. */
int query_spawn(struct query_worker *w, int lspawn, uint64_t tag,
    struct span local, const struct owner *o);
bool query_is_for(const struct query_worker *w, const struct owner *o);
/* Asks the worker. 0; -1 with errno. */
int query_ask(struct query_worker *w, uint64_t ask, const struct owner *o);
/* Lets it go. */
void query_end(struct query_worker *w);

/* A verdict as a worker or lspawn gives it. */
struct query_result {
	char class;		/* WORK_DONE, _NEVER, _LATER */
	uint64_t ask;
	const char *code, *text;	/* in the packet */
};

/* Reads a RESULT; or, with ask 0, an UNREADY. 0; -1 malformed. */
int query_result(struct packet *p, struct query_result *out) MUST_CHECK;
int query_unready(struct packet *p, struct query_result *out) MUST_CHECK;

#endif
