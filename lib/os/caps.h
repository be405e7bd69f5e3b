/* What root gives up: everything but a few capabilities. */
#ifndef LIB_OS_CAPS_H
#define LIB_OS_CAPS_H

#include <stddef.h>

enum { CAPS_KILL = 5, CAPS_SETGID = 6, CAPS_SETUID = 7 };	/* Linux */

/*
 * This process keeps these capabilities and none else. Programs that it starts
 * as another user have none, as ever; set-id programs work for them, since the
 * bounding set stays. 0; -1 with errno.
 */
int caps_keep(const int *caps, size_t n);

#endif
