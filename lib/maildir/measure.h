/*
 * The CR LF sizes of messages whose names do not tell them, by reading each
 * file: one more than its bytes for each LF without a CR before it, and what
 * its last line lacks of an end, since it is sent with one.
 */
#ifndef LIB_MAILDIR_MEASURE_H
#define LIB_MAILDIR_MEASURE_H

#include "lib/maildir/list.h"

/* Of the message at path below box. 0; -1 with errno. */
int maildir_measure(int box, const char *path, uint64_t *wire_size);

/*
 * Of all messages of l, a list of box, whose sizes[i] is MAILDIR_SIZE_UNKNOWN,
 * which is what it stays when the file cannot be read. Many are read by several
 * processes where fork(2) is allowed.
 */
void maildir_measure_list(int box, const struct maildir_list *l,
    uint64_t *sizes);

#endif
