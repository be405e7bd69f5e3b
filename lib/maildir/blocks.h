/*
 * The entries of directories as getdents64(2) writes them, in memory where they
 * stay. The far half of a large directory of ext4 is read by a fork meanwhile:
 * the kernel takes longer to find the names than we take to look at them.
 */
#ifndef LIB_MAILDIR_BLOCKS_H
#define LIB_MAILDIR_BLOCKS_H

#include <stdint.h>

#include "lib/base/span.h"

struct dir_entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;	/* of the whole, with what fills it up */
	unsigned char type;	/* DT_ of <dirent.h> */
	char name[];		/* NUL-ended */
};

struct dir_chunk;

/* Takes a block of entries of dir. 0; -1 with errno ends the reading. */
typedef int dir_block_fn(void *to, int dir, struct span block);

/*
 * Reads all entries of the directory which below box, block after block; one
 * that is renamed, or made, meanwhile may come twice. A missing directory has
 * none. The blocks are chained to *chunks, NULL at first, until they are freed.
 * 0; -1 with errno.
 */
int dir_read(int box, const char *which, struct dir_chunk **chunks,
    dir_block_fn *take, void *to);
void dir_chunks_free(struct dir_chunk *chunks);

#endif
