/* Transactions as they come over the worker's socket, and results. */
#ifndef LOCAL_TRANSACT_H
#define LOCAL_TRANSACT_H

#include "lib/wire/packet.h"
#include "local/job.h"

struct transact {
	uint64_t tid;
	uint64_t count;		/* recipients */
	uint64_t taken;		/* of them so far */
	struct job common;	/* what all its jobs share */
	struct packet rest;	/* the recipients not taken yet */
};

/*
 * Reads a TRANSACT up to its recipients; spans point into p's bytes. fd is the
 * message's. 0; -1: malformed.
 */
int transact_open(struct transact *t, const struct owner *owner,
    struct packet p, int fd) MUST_CHECK;
/* The next recipient's job. 1; 0 no more; -1 malformed. */
int transact_next(struct transact *t, struct job *j) MUST_CHECK;

/* Sends a RESULT. 0; -1 with errno. */
int result_send(int sock, uint64_t tid, uint64_t position,
    const struct verdict *v);

#endif
