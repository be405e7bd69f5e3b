/* The environment of programs in .qmail files, qmail-command(8). */
#ifndef LOCAL_SURROUNDINGS_H
#define LOCAL_SURROUNDINGS_H

#include "local/recipe.h"

struct surroundings {
	struct buf text;	/* our variables, NUL-ended each */
	char **envp;		/* ours and what is inherited */
};

/* 0; -1 with errno, and nothing to be freed. */
int surroundings_make(struct surroundings *s, const struct job *j,
    const struct recipe *r, struct span newsender);
void surroundings_free(struct surroundings *s);

#endif
