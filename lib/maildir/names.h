/*
 * Names of files in a Maildir:
 *   SECONDS.UNIQUE.HOST,S=SIZE,W=SIZE  in new/, and :2,FLAGS behind it in cur/
 * S is the size of the file; W its size with CR LF line ends, which is one
 * more for every LF that has no CR before it. A message whose last line has no
 * end gets no W, since servers differ in what it is then. Pure.
 */
#ifndef LIB_MAILDIR_NAMES_H
#define LIB_MAILDIR_NAMES_H

#include "lib/base/buf.h"

enum { MAILDIR_NAME_MAX = 255 };

#define MAILDIR_FOLDER_MARK "maildirfolder"	/* a file in each folder */

/*
 * The name that a message of the queue gets, the same however often it is
 * delivered: birth (microseconds), ID, the recipient's index in the envelope,
 * the number of the instruction (from 0), and the host. No sizes yet.
 */
void maildir_name_queued(struct buf *b, uint64_t birth_us, struct span id,
    uint64_t index, unsigned instruction, struct span host);
/* The name of a message from elsewhere: unique by process and count. */
void maildir_name_fresh(struct buf *b, uint64_t now_us, uint64_t pid,
    uint64_t count, struct span host);
/* ",S=n" or ",W=n" (key 'S' or 'W') */
void maildir_name_add_size(struct buf *b, char key, uint64_t n);

/*
 * The number behind ",S=" or ",W=" (key 'S' or 'W'); false: not there. name may
 * begin at the comma.
 */
bool maildir_name_size(struct span name, char key, uint64_t *out);
/* The part before ":2,FLAGS", which is all of it in new/. */
struct span maildir_name_base(struct span name);
/* The flags behind ":2,"; empty when there are none. */
struct span maildir_name_flags(struct span name);

/*
 * The name of the Maildir++ folder at that path, ".Work", if its form is that
 * of one; else empty. A Maildir elsewhere may be called so too.
 */
struct span maildir_name_folder(struct span path);

/* How many LF in s have no CR before them; *cr: was the last byte a CR? */
uint64_t maildir_bare_lf(struct span s, bool *cr);

#endif
