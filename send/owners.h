/*
 * Whose mailbox an address is: a client of the users door with a memory. For
 * how long an answer is believed is told by when it is needed: who asks on
 * behalf of new mail must not hear what held an hour ago. The memory is
 * bounded: when it is full, all answers go and are asked for again.
 */
#ifndef SEND_OWNERS_H
#define SEND_OWNERS_H

#include "lib/base/buf.h"
#include "lib/base/table.h"

enum {
	OWNERS_MAX = 20000,		/* answers kept */
	OWNERS_KNOWN_MS = 5000,		/* how long KNOWN is believed, */
	OWNERS_REFUSED_MS = 1000,	/* and REFUSED, */
	OWNERS_LATER_MS = 5000,		/* and LATER */
	OWNERS_ANY_TIME = 0,		/* of any age, but for LATER */
	OWNERS_ASKED_MAX = 500,		/* questions on the way */
};

enum owner_state { OWNER_ASKED, OWNER_KNOWN, OWNER_REFUSED, OWNER_LATER };

struct owner {
	struct span name;	/* the local part asked for */
	uint64_t hash, tag;
	enum owner_state state;
	int64_t answered_ms;	/* when the answer came; ASKED: none yet */
	bool asking;		/* a question is on the way, ... */
	int64_t until_ms;	/* ... not longer than this */
	struct owner *prev_asked, *next_asked;
	char *answer;		/* what these point into: */
	struct span identity;	/* KNOWN: user, uid, gid, home; NUL between */
	struct span dash, ext;
	struct span code, text;	/* REFUSED, LATER */
	uint64_t *waiting;	/* messages that wait for the answer */
	size_t waiting_count, waiting_room;
	char bytes[];
};

struct owners {
	int sock;		/* to the users door; -1 */
	uint64_t seed, last_tag;
	struct table known;	/* by name */
	size_t asked;
	struct owner *first_asked, *last_asked;
	struct buf packet;
};

/* sock is non-blocking and stays the caller's. */
void owners_init(struct owners *o, int sock, uint64_t seed);
/*
 * What is known of name, asking when that is not good enough. NULL with errno
 * when it cannot be asked just now: EAGAIN too many questions on the way,
 * ENOMEM, or the door's trouble. Lives until the next call of any of these.
 */
struct owner *owners_look(struct owners *o, struct span name,
    int64_t since_ms, int64_t now_ms);
/*
 * Is its answer good enough for who began to look at since_ms? An answer that
 * came later always is, so that who waits for several is done one day.
 */
bool owner_told(const struct owner *w, int64_t since_ms, int64_t now_ms);
/*
 * Message id wants to go on when the answer is there. 1; 0 when it was the
 * last one to say so already; -1 with errno ENOMEM.
 */
int owner_wait(struct owner *w, uint64_t id) MUST_CHECK;
/*
 * Takes one answer from the door. 1 with *out, and then those who wait are the
 * caller's to wake; NULL for an answer nobody wants. 0 nothing there; -1 the
 * door is gone or talks nonsense.
 */
int owners_receive(struct owners *o, int64_t now_ms, struct owner **out);
/* A question whose time was up and is LATER now; NULL. */
struct owner *owners_overdue(struct owners *o, int64_t now_ms);
/* Forgets all answers but not the questions. */
void owners_forget(struct owners *o);

#endif
