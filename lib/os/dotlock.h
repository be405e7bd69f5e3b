/* Dot locks: PATH.lock beside PATH, also over NFS. */
#ifndef LIB_OS_DOTLOCK_H
#define LIB_OS_DOTLOCK_H

#include "lib/os/deadline.h"

enum { DOTLOCK_STALE_SECONDS = 300 };

/*
 * Makes path.lock (below the directory at), waiting while another has it; one
 * that nobody has touched for five minutes is taken away. 0; -1 with errno,
 * ETIMEDOUT when d passed.
 */
int dotlock_take(int at, const char *path, struct deadline d);
void dotlock_drop(int at, const char *path);

#endif
