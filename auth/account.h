/*
 * Accounts: people in passwd.cdb, and Unix accounts with a line in the shadow
 * file. A name with a domain is in passwd.cdb, unless the domain is in locals;
 * then, and without a domain, it is a Unix account.
 */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H

#include <stdint.h>
#include <sys/stat.h>

#include "auth/people.h"
#include "lib/wire/auth.h"

/* The databases, opened. */
struct accounts {
	int control;			/* the control directory */
	struct span cdb;		/* mapped; empty: there is none */
	struct stat cdb_is;		/* which file is mapped */
};

struct account {
	char user[AUTH_USER_MAX + 1];
	char home[AUTH_PATH_MAX + 1];
	char shell[AUTH_PATH_MAX + 1];
	uint32_t uid, gid;
	bool barred;			/* locked, expired, or root */
	struct buf hashes;		/* for account_next_hash */
	struct span app;		/* the application that logged in */
};

/* control: an open descriptor of the control directory. */
void accounts_init(struct accounts *db, int control);

void account_init(struct account *a);
void account_free(struct account *a);

/*
 * Looks up a name as a client gave it. virtual_only: passwd.cdb only, never
 * NSS. 1; 0 there is none; -1 with errno: cannot tell now. out->user is, if it
 * cannot be said better, the name as all its spellings have it in common.
 */
int account_find(struct accounts *db, struct span name, bool virtual_only,
    struct account *out);

/*
 * The next of its hashes, the password's first; app is the name of that
 * application password, else empty. all: at first all of a->hashes.
 */
bool account_next_hash(struct span *all, struct span *app, struct span *hash);

/* The answer YES about it; points into a. text is the application's name. */
void account_answer(const struct account *a, struct auth_answer *out);

#endif
