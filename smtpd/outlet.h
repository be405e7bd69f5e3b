/*
 * Where a message goes: a session with postern-queue, or a program of the
 * administrator's that the launcher starts for it. Errors stick until the
 * verdict.
 */
#ifndef SMTPD_OUTLET_H
#define SMTPD_OUTLET_H

#include "lib/os/out.h"
#include "queue/launcher.h"

struct outlet {
	struct launcher launcher;
	struct injector injector;
	bool joined;			/* injector has the session */
};

/* The envelope of a message. */
struct outlet_envelope {
	struct queue_sender sender;
	struct span recipients;		/* records as queue_recipient_write's */
};

/*
 * Connects to postern-queue's socket where door allows it, or forks the
 * launcher. 0; -1 with errno.
 */
int outlet_init(struct outlet *o, bool door);
/* A message may come: what can be started early is. */
void outlet_prepare(struct outlet *o);
/* 0; -1 with errno when there is nothing that would take a message. */
int outlet_begin(struct outlet *o);
void outlet_data(struct outlet *o, struct span bytes);
/* Hands over the envelope, and tells what became of it all. */
void outlet_commit(struct outlet *o, const struct outlet_envelope *e,
    struct injector_verdict *v);
/* Nothing is queued. */
void outlet_abort(struct outlet *o);
void outlet_close(struct outlet *o);

#endif
