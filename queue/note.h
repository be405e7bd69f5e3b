/*
 * What the note of a message (cur/ID.note, which send writes) says: is it held,
 * and why was each recipient put off?
 */
#ifndef QUEUE_NOTE_H
#define QUEUE_NOTE_H

#include "lib/base/buf.h"

struct note {
	bool held;		/* by an administrator */
	struct buf text;
	struct buf deferrals;	/* struct deferral, by recipient */
	size_t next;		/* of them to be looked at */
};

void note_init(struct note *note);
void note_free(struct note *note);
/* Forgets the one before, and reads fd, which is closed; -1: there is none. */
void note_read(struct note *note, int fd);
/*
 * Why the recipient with that index was put off last; empty: no word of it.
 * To be asked for one recipient after another. Lives until note_read.
 */
struct span note_reason(struct note *note, uint64_t index);

#endif
