/*
 * Durable delivery into a Maildir, in steps that a caller with several messages
 * can do for all of them at a time:
 *
 *   maildir_begin, maildir_add ...   tmp/ gets the file
 *   maildir_flush                    fsync of the file
 *   maildir_move                     to new/; never over another file
 *   maildir_sync                     fsync of new/, once for all that moved
 *
 * Until maildir_move has run nothing is delivered, and maildir_abandon takes
 * it all back. A message whose name is there already, with the same bytes, was
 * delivered before: that is a success.
 */
#ifndef LIB_MAILDIR_DELIVER_H
#define LIB_MAILDIR_DELIVER_H

#include <sys/stat.h>

#include "lib/base/buf.h"
#include "lib/maildir/names.h"

/* An open Maildir. */
struct maildir {
	int fd, tmp, new;	/* -1: not open */
	struct stat st;		/* of its directory, as it was opened */
};

/* A delivery under way. */
struct maildir_item {
	const struct maildir *box;
	int fd;			/* of the file in tmp/; -1: none */
	uint64_t size;		/* bytes so far */
	uint64_t bare_lf;
	bool cr;
	bool ended;		/* the last byte is a LF */
	bool moved;		/* there is something in new/ to sync */
	char tmp_name[MAILDIR_NAME_MAX + 1];
	char name[MAILDIR_NAME_MAX + 1];	/* final, once moved */
};

/* Opens the Maildir at path (below the directory fd at). 0; -1 with errno. */
int maildir_open(struct maildir *box, int at, const char *path);
void maildir_close(struct maildir *box);
/*
 * Is what is at path still the Maildir that box has open, with the same tmp and
 * new? False also when any other name in its directory has changed.
 */
bool maildir_same(const struct maildir *box, int at, const char *path);
/*
 * Makes path (which may exist) a Maildir: it, tmp, new and cur with mode 0700.
 * One in a Maildir, and named as folders are, is marked as its folder.
 * 0; -1 with errno.
 */
int maildir_make(int at, const char *path);
/* The same, durable only after a sync(2): for many at a time. */
int maildir_make_unflushed(int at, const char *path);

/* Creates the file in tmp/. 0; -1 with errno. */
int maildir_begin(struct maildir_item *m, const struct maildir *box,
    struct span host);
/* Appends to it. 0; -1 with errno. */
int maildir_add(struct maildir_item *m, struct span bytes);
/*
 * Lets the disk begin with it, where the system can: worth it before a
 * maildir_flush of several, of which the first then does most of the work.
 */
void maildir_hurry(const struct maildir_item *m);
int maildir_flush(struct maildir_item *m);
/*
 * Gives it its final name, base (of maildir_name_queued, say) and the sizes.
 * maybe_there: it may have been delivered, and read, before; look for it in
 * new/ and cur/ first.
 * 0, the item is over; -1 with errno, call maildir_abandon.
 */
int maildir_move(struct maildir_item *m, struct span base, bool maybe_there);
int maildir_sync(const struct maildir *box);
/* Removes what is in tmp/ and closes. For an item that is over: nothing. */
void maildir_abandon(struct maildir_item *m);

/* Removes files in tmp/ that nobody has touched for 36 hours. */
void maildir_clean(const struct maildir *box);

#endif
