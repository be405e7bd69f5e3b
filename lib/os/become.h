/* Becoming a user for good: groups, gid and uid, each checked. */
#ifndef LIB_OS_BECOME_H
#define LIB_OS_BECOME_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * groups: supplementary groups; without any, gid is the only one. Root is
 * refused. A process that is not root, and a root-less build, can only stay
 * who it is. 0; -1 with errno, and then the process must end.
 */
int become_user(uint32_t uid, uint32_t gid, const gid_t *groups,
    size_t ngroups);

#endif
