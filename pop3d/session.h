/* One POP3 session in the TRANSACTION state (RFC 1939 section 5). */
#ifndef POP3D_SESSION_H
#define POP3D_SESSION_H

#include "lib/os/in.h"
#include "lib/os/out.h"
#include "pop3d/lock.h"
#include "pop3d/maildrop.h"

enum {
	SESSION_LINE_MAX = 1024,	/* RFC 2449 section 4: at least 255 */
	SESSION_ERRORS_MAX = 50,	/* refused commands, then it ends */
	SESSION_IDLE_S = 600,		/* RFC 1939 section 3: at least this */
};

struct session {
	struct in in;
	struct out out;
	struct maildrop drop;
	struct lock lock;	/* of the maildrop */
	int64_t idle_ms;
	int64_t touched_ms;	/* when the lock of the maildrop was */
	uint64_t expire_days;	/* UINT64_MAX: never */
	struct span uidl_format;	/* of identifiers from Dovecot */
	uint64_t login_delay_s;
	int ahead;		/* a message opened before it is asked for; 0 */
	size_t ahead_of;	/* which */
	unsigned errors;
	uint64_t fetched, deleted;	/* for the log */
	bool utf8;		/* the client said UTF8 before the login */
	const char *sasl;	/* mechanisms, as CAPA says them; NULL */
	bool over;		/* QUIT, or the client is gone */
	bool updated;		/* QUIT: the UPDATE state was entered */
};

/*
 * Begins it, with the maildrop open and locked: the lock is kept from then on,
 * however long the client takes over a command or a reply.
 */
void session_begin(struct session *s);
/* Reads a command and runs it. */
void session_step(struct session *s);

/* One line, CR LF added: "+OK ..." or "-ERR ...". */
void session_say(struct session *s, const char *text);

#endif
