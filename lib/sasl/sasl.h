/*
 * SASL (RFC 4422) as a front end sees it: a state machine that takes the
 * client's base64 lines and says what to do next. It knows no password and
 * asks nobody: what must be asked of the auth door is handed to the caller.
 * Used with POP3 (RFC 5034), SMTP (RFC 4954) and IMAP alike. Pure.
 *
 *	next = sasl_begin(&s, mechanism, initial response or none)
 *	loop over next:
 *	  SASL_CHALLENGE  send s.out in base64, read a line, sasl_line
 *	  SASL_PASSWORD   verify s.user and s.password (s.act_as must be empty
 *	                  or equal to s.user); the exchange is over
 *	  SASL_RELAY      give s.out to the door (SCRAM); answer with
 *	                  sasl_relayed, or end when the door says no
 *	  SASL_VOUCHED    the front end vouches for s.user; over
 *	  SASL_DONE       the door's yes to the last relay counts now; over
 *	  SASL_BAD        malformed: refuse; over
 *	  SASL_CANCELLED  the client gave up; over
 */
#ifndef LIB_SASL_SASL_H
#define LIB_SASL_SASL_H

#include "lib/base/buf.h"

enum {
	SASL_NAME_MAX = 255,		/* bytes of a user name */
	SASL_PASSWORD_MAX = 511,
	SASL_MESSAGE_MAX = 2048,	/* bytes of a decoded response */
	SASL_LINE_MAX = 2736		/* bytes of one in base64 */
};

enum sasl_mechanism {
	SASL_PLAIN = 1,			/* RFC 4616 */
	SASL_LOGIN = 2,			/* never standardized, widely used */
	SASL_SCRAM_SHA_256 = 4,		/* RFC 7677 */
	SASL_EXTERNAL = 8		/* RFC 4422 appendix A */
};

enum sasl_next {
	SASL_CHALLENGE, SASL_PASSWORD, SASL_RELAY, SASL_VOUCHED, SASL_DONE,
	SASL_BAD, SASL_CANCELLED
};

struct sasl {
	enum sasl_mechanism mechanism;
	int step;
	bool relayed_last;
	struct buf user, password, act_as;
	struct buf out;			/* challenge, or message to relay */
	struct span vouched;		/* EXTERNAL: the name vouched for */
};

/* The mechanism of that name, whatever its case; 0 when there is none. */
unsigned sasl_by_name(struct span name);
/* Appends the names of a set of mechanisms, a space before each. */
void sasl_names(struct buf *to, unsigned set);

/* Those of a set that are offered: PLAIN and LOGIN only where plain_ok. */
unsigned sasl_offered(unsigned set, bool plain_ok);

/* vouched: for EXTERNAL, whom the front end vouches for; must live on. */
void sasl_init(struct sasl *s, enum sasl_mechanism m, struct span vouched);
/* Wipes and frees. */
void sasl_free(struct sasl *s);
/* initial: base64 as it came ("=" means empty), or NULL without one. */
enum sasl_next sasl_begin(struct sasl *s, const struct span *initial);
/* The client's answer to a challenge: base64, or "*". */
enum sasl_next sasl_line(struct sasl *s, struct span line);
/* The door's answer; last: it came with a yes. */
enum sasl_next sasl_relayed(struct sasl *s, struct span message, bool last);

#endif
