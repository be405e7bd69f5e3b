/* Delivery into an mbox file, mbox(5). */
#ifndef LOCAL_MBOX_H
#define LOCAL_MBOX_H

#include "local/job.h"

/*
 * Appends the message to the file at path, made if need be, under locks for
 * which it waits up to half a minute; what could not be finished is taken
 * back. Sets the verdict only on failure: 0; -1.
 */
int mbox_deliver(const struct job *j, const char *path, struct verdict *v);

#endif
