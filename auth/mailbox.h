/*
 * The home and Maildir of somebody without a Unix account: made, given a
 * quota, removed. All of it happens as that user, so that nothing a user can
 * put there leads root astray.
 */
#ifndef AUTH_MAILBOX_H
#define AUTH_MAILBOX_H

#include "auth/people.h"

/*
 * Makes e->home and what is missing above it, in it Maildir with the folders
 * Drafts, Sent, Trash and Junk, and maildirsize when there is a
 * quota. What is there stays. flush: durably; else sync(2) is to follow, behind
 * many of them. 0; -1, a warning said.
 */
int mailbox_make(const struct people_entry *e, bool flush);
/* Writes maildirsize, with what is used now; removes it without a quota. */
int mailbox_set_quota(const struct people_entry *e);
/* Removes the Maildir and all in it, and the home if it is then empty. */
int mailbox_remove(const struct people_entry *e);

#endif
