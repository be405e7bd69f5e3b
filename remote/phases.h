/*
 * What the client's files share: how long to wait for what (RFC 5321 section
 * 4.5.3.2), and how to ask.
 */
#ifndef REMOTE_PHASES_H
#define REMOTE_PHASES_H

#include "remote/client.h"

enum {
	GREETING_MS = 5 * 60 * 1000,
	HELLO_MS = 5 * 60 * 1000,
	MAIL_MS = 5 * 60 * 1000,
	RCPT_MS = 5 * 60 * 1000,
	DATA_MS = 2 * 60 * 1000,
	BLOCK_MS = 3 * 60 * 1000,
	DOT_MS = 10 * 60 * 1000,
	QUIT_MS = 1000,		/* nothing depends on it */
};

/* At most control/timeoutremote. */
int64_t phase_ms(const struct client *c, int64_t ms);

/*
 * The connection failed while doing something ("after MAIL"): closes it and
 * fills c->why, with class 0 when it was we who gave up.
 */
void client_lost(struct client *c, enum peer_event e, const char *doing);

/*
 * Sends what is in the buffer and reads a reply into c->reply; o collects
 * offers. false: as after client_lost.
 */
bool client_exchange(struct client *c, struct offers *o, int64_t ms,
    struct deadline end, const char *doing);

#endif
