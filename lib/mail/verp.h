/*
 * Variable envelope return paths: a sender "list-@host-@[]" goes to the
 * recipient user@dom as "list-user=dom@host" (qmail's addresses(5)).
 */
#ifndef LIB_MAIL_VERP_H
#define LIB_MAIL_VERP_H

#include "lib/base/buf.h"

/* Does sender ask to be expanded for each recipient? */
bool verp_asked(struct span sender);
/*
 * The sender that asks so: "list@host" becomes "list-@host-@[]". One that asks,
 * one without a host and "#@[]" stay as they are.
 */
void verp_ask(struct buf *to, struct span sender);
/* The sender for recipient; sender itself when it does not ask. */
void verp_expand(struct buf *to, struct span sender, struct span recipient);
/* Where bounces of the whole message go: "list-@host". */
void verp_base(struct buf *to, struct span sender);

#endif
