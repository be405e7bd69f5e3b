/*
 * The commands that carry the envelope: MAIL and RCPT with their parameters
 * (RFC 5321, 1870, 3461, 6152, 6531), for a server that made the offers in c.
 */
#ifndef REMOTE_COMMAND_H
#define REMOTE_COMMAND_H

#include "remote/body.h"
#include "remote/client.h"

/*
 * Without a line end; out lives in c->command until the next one. utf8:
 * SMTPUTF8 is declared. 0; -1 with c->why: SMTP cannot say it, or no memory.
 */
int command_mail(struct client *c, const struct message *m,
    const struct content *content, bool utf8, struct span *out) MUST_CHECK;
int command_rcpt(struct client *c, const struct recipient *to, bool utf8,
    struct span *out) MUST_CHECK;

#endif
