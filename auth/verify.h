/*
 * Is this the user's password? With the same work for users who do not exist
 * as for those who do.
 */
#ifndef AUTH_VERIFY_H
#define AUTH_VERIFY_H

#include "auth/account.h"

/* What failed, a word for the log: "unknown", "password", "barred", "error". */
struct verdict {
	char type;		/* AUTH_YES, AUTH_NO, AUTH_LATER */
	const char *why;	/* unless YES */
};

/*
 * Appends a hash of the kind in use (control/authscheme), of a password that
 * nobody knows: to be computed for users who do not exist. 0; -1 with errno.
 */
int verify_dummy(int control, struct buf *dummy);

/* dummy: a hash that costs as much as those in use. a: account_init'ed. */
struct verdict verify_password(struct accounts *db, struct span user,
    struct span password, struct span dummy, struct account *a);
/* The same for one whom the asker vouches for: does he exist, may he? */
struct verdict verify_vouched(struct accounts *db, struct span user,
    struct account *a);

#endif
