/*
 * The log line of a failed login, the same whatever failed, made for programs
 * that count them (fail2ban):
 *
 *	192.0.2.1 postern-auth-failure service=pop3 user=alice why=password
 *
 * The client's address comes first ("-" when unknown). Whatever is not a
 * printable ASCII character, and '%', '=', '"', '\\' in the name is written
 * %XX. Pure.
 */
#ifndef AUTH_FAILURE_H
#define AUTH_FAILURE_H

#include "lib/base/buf.h"

/* Appends the line and its LF. why: one word. */
void failure_line(struct buf *to, struct span peer, struct span service,
    struct span user, const char *why);

#endif
