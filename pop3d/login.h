/*
 * A POP3 session in the AUTHORIZATION state (RFC 1939 section 4): all that
 * strangers can talk to. It knows no passwords; it asks its parent, over a
 * seqpacket socket, with packets of lib/wire/packet.h:
 *
 *   PASSWORD 'V'  user, password, tls(n), utf8(n), pending(n)
 *   VOUCHED  'E'  tls(n), utf8(n), pending(n)	the name that the parent knows
 *   SCRAM    'S'  message			the client's first
 *   PROOF    'R'  message			its last
 *   GO       'G'  tls(n), utf8(n), pending(n)	after a proof that was right
 *
 * pending > 0: so many bytes that the client has sent already follow as a
 * packet of their own. The parent answers NO, LATER or CHALLENGE of
 * lib/wire/auth.h. With a yes it becomes the server, and closes the socket:
 * then this process ends without another word.
 */
#ifndef POP3D_LOGIN_H
#define POP3D_LOGIN_H

#include "lib/os/in.h"
#include "lib/os/out.h"

enum {
	LOGIN_PASSWORD = 'V',
	LOGIN_VOUCHED = 'E',
	LOGIN_SCRAM = 'S',
	LOGIN_PROOF = 'R',
	LOGIN_GO = 'G',
};

enum {
	LOGIN_LINE_MAX = 1024,		/* RFC 2449 section 4: at least 255 */
	LOGIN_PACKET_MAX = 4096,
	LOGIN_FAILURES_MAX = 5,		/* passwords, then it ends */
	LOGIN_ERRORS_MAX = 20,		/* commands refused */
	LOGIN_TIME_MS = 600000,		/* all in all */
	LOGIN_STALL_MS = 60000,
};

/* What the parent found out before the session. */
struct login_settings {
	int parent;			/* the socket */
	int tls_ctl, tls_read, tls_write;	/* UCSPI-TLS; -1: none */
	bool tls;			/* encrypted from the start */
	bool plain_ok;			/* passwords may come in the clear */
	unsigned mechanisms;		/* enum sasl_mechanism */
	struct span vouched;		/* for EXTERNAL; empty: nobody */
	uint64_t login_delay, expire_days;	/* for CAPA */
	struct deadline until;			/* the end, in any case */
};

/* Runs the session on descriptors 0 and 1. The exit code. */
int login_run(const struct login_settings *settings);

#endif
