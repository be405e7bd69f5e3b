/*
 * What a message demands of the server that takes it: SMTPUTF8 for names and
 * headers beyond ASCII (RFC 6531), room for its size (RFC 1870), TLS on the
 * whole way (RFC 8689).
 */
#ifndef REMOTE_DEMANDS_H
#define REMOTE_DEMANDS_H

#include "remote/body.h"
#include "remote/client.h"

/*
 * May what waits of m go over the connection of c? Where that takes SMTPUTF8,
 * the targets are gone through for one that offers it. *utf8: it is to be
 * declared. 0; -1 with c->why, class 0 when we were abandoned.
 */
int demands_meet(struct client *c, const struct message *m,
    const struct content *content, bool *utf8) MUST_CHECK;

#endif
