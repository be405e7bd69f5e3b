/* The addresses of this host. */
#ifndef LIB_NET_OWN_H
#define LIB_NET_OWN_H

#include "lib/base/buf.h"

/*
 * Appends the text of every address of every interface, NUL-ended each, as
 * struct rewrite_lists wants them. 0; -1 with errno.
 */
int own_addresses(struct buf *out);

#endif
