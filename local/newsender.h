/* Under whose name a message is sent on. */
#ifndef LOCAL_NEWSENDER_H
#define LOCAL_NEWSENDER_H

#include "local/job.h"

struct newsender {
	bool known;
	bool is_owner;		/* an -owner file is there: this is a list */
	struct buf address;
};

void newsender_init(struct newsender *n);
void newsender_free(struct newsender *n);
/* Looks for -owner files, once. 0; -1 with the verdict. */
int newsender_find(struct newsender *n, const struct job *j,
    struct verdict *v);

#endif
