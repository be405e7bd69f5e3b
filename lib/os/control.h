/*
 * Control files, in qmail's formats. An absent file is an answer; an
 * unreadable or malformed one is an error, never a default.
 */
#ifndef LIB_OS_CONTROL_H
#define LIB_OS_CONTROL_H

#include "lib/base/buf.h"

enum { CONTROL_MAX = 16 << 20 };	/* bytes of the largest control file */

/*
 * All of them read name below the directory fd dir (path_control(), opened
 * with control_open) into out, a caller's buf with a maximum of its own.
 * 1 the file is there; 0 it is not; -1 with errno.
 */
int control_open(void);		/* the directory: a descriptor, or -1 */

/* The first line, without trailing blanks. An empty first line is a value. */
int control_line(int dir, const char *name, struct buf *out);

/* The first line as a number of at most max; *out is kept when absent. */
int control_num(int dir, const char *name, uint64_t max, uint64_t *out);

/*
 * A list: each line without trailing blanks, NUL-ended in out; comment lines
 * (#) and empty ones are left out.
 */
int control_list(int dir, const char *name, struct buf *out);

/* The bytes as they are. */
int control_bytes(int dir, const char *name, struct buf *out);

/*
 * The first line of name; when absent, of fallback ("me" mostly); when that is
 * absent too, literal. 0; -1 with errno.
 */
int control_default(int dir, const char *name, const char *fallback,
    const char *literal, struct buf *out);

/* The next entry of a list made by control_list; false at the end. */
bool control_next(struct span *list, struct span *entry);

#endif
