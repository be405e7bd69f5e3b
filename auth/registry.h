/*
 * All that must know about people without a Unix account: the password file
 * and its cdb, users/assign and its cdb, virtualdomains and rcpthosts. Loaded
 * under a lock, changed in memory, then written one file after another, each
 * by rename, in an order that leaves no mail without a place: mail flows on.
 */
#ifndef AUTH_REGISTRY_H
#define AUTH_REGISTRY_H

#include "auth/linefile.h"
#include "auth/people.h"

struct registry {
	int control, users, lock;	/* directories, and the lock's file */
	struct linefile people, assign, domains, rcpthosts;
};

/* Takes the lock, waiting for it, and loads. Dies of trouble. */
void registry_open(struct registry *r);
/* The same for reading only: no lock. */
void registry_look(struct registry *r);
/* Writes what has changed and tells postern-send. Dies of trouble. */
void registry_commit(struct registry *r);
void registry_close(struct registry *r);

/* The entry of an address (in lower case); it points into r. */
bool registry_find(const struct registry *r, struct span address,
    struct people_entry *out);
/* The next entry; *at starts as 0. */
bool registry_next(const struct registry *r, size_t *at,
    struct people_entry *out);
/*
 * Adds or replaces the entry; one with a domain becomes deliverable. false: a
 * warning has been said.
 */
bool registry_put(struct registry *r, const struct people_entry *e);
/* Removes it, and its routes; the domain stays. */
void registry_remove(struct registry *r, struct span address);

#endif
