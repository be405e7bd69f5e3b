/* Copies of a message for those who must not get ours. */
#ifndef LOCAL_COPY_H
#define LOCAL_COPY_H

#include "local/job.h"

/*
 * The message as a file without a name, open for reading and writing, at its
 * start. The caller's to close; -1 with errno.
 */
int copy_message(const struct job *j);
/* The same of all that comes from fd. */
int copy_stream(int fd);

#endif
