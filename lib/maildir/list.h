/*
 * What lies in new/ and cur/ of a Maildir, in the order of arrival, without
 * touching a file. Odd entries (directories, FIFOs, links, names that begin
 * with a dot or hold control characters) are passed over, and one message seen
 * twice (renamed from new/ to cur/ meanwhile) counts once. All that is asked of
 * a name is found when it is listed: in the order of arrival names lie
 * scattered over more memory than a cache holds.
 */
#ifndef LIB_MAILDIR_LIST_H
#define LIB_MAILDIR_LIST_H

#include <stdint.h>

#include "lib/base/span.h"

enum {
	MAILDIR_MESSAGES_MAX = 4000000,
	MAILDIR_PATH_MAX = 4 + 255 + 1,	/* "new/NAME" and its NUL */
};

#define MAILDIR_SIZE_UNKNOWN UINT64_MAX

struct maildir_entry {
	uint64_t arrival_s;	/* the number in front of the name, or 0 */
	const char *name;	/* NUL-ended; as it was when listed */
	uint64_t wire_size;	/* from the name, or MAILDIR_SIZE_UNKNOWN */
	unsigned char base_len;	/* of the part before ":2,FLAGS" */
	unsigned char unique_len;	/* of the part before ",S=1,W=2" too */
	bool uidl_ok;		/* may that be a POP3 identifier? */
	bool in_new;		/* in new/, else in cur/ */
};

struct maildir_list {
	struct maildir_entry *entries;
	size_t count, room;
	struct dir_chunk *names;	/* the bytes of all names */
};

void maildir_list_init(struct maildir_list *l);
void maildir_list_free(struct maildir_list *l);

/*
 * Reads the Maildir whose directory is box. A missing new/ or cur/ is empty;
 * a cur/ in which others are at work is read more than once.
 * Sorted by the number in front of the name (seconds), then by name.
 * 0; -1 with errno (ENOMEM, EMSGSIZE: too many).
 */
int maildir_list_read(struct maildir_list *l, int box);

struct span maildir_entry_base(const struct maildir_entry *e);
/* The part that no program changes: sizes may be added later. */
struct span maildir_entry_unique(const struct maildir_entry *e);
/* The path below the directory of the Maildir. */
void maildir_entry_path(const struct maildir_entry *e,
    char to[MAILDIR_PATH_MAX]);

/*
 * Looks in l for the message e of an earlier list (its flags changed, or moved
 * to cur/ by another program). NULL: it is gone. Lives as long as l.
 */
const struct maildir_entry *maildir_list_find(const struct maildir_list *l,
    const struct maildir_entry *e);

/*
 * The size in bytes of the message at path below box, as quotas count it: what
 * its name says, or the file's. 0; -1 with errno, EINVAL: not a regular file.
 */
int maildir_size(int box, const char *path, uint64_t *size);

#endif
