/*
 * One client's session: what has been said, what is under way, what it has
 * cost so far. Each file of smtpd does its part on it.
 */
#ifndef SMTPD_SESSION_H
#define SMTPD_SESSION_H

#include "lib/os/in.h"
#include "smtpd/exists.h"
#include "smtpd/outlet.h"
#include "smtpd/peer.h"
#include "smtpd/settings.h"

enum {
	SESSION_LINE_MAX = 4096,	/* RFC 5321: 512, and what DSN and
					 * SMTPUTF8 parameters add */
	SESSION_ERRORS_MAX = 20,	/* commands that made no sense */
	SESSION_IDLE_MAX = 500,		/* commands that moved no mail */
	SESSION_REFUSED_MAX = 5000,	/* refusals, each a line in the log */
	SESSION_HELO_MAX = 255,
	SESSION_RCPTS_ROOM = 4 << 20,	/* bytes of one message's recipients */
};

/* Where the session is; the verb table says what may come when. */
enum state {
	FRESH = 1,
	GREETED = 2,
	HAS_SENDER = 4,
	HAS_RCPT = 8,
	ANY = 15,
};

/* A message under way: its envelope. */
struct transaction {
	struct buf sender;		/* unquoted, as in the queue */
	struct buf envid;
	uint32_t flags;			/* QUEUE_* */
	bool bad_sender;		/* in badmailfrom: no recipient */
	struct buf rcpts;		/* accepted: queue/format's records */
	size_t count;
	struct buf asked;		/* records whose answer is still due */
	size_t asked_count;
};

/* What the log says at the end, and what the limits look at. */
struct tally {
	unsigned long messages, recipients, refused;
	unsigned long unknown;		/* recipients that do not exist */
	unsigned errors;
	unsigned idle;			/* commands since mail last moved */
	unsigned in_vain;		/* refusals since then */
};

struct session {
	struct in in;
	struct out out;
	bool local;			/* a user of this host, by sendmail -bs */
	bool lmtp;
	enum state state;
	bool over;			/* nothing more is read */
	const char *why_over;		/* for the log */
	bool extended;			/* EHLO or LHLO, not HELO */
	struct buf helo;
	struct transaction mail;
	struct tally tally;
	struct peer peer;
	struct settings set;
	struct outlet outlet;
	struct exists door;
};

/* Who is there, by environment and socket; nothing is read or said yet. */
void session_init(struct session *s, int in, int out);
/* Reads the control files. 0; -1: trouble, and the client has been told. */
int session_load(struct session *s);

void session_greet(struct session *s);
/* Reads one command and does it. 1; 0 when the session is over. */
int session_step(struct session *s);
/* The last line in the log; the program's exit code. */
int session_end(struct session *s);

/* Forgets the message under way. */
void session_reset(struct session *s);
/* Nothing more is read after this; why goes to the log. */
void session_over(struct session *s, const char *why);

/* A reply of one line, without its CR LF. */
void reply(struct session *s, const char *text);
/* The same, counted and logged as a refusal of what (subject may be empty). */
void refuse(struct session *s, const char *what, struct span subject,
    const char *text);
/* A refusal of a command that is wrong in itself; too many end the session. */
void protest(struct session *s, const char *text);
/* "421 4.x.x", and the end. */
void hang_up(struct session *s, const char *text);

#endif
