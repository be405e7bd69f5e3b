/*
 * The rules by which recipients are rewritten, from their control files: for
 * send, and for users, who must answer as send will deliver.
 */
#ifndef LIB_OS_REWRITING_H
#define LIB_OS_REWRITING_H

#include "lib/mail/rewrite.h"

enum { REWRITING_FILES = 6 };

/* The files that are read, and no others. */
extern const char *const rewriting_files[REWRITING_FILES];

/*
 * Reads them below dir; an absent one has its default. own_ips: NUL-ended
 * addresses of this host. 0, and *out is to be freed by rewrite_free; -1 with
 * errno, and *what names the file.
 */
int rewriting_read(int dir, struct span own_ips, struct rewrite *out,
    const char **what) MUST_CHECK;

#endif
