/* users/cdb as it is now: mapped, and mapped anew when the file changes. */
#ifndef AUTH_DATABASE_H
#define AUTH_DATABASE_H

#include <sys/stat.h>

#include "lib/base/span.h"

struct database {
	struct span bytes;	/* empty: there is no file */
	struct stat st;		/* of the mapped file */
	bool mapped;
};

/*
 * Looks whether the file at path has changed, and maps it then. 0, also when
 * there is no file; -1 with errno.
 */
int database_refresh(struct database *d, const char *path);

#endif
