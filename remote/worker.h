/*
 * The worker's side of lib/wire/work.h: one destination, one connection, one
 * transaction after another.
 */
#ifndef REMOTE_WORKER_H
#define REMOTE_WORKER_H

#include "lib/base/buf.h"
#include "remote/client.h"

/* A transaction as received; its spans point into the packet. */
struct job {
	uint64_t tid;
	int sock;		/* where results go */
	struct buf packet;	/* a result under construction */
	struct message message;
	struct recipient recipients[WORK_RECIPIENTS_MAX];
};

/* Sends the result of recipient i; a message's report function. */
void job_report(void *self, size_t i, const struct why *why, const char *peer,
    const char *action);

/* Says READY or UNREADY on sock. 0; -1 with errno. */
int worker_say_ready(int sock, const char *peer);
int worker_say_unready(int sock, const struct why *why, const char *peer);

/*
 * Serves sock with transactions until it is closed, or nothing has come for
 * idle_ms, or something comes that is not a transaction (then -1 with errno).
 * send is called for each, job's message in hand; -1: no more, end.
 * talks, with a descriptor from watch(self) that is not -1, is called when it
 * becomes readable between transactions.
 */
struct worker {
	int64_t idle_ms;
	int (*send)(void *self, struct job *job);
	int (*watch)(void *self);
	void (*talks)(void *self);
	void *self;
};
int worker_serve(const struct worker *w, int sock);

#endif
