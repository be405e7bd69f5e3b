/* The rules by which send rewrites recipients, as the control files are now. */
#ifndef AUTH_RULES_H
#define AUTH_RULES_H

#include <sys/stat.h>

#include "lib/os/rewriting.h"

struct rules {
	bool loaded;
	struct rewrite rewrite;
	struct buf own_ips;
	struct stat seen[REWRITING_FILES];	/* all zero: absent */
};

/*
 * Asks for the addresses of this host, once: a confined process cannot.
 * 0; -1 with errno.
 */
int rules_init(struct rules *r);
/*
 * Reads the files below dir again if one of them has changed. 0; -1 with
 * errno: there are no rules that could be used now.
 */
int rules_refresh(struct rules *r, int dir);

#endif
