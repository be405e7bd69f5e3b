/* What a subcommand of "postern user" works with: user.c and bulk.c. */
#ifndef AUTH_WORK_H
#define AUTH_WORK_H

#include "auth/registry.h"

enum { MISUSED = 100, FAILED = 1 };

/* What the options say. */
struct options {
	bool force, generate, remove_mail, long_list;
	bool none;		/* no password; import: no changes */
	const char *owner, *home, *quota, *scheme, *hash, *domain;
};

/* What a command works on. */
struct work {
	struct options o;
	struct registry r;
	struct buf address, hash, quota, home, apps;
	struct buf known;		/* of hash_usable */
	struct buf made;		/* a password to be said in the end */
	int argc;
	char **argv;			/* what follows the options */
};

/* The scheme for new passwords: of -s, else of control/authscheme. */
const char *work_scheme(const struct work *w);
/* Has it a domain that SMTP knows for one? */
bool work_deliverable(struct span address);
/* Sets uid and gid: of -u, else of the user for everybody's mail. */
void work_owner(const struct options *o, struct people_entry *e);
/* Sets the home to VIRTUAL/domain/local, in w->home. */
void work_home(struct work *w, struct span address, struct people_entry *e);

/* The subcommands for many accounts at a time. An exit code. */
int bulk_import(struct work *w);
int bulk_compile(struct work *w);

#endif
