/*
 * One session at a time (RFC 1939 section 4), without a lock that NFS breaks:
 * the dot lock "postern-pop3.lock" in the Maildir. A holder that died on this
 * host, or has not touched it for LOCK_STALE_S, has lost it.
 *
 * Where there is no room for that file, since inodes or a quota are used up,
 * mail must be deleted all the same. For that the directory itself is locked
 * first, by flock(2), where its file system can: then this is the lock, for one
 * host, until there is room for the file. And who has it need not wait long for
 * a file that a crash of the machine left behind, empty or with a number that
 * is another process's by now.
 */
#ifndef POP3D_LOCK_H
#define POP3D_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOCK_STALE_S = 1800,
	LOCK_ALONE_S = 180,	/* when no session of this host has it */
	LOCK_TOUCH_S = 60,	/* a holder touches it as often */
};

struct lock {
	int box;		/* directory of the Maildir */
	bool directory;		/* it is locked */
	bool file;		/* there is the file, and it is ours */
};

/* 1 taken; 0 another session has it; -1 with errno. */
int lock_take(struct lock *l, int box);
/*
 * Says that the holder lives. false: it slept (the machine was suspended, say)
 * for so long that the maildrop may be another session's by now.
 */
bool lock_touch(struct lock *l);
/* Ends the lock, unless it is another session's by now. */
void lock_drop(struct lock *l);

/*
 * LOGIN-DELAY (RFC 2449 section 6.5): has the last session of this maildrop
 * begun less than seconds ago? Otherwise this one is the last from now on.
 */
bool lock_too_soon(int box, uint64_t seconds);

#endif
