/*
 * The users door: its clients, their questions, and the answers. A question
 * becomes an ask, which lives until it is answered or its time is over:
 *
 *	OWNER    owner of the local part, then the answer
 *	EXISTS   rewritten as send would; if local, the owner, then the mailbox
 */
#ifndef AUTH_DOOR_H
#define AUTH_DOOR_H

#include <limits.h>

#include "auth/database.h"
#include "auth/lookup.h"
#include "auth/owner.h"
#include "auth/query.h"
#include "auth/rules.h"
#include "lib/os/accept.h"

enum {
	DOOR_CLIENTS_MAX = 4096,
	DOOR_CLIENTS_MIN = 8,		/* however few descriptors there are */
	DOOR_OWN_FDS = 64,		/* helpers, workers, files */
	DOOR_ASKS_MAX = 256,		/* at a time */
	DOOR_EXISTS_MAX = 192,		/* of them, before EXISTS is refused */
	DOOR_ASK_MS = 15000,		/* then it is answered with "later" */
	DOOR_REMEMBERED = 64,		/* accounts looked up */
	DOOR_REMEMBER_MS = 5000,
};

struct end {			/* a descriptor that the poller watches */
	enum { END_LISTENER, END_CLIENT, END_LSPAWN, END_LIFELINE, END_HELPER,
	    END_WORKER } kind;
	int fd;
	size_t index;		/* of the helper or worker */
};

struct ask {
	enum { ASK_FREE, ASK_NEW, ASK_LOOKUP_WAIT, ASK_LOOKUP, ASK_QUERY_WAIT,
	    ASK_QUERY } stage;
	uint64_t id;		/* never used twice */
	struct end *client;	/* NULL: it has gone */
	uint64_t tag;
	bool exists;		/* EXISTS, not OWNER */
	struct deadline until;
	size_t worker;		/* of a query */
	struct owner owner;
	char local[WORK_ADDRESS_MAX + 1];
};

struct remembered {		/* an account looked up */
	bool used;
	struct deadline until;
	struct owner owner;
	char local[WORK_ADDRESS_MAX + 1];
};

struct door {
	struct poller poller;
	struct end listener, lspawn, lifeline;
	struct acceptor acceptor;	/* on the listener */
	struct end helper_ends[LOOKUP_HELPERS], worker_ends[QUERY_WORKERS];
	struct lookup_helper helpers[LOOKUP_HELPERS];
	struct query_worker workers[QUERY_WORKERS];
	struct ask asks[DOOR_ASKS_MAX];
	size_t nasks;
	uint64_t next_id;
	size_t clients, clients_max;
	int control;		/* the control directory */
	struct database assign;
	struct rules rules;
	struct buf scratch;	/* of rewriting */
	struct remembered memory[DOOR_REMEMBERED];
	struct stat passwd;	/* /etc/passwd, when memory was emptied */
	char assign_path[PATH_MAX];
	bool over;
};

/*
 * listener: the listening socket, or -1; lspawn: where workers are asked for,
 * or -1; client: one that is connected already, or -1; lifeline: end of file
 * there means that it is time to go, or -1. NULL with errno.
 */
struct door *door_new(int listener, int lspawn, int client, int lifeline);
/* Serves until the lifeline ends. 0; -1 with errno. */
int door_serve(struct door *d);
/* For a signal handler: forget what was looked up. */
void door_forget(void);

/* ---- ask.c ---- */

/* A new ask goes as far as it can without waiting. */
void ask_begin(struct door *d, struct ask *a, struct span what);
/* Ends what has waited for too long, and helpers and workers that idle. */
void ask_on_time(struct door *d);
/* Milliseconds until ask_on_time has something to do; -1: nothing. */
int ask_wait_ms(const struct door *d);
/* All asks of a client that is gone. */
void ask_drop(struct door *d, const struct end *client);

/* ---- whose.c ---- */

/* Finds the owner of a->local, then the mailbox if that is asked for. */
void whose_find(struct door *d, struct ask *a);
/* Something came from a helper. */
void whose_on_helper(struct door *d, size_t helper);
/* Ends the helper that works on a, which answers it. false: there is none. */
bool whose_give_up(struct door *d, const struct ask *a);
/* Ends helpers whose time is over; when the first one's will be. */
void whose_on_time(struct door *d);
struct deadline whose_until(const struct door *d);
/* Helpers do not outlive us. */
void whose_end(struct door *d);

/* ---- exists.c ---- */

/* Finds out whether a->owner has the mailbox. */
void exists_find(struct door *d, struct ask *a);
/* Something came from a worker, or lspawn. */
void exists_on_worker(struct door *d, size_t worker);
void exists_on_lspawn(struct door *d);
/* Ends workers whose time is over; when the first one's will be. */
void exists_on_time(struct door *d);
struct deadline exists_until(const struct door *d);

/* ---- answer.c ---- */

/* The ask of that id; NULL: it has been answered. */
struct ask *answer_wanted(struct door *d, uint64_t id);
/* The answer goes out and the ask is over. code may lack (NULL: 4.3.0). */
void answer_owner(struct door *d, struct ask *a);
void answer_yes(struct door *d, struct ask *a);
void answer_no(struct door *d, struct ask *a, const char *code,
    const char *text);
void answer_later(struct door *d, struct ask *a, const char *text);

#endif
