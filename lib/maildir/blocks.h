/*
 * The entries of a directory of a Maildir as getdents64(2) writes them, in
 * memory where they stay, each looked at once. The far half of a large directory
 * of ext4 is read and looked at by a fork meanwhile.
 */
#ifndef LIB_MAILDIR_BLOCKS_H
#define LIB_MAILDIR_BLOCKS_H

#include <stdint.h>

#include "lib/maildir/list.h"

struct dir_entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;	/* of the whole, with what fills it up */
	unsigned char type;	/* DT_ of <dirent.h> */
	char name[];		/* NUL-ended */
};

/* What an entry of dir says, all but in_new, into e. false: no message. */
typedef bool dir_look_fn(int dir, const struct dir_entry *d,
    struct maildir_entry *e);

/*
 * Adds what look finds in new/ (in_new) or cur/ of the Maildir box to l; what
 * is renamed, or made, meanwhile may come twice. A missing directory is empty.
 * 0; -1 with errno, EMSGSIZE: over MAILDIR_MESSAGES_MAX.
 */
int dir_read(int box, bool in_new, struct maildir_list *l, dir_look_fn *look);
void dir_chunks_free(struct dir_chunk *chunks);

#endif
