/*
 * Where things lie. Fixed at build time; a root-less build (conf-files/
 * rootless) lets $POSTERN_ROOT move them: $POSTERN_ROOT/control, /queue,
 * /alias, /virtual, /bin. The strings live as long as the program; each must be
 * asked for once before anything empties the environment.
 */
#ifndef LIB_OS_PATHS_H
#define LIB_OS_PATHS_H

#include <stdbool.h>

const char *path_control(void);	/* "/etc/postern" */
const char *path_queue(void);	/* "/var/spool/postern" */
const char *path_alias(void);	/* home of the alias user */
const char *path_virtual(void);	/* homes of people without an account */
const char *path_bin(void);	/* the programs */

/* Is this a root-less build, where every user is the invoking user? */
bool path_rootless(void);

#endif
