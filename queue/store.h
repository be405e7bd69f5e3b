/*
 * For those who read the queue, as postern-s: the directories new/ and cur/
 * and the queue files in them (queue/format.h). dir is a descriptor of one of
 * them; a name is an ID, 16 digits.
 *
 * Nothing here waits for anybody or believes a file: what is not a sound queue
 * file is STORE_BAD with a reason, and the rest goes on.
 */
#ifndef QUEUE_STORE_H
#define QUEUE_STORE_H

#include <dirent.h>
#include <fcntl.h>

#include "queue/format.h"

/* How files of the queue are opened: nobody waits for a FIFO in their place. */
enum { QUEUE_FILE = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK };

/* The directory queue/NAME ("new", "cur", ...). A descriptor; -1 with errno. */
int store_dir(const char *name);

/* ---- listing ---- */

enum store_kind {
	STORE_MESSAGE,		/* an ID */
	STORE_NOTE,		/* ID.note: belongs to ID */
	STORE_UNFINISHED,	/* .ID: its writer may be dead; store_clean */
	STORE_FOREIGN,		/* anything else: store_set_aside */
};

struct store_entry {
	enum store_kind kind;
	const char *name;	/* lives until the next call */
};

struct store_list {
	DIR *stream;
};

/* dir stays the caller's. 0; -1 with errno. */
int store_list_open(struct store_list *l, int dir);
/*
 * The next entry, in no order; what was set aside is left out. May be called
 * in slices, while files come and go. 1; 0 at the end; -1 with errno.
 */
int store_list_next(struct store_list *l, struct store_entry *out);
void store_list_close(struct store_list *l);

/*
 * Removes the unfinished file called name (".ID") if its writer is dead.
 * 1 removed; 0 it lives (or was gone, or is so young that its writer may be
 * about to lock it); -1 with errno.
 */
int store_clean(int dir, const char *name);

/*
 * Takes name out of the way of everything, as "bad.NAME" in the same
 * directory. 0; -1 with errno (EEXIST: there is one already).
 */
int store_set_aside(int dir, const char *name);

/* ---- one message ---- */

enum store_found {
	STORE_OK,
	STORE_GONE,		/* there is no such file */
	STORE_BAD,		/* there is one, but it is no queue file: why */
	STORE_TROUBLE,		/* errno */
};

struct stored {
	int fd;			/* to read; -1 unless STORE_OK */
	struct queue_header header;
	const char *why;	/* of STORE_BAD: "wrong size", ... */
};

/* Opens dir/name; the caller closes out->fd. */
enum store_found store_find(int dir, const char *name, struct stored *out);
/* The same with a file that is open, and out's or closed from then on. */
enum store_found store_adopt(int fd, struct stored *out);

/* Reads into *to, whose maximum must suffice. 0; -1 with errno. */
int store_read_envelope(const struct stored *s, struct buf *to) MUST_CHECK;
int store_read_states(const struct stored *s, struct buf *to) MUST_CHECK;

#endif
