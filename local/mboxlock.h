/* The client of postern-mboxlock, for mailboxes in the mail spool. */
#ifndef LOCAL_MBOXLOCK_H
#define LOCAL_MBOXLOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/os/deadline.h"

struct mbox_lock {
	bool dot;		/* a dot lock of our own */
	pid_t pid;		/* else the helper; 0: none */
	int in, out;		/* its descriptors 0 and 1, our ends */
};

/* Is path a file in /var/mail (or /var/spool/mail)? */
bool mboxlock_covers(const char *path);
/* Has the helper lock it (and make it if it is not there). 0; -1 errno. */
int mboxlock_take(const char *path, struct deadline d, struct mbox_lock *l);
void mboxlock_drop(struct mbox_lock *l);
/* Has the helper make it. 0; -1 with errno. */
int mboxlock_create(const char *path, struct deadline d);

#endif
