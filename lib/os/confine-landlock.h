/* The Landlock layer of a profile; only confine.c uses it. */
#ifndef LIB_OS_CONFINE_LANDLOCK_H
#define LIB_OS_CONFINE_LANDLOCK_H

#include "lib/os/confine.h"

/* The version of Landlock's interface that this kernel has; 0: none. */
int landlock_version(void);
/* no_new_privs must be on. 1; 0 nothing to do or none; -1 with errno. */
int landlock_enter(const struct confine_profile *p);

#endif
