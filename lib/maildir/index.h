/*
 * The index beside a Maildir: what cannot be read off a name - the CR LF size
 * of messages that other programs delivered, and POP3 identifiers taken over
 * from an earlier server. The file "postern-index" is text:
 *
 *	postern-index 1
 *	BASE TAB WIRESIZE TAB UIDL LF		(UIDL may be empty)
 *	end COUNT CHECKSUM LF
 *
 * It is a cache: written to a new name and renamed, and when it is damaged or
 * missing it is made again, the identifiers from the other server's files where
 * those still are. Since they may be gone, an index with identifiers is flushed
 * before the rename; sizes are not worth the wait.
 */
#ifndef LIB_MAILDIR_INDEX_H
#define LIB_MAILDIR_INDEX_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/maildir/list.h"

enum {
	MAILDIR_INDEX_MAX = 512 << 20,	/* bytes of the file */
	MAILDIR_UIDL_MAX = 70,		/* RFC 1939 section 7 */
};

#define MAILDIR_INDEX_NAME "postern-index"

struct maildir_note {
	struct span base;	/* name without ":2,FLAGS" */
	uint64_t wire_size;	/* or MAILDIR_SIZE_UNKNOWN */
	struct span uidl;	/* empty: derived from the name */
};

struct maildir_index {
	struct buf text;	/* the file; what the notes point into */
	struct maildir_note *notes;	/* sorted by base */
	size_t count, room;
	size_t next;		/* the note that is probably asked for next */
};

void maildir_index_init(struct maildir_index *x);
void maildir_index_free(struct maildir_index *x);

/*
 * Reads the index of the Maildir box; where there is none or it is damaged,
 * the identifiers in Dovecot's dovecot-uidlist, which had the form uidl_format
 * there, or Courier's courierpop3dsizelist. 1 the index; 0 it must be written
 * anew; -1 with errno: what the index says is not known.
 */
int maildir_index_load(struct maildir_index *x, int box,
    struct span uidl_format);

/* May s be a POP3 identifier (RFC 1939 section 7)? */
bool maildir_uidl_ok(struct span s);

/*
 * The note of that name; NULL: none. Asked for in the order of the notes, each
 * costs one comparison.
 */
const struct maildir_note *maildir_index_find(struct maildir_index *x,
    struct span base);

/*
 * Writes notes as the index of box, durably if there are identifiers among
 * them. 0; -1 with errno.
 */
int maildir_index_store(int box, const struct maildir_note *notes,
    size_t count);

/*
 * Is it a form of identifiers, as Dovecot's setting pop3_uidl_format has it,
 * that can be taken over? %u the UID, %v UIDVALIDITY, both in decimal or (%Xu)
 * hexadecimal, with leading zeros (%08Xu); %f the name; %% a percent sign.
 */
bool maildir_uidl_format_ok(struct span format);
#define MAILDIR_UIDL_FORMAT SPAN("%08Xu%08Xv")	/* Dovecot's default */

/*
 * The parsers, pure: of x->text, already filled, into notes.
 * 1; 0: damaged, or another format; -1 ENOMEM (partly filled then).
 */
int maildir_index_parse(struct maildir_index *x);
int maildir_import_dovecot(struct maildir_index *x, struct span uidl_format);
int maildir_import_courier(struct maildir_index *x);

/* For them: appends a note, 0 or -1 ENOMEM; sorts, keeps the first of equals. */
int maildir_index_add(struct maildir_index *x, const struct maildir_note *n);
void maildir_index_sort(struct maildir_index *x);

#endif
