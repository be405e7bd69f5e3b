/* Dot locks: PATH.lock beside PATH, also over NFS. */
#ifndef LIB_OS_DOTLOCK_H
#define LIB_OS_DOTLOCK_H

#include "lib/os/deadline.h"

enum { DOTLOCK_STALE_SECONDS = 300 };	/* for mailboxes: the usual time */

/*
 * Makes path.lock (below the directory at), waiting while another has it. One
 * whose holder ran on this host and is gone is taken away, and so is one that
 * nobody has touched for stale_s seconds.
 * 0; -1 with errno, ETIMEDOUT when d passed, EISDIR when a directory is in the
 * way.
 */
int dotlock_take(int at, const char *path, int stale_s, struct deadline d);
/* Does the lock name a holder on another host? */
bool dotlock_is_elsewhere(int at, const char *path);
/*
 * Says that the holder lives. false: it slept for so long that another has
 * taken the lock, which is left alone.
 */
bool dotlock_touch(int at, const char *path);
/* Ends the lock, if it is still that of this process. */
void dotlock_drop(int at, const char *path);

#endif
