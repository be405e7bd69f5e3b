/*
 * All that must know about people without a Unix account: the password file
 * and its cdb, users/assign and its cdb, virtualdomains and rcpthosts. Loaded
 * under a lock, changed in memory, then written one file after another, each
 * by rename, in an order that leaves no mail without a place: mail flows on.
 *
 * passwd says who there is: it comes first when somebody is added, and last
 * when somebody goes, so that whoever has a route is in it. While files are
 * being written passwd.unfinished names the account; when it is found, a
 * command was interrupted, and the next one makes all files agree with passwd.
 */
#ifndef AUTH_REGISTRY_H
#define AUTH_REGISTRY_H

#include "auth/linefile.h"
#include "auth/people.h"
#include "lib/mail/rewrite.h"

struct registry {
	int control, users, lock;	/* directories, and the lock's file */
	struct linefile people, assign, domains, rcpthosts;
	struct rewrite rules;		/* as they were when it was opened */
	bool removing;			/* passwd is written last */
	bool is_unfinished;		/* a command was interrupted, ... */
	struct buf unfinished;		/* ... which was for him; empty: many */
};

/*
 * Takes the lock, waiting for it, loads, and finishes what an interrupted
 * command has begun. Dies of trouble.
 */
void registry_open(struct registry *r);
/* The same for reading only: no lock. */
void registry_look(struct registry *r);
/*
 * Writes what has changed, but not passwd, and tells postern-send; address is
 * whom it is for, empty for many. Dies of trouble.
 */
void registry_publish(struct registry *r, struct span address);
/* The same, with passwd: it is done. */
void registry_commit(struct registry *r, struct span address);
void registry_close(struct registry *r);

/* Is it one that mail can go to: with a domain, an owner and a home? */
bool registry_has_mail(const struct people_entry *e);
/* Was the command that was interrupted for that address? */
bool registry_was_unfinished(const struct registry *r, struct span address);

/* The entry of an address (in lower case); it points into r. */
bool registry_find(const struct registry *r, struct span address,
    struct people_entry *out);
/* The next entry; *at starts as 0. */
bool registry_next(const struct registry *r, size_t *at,
    struct people_entry *out);
/*
 * Adds or replaces the entry; one with a domain becomes deliverable. false: its
 * mail is somebody else's, and a warning has been said.
 */
bool registry_put(struct registry *r, const struct people_entry *e);
/* Would registry_put? Changes nothing; false: a warning has been said. */
bool registry_may_put(const struct registry *r, const struct people_entry *e);
/* Replaces the entry only: whoever gets its mail, it is still an account. */
void registry_set(struct registry *r, const struct people_entry *e);
/*
 * Removes it, and its routes; the domain stays. false: there was neither.
 */
bool registry_remove(struct registry *r, struct span address);
/*
 * Removes the routes of addresses that are not there. A line in which only the
 * rest is wrong keeps them.
 */
void registry_prune(struct registry *r);

#endif
