/* What to do with a message: the owner's .qmail file, or the default. */
#ifndef LOCAL_RECIPE_H
#define LOCAL_RECIPE_H

#include "lib/mail/dotqmail.h"
#include "local/job.h"

enum { RECIPE_MAX = 4 << 20 };	/* bytes of a .qmail file */

struct recipe {
	struct buf text;	/* lines in the .qmail language */
	bool forward_only;	/* the file's executable bit */
	bool is_default;	/* control/defaultdelivery, not a file */
	long rest;		/* see lib/mail/dotqmail.h */
};

/*
 * Checks the home directory and reads the file for j.
 * 0 and a recipe to be freed with recipe_free; -1 with the verdict.
 */
int recipe_read(const struct job *j, struct recipe *r, struct verdict *v);
void recipe_free(struct recipe *r);

/* Only the first half: may a file exist that takes mail for dash and ext? */
void recipe_query(const struct owner *o, struct span dash, struct span ext,
    struct verdict *v);

/*
 * Is this nothing but one delivery into one Maildir? Then *path is its name,
 * in a room of size bytes.
 */
bool recipe_one_maildir(const struct recipe *r, char *path, size_t size);

#endif
