/*
 * The log lines of logins; that of a failed one, the same whatever failed, is
 * made for programs that count them (fail2ban):
 *
 *	192.0.2.1 postern-auth-failure service=pop3 user=alice why=password
 *	192.0.2.1 postern-auth-success service=pop3 user=alice app=phone
 *
 * app is the application password that was used, "-" for the account's own. The
 * client's address comes first ("-" when unknown). Whatever is not a
 * printable ASCII character, and '%', '=', '"', '\\' in the name is written
 * %XX.
 */
#ifndef AUTH_FAILURE_H
#define AUTH_FAILURE_H

#include "lib/base/buf.h"

/* Appends the line and its LF. why: one word. */
void failure_line(struct buf *to, struct span peer, struct span service,
    struct span user, const char *why);
/* The same for one who got in. app may be empty. */
void success_line(struct buf *to, struct span peer, struct span service,
    struct span user, struct span app);
/* Logs one of them on descriptor 2: the first when why is not NULL. */
void login_log(struct span peer, struct span service, struct span user,
    struct span app, const char *why);

#endif
