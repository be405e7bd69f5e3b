/*
 * The SMTP client: one connection at a time to one of a destination's
 * targets, and transactions over it (RFC 5321, 1870, 2034, 2920, 3461, 6152,
 * 6531, 9422).
 */
#ifndef REMOTE_CLIENT_H
#define REMOTE_CLIENT_H

#include "lib/base/buf.h"
#include "lib/wire/work.h"
#include "remote/mx.h"
#include "remote/peer.h"
#include "remote/why.h"

enum {
	CLIENT_BLOCK = 32768,	/* bytes of a message read at once */
	CLIENT_COMMAND_MAX = 8000,	/* bytes of a command */
};

struct client {
	const struct settings *settings;
	struct targets targets;
	size_t next;		/* target to try next */
	bool unsure;		/* one before it may do better another time */
	struct peer peer;
	struct offers offers;
	bool esmtp;		/* EHLO was taken, not only HELO */
	bool used;		/* a transaction was tried on this connection */
	bool reset;		/* RSET must come before the next one */
	struct buf command;	/* one under construction */
	struct reply reply;	/* the last one */
	struct why why;		/* the last trouble */
	char block[CLIENT_BLOCK];
};

/* lifeline: -1, or a socket whose end makes us give up. */
void client_init(struct client *c, const struct settings *s, int lifeline);

/*
 * Confines the process to what a client needs: the network, and descriptors
 * that it has or is given. 0; -1 with errno.
 */
int client_confine(void) MUST_CHECK;

/*
 * Connects to the first of the targets, from c->next on, that greets us and
 * takes our EHLO or HELO. 0; -1 with c->why: 'D' only when all of them, those
 * before c->next too, said so with a 5xx reply. c->why.class 0: abandoned.
 */
int client_connect(struct client *c);

/* Says QUIT, waits a moment for the answer, closes. */
void client_quit(struct client *c);
/* Closes at once. */
void client_drop(struct client *c);
bool client_connected(const struct client *c);

enum recipient_state { RCPT_WAITING, RCPT_ACCEPTED, RCPT_REPORTED };

struct recipient {
	struct span address;	/* unquoted */
	unsigned notify;	/* DSN_NOTIFY_* */
	struct span orcpt;	/* "type;address", or empty */
	enum recipient_state state;	/* the client's own */
};

struct message {
	int fd;
	uint64_t offset, size;
	unsigned flags;		/* WORK_* */
	struct span sender;	/* unquoted */
	struct span envid;
	struct recipient *recipients;
	size_t n;
	/* what became of recipient i; why lives until it returns */
	void (*report)(void *self, size_t i, const struct why *why,
	    const char *peer, const char *action);
	void *self;
};

/*
 * Sends m over the connection; when there is none, or one that has been used
 * before fails before its reply to MAIL, makes a new one, once. Every
 * recipient is reported, unless the lifeline is gone: then -1, else 0.
 */
int client_send(struct client *c, struct message *m);

#endif
