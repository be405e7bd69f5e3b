/* The lines that a delivery puts before a message. */
#ifndef LOCAL_LINES_H
#define LOCAL_LINES_H

#include "local/job.h"

/* "Delivered-To: local@domain\n" */
void line_delivered_to(struct buf *b, const struct job *j);
/* "Return-Path: <sender>\n" */
void line_return_path(struct buf *b, const struct job *j);
/* "From sender Thu Jan  1 00:00:00 1970\n", time now in UTC */
void line_from(struct buf *b, const struct job *j, uint64_t now_us);

/*
 * Looks for this very Delivered-To line in the header, of which the caller may
 * have read the first bytes already. 1 it loops; 0 it does not; -1 with errno.
 */
int line_loops(const struct job *j, struct span first);

#endif
