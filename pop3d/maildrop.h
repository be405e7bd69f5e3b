/*
 * A maildrop in the sense of RFC 1939: the messages of a Maildir as they were
 * when the session began, numbered in the order of arrival. Nothing changes on
 * disk before maildrop_update.
 */
#ifndef POP3D_MAILDROP_H
#define POP3D_MAILDROP_H

#include "lib/base/buf.h"
#include "lib/maildir/index.h"
#include "lib/maildir/list.h"

struct drop_message {
	uint64_t size;		/* in CR LF octets */
	struct span uidl;	/* 1 to 70 octets, 0x21 to 0x7e */
	bool deleted;		/* marked by DELE */
	bool seen;		/* fetched as a whole */
};

struct maildrop {
	int box;		/* directory of the Maildir */
	struct maildir_list list;
	struct maildir_list now;	/* made again, if listed_again */
	bool listed_again;
	struct drop_message *messages;	/* as many as list.count */
	struct maildir_index index;
	struct maildir_index unread;	/* notes of what cannot be read */
	struct buf made;	/* identifiers that are not part of a name */
};

/*
 * Numbers the messages of the Maildir whose directory is box, which belongs to
 * the maildrop from now on. uidl_format is that of maildir_index_load. Sizes
 * come from the names, then from the index; what is left is read once and noted
 * there. Messages that cannot be read are left out. Lives as long as the
 * process. 0; -1 with errno.
 */
int maildrop_open(struct maildrop *d, int box, struct span uidl_format);

/*
 * Opens message number i (from 0), wherever it is by now.
 * A descriptor; -1 with errno, ENOENT when it is gone.
 */
int maildrop_message(struct maildrop *d, size_t i);

/*
 * Marks what has been fetched, now or in an earlier session, and arrived more
 * than so many days before now_s (seconds since 1970).
 */
void maildrop_expire(struct maildrop *d, uint64_t days, uint64_t now_s);

/*
 * The UPDATE state: removes what is marked, and moves what was fetched to cur/
 * with the flag S. What is removed leaves the quota at once.
 * 0; -1 when something marked could not be removed.
 */
int maildrop_update(struct maildrop *d);

#endif
