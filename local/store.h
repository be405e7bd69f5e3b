/* One message into one Maildir: for the batch and for a single delivery. */
#ifndef LOCAL_STORE_H
#define LOCAL_STORE_H

#include "lib/maildir/deliver.h"
#include "lib/maildir/quota.h"
#include "local/job.h"

/*
 * Checks for a loop and for room in the quota (which is then taken), and
 * writes the message, its two lines before it, into tmp/. 0; -1 with the
 * verdict, and nothing is left behind.
 */
int store_write(const struct job *j, const struct maildir *box,
    struct quota *quota, struct maildir_item *item, struct verdict *v);
/* fsync. 0; -1 with the verdict, and nothing is left behind. */
int store_flush(struct maildir_item *item, struct verdict *v);
/*
 * To new/, under a name that is the same each time the job is tried.
 * 0; -1 with the verdict, and nothing is left behind.
 */
int store_move(const struct job *j, unsigned instruction,
    struct maildir_item *item, struct verdict *v);
/* The last step: fsync of new/. 0; -1 with the verdict. */
int store_sync(const struct maildir *box, struct verdict *v);

/*
 * Opens the Maildir at path, which may be made if make says so.
 * 0; -1 and the verdict.
 */
int store_open(struct maildir *box, const char *path, bool make,
    struct verdict *v);
/* Its quota. 0; -1 and the verdict. */
int store_quota(struct quota *quota, const struct owner *o,
    const struct maildir *box, const char *path, struct verdict *v);

#endif
