/* A file replaced in one step. */
#ifndef LIB_OS_REPLACE_H
#define LIB_OS_REPLACE_H

#include <sys/types.h>

#include "lib/base/span.h"

/*
 * Replaces name below dir durably, by way of name.tmp: readers see the old or
 * the new file. A new one gets mode; an old one's owner and mode stay. Only one
 * may do so at a time: lock before. 0; -1 with errno.
 */
int file_replace(int dir, const char *name, struct span bytes, mode_t mode);

#endif
