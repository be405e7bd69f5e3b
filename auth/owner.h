/* Who owns a local part: by users/cdb, or by the system's accounts. */
#ifndef AUTH_OWNER_H
#define AUTH_OWNER_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/wire/door.h"
#include "lib/wire/work.h"

struct owner {
	uint64_t uid, gid;
	char user[DOOR_USER_MAX + 1];
	char home[DOOR_HOME_MAX + 1];
	char dash[WORK_ADDRESS_MAX + 1];
	char ext[WORK_ADDRESS_MAX + 1];
};

/*
 * Looks local up in the bytes of a users/cdb: the exact assignment, else the
 * longest wildcard. 1; 0 there is none; -1 with errno EPROTO: not our format.
 * Pure.
 */
int assign_find(struct span cdb, struct span local, struct owner *out)
    MUST_CHECK;

/*
 * Compiles the text of users/assign into cdb, a buf.
 * 0; -1: *line is the line at fault (0: none) and *why says what is wrong.
 * Pure.
 */
int assign_compile(struct span text, struct buf *cdb, unsigned long *line,
    const char **why) MUST_CHECK;

/*
 * Asks getpwnam(3), which may load anything and take any time: USER or
 * USER-EXT, the longest USER first, must have a uid other than 0, and a home
 * directory that exists and is its own; else the alias user owns it.
 * 1; -1: cannot tell now, *why says why.
 */
int passwd_find(struct span local, struct owner *out, const char **why);

#endif
