/*
 * What every way into the queue shares: the directory new/, the trigger, who
 * is called what, and whether this process may write there at all.
 */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include <stdbool.h>

#include "queue/format.h"

/* The exit codes of qmail-queue's interface that postern-queue uses. */
enum {
	CODE_QUEUED = 0,
	CODE_LONG = 11,		/* an address is too long */
	CODE_REFUSED = 31,	/* too many recipients: never */
	CODE_MEMORY = 51,	/* memory or descriptors */
	CODE_TIMEOUT = 52,
	CODE_WRITE = 53,
	CODE_READ = 54,
	CODE_CONTROL = 55,
	CODE_HOME = 61,		/* no queue */
	CODE_DIR = 62,		/* no queue/new */
	CODE_CREATE = 63,	/* cannot create a file there */
	CODE_RENAME = 65,
	CODE_BUSY = 71,
	CODE_BUG = 81,
	CODE_CUSTOM = 82,
	CODE_ENVELOPE = 91,
};

enum { SPOOL_PATH_ROOM = 1024 };

struct spool {
	char new_path[SPOOL_PATH_ROOM];
	char trigger_path[SPOOL_PATH_ROOM];
	int dir;		/* queue/new */
	int trigger;		/* -1: not open */
	bool sync_dir;
	bool ours;		/* new/ belongs to our effective uid */
	unsigned owner;
};

/* Opens what is needed. 0; else an exit code. */
int spool_open(struct spool *s);

/*
 * Tells send of a new file. With a full trigger it waits up to a second for
 * room: accepting cannot outrun delivery without end. Nothing can go wrong:
 * send lists new/ too.
 */
void spool_trigger(struct spool *s, const char *id);

enum { SPOOL_INVOKER_ROOM = 32 };
/*
 * "by alias" for the alias user, "from network" for smtpd's, "for bounce" for
 * send's, "by uid N" for anyone else, and for all in a root-less build. No
 * user data base is asked: who is who is told by the owners of the alias
 * user's home, of queue/network and of queue/cur.
 */
void spool_invoker(unsigned uid, char room[SPOOL_INVOKER_ROOM]);
/* Is uid one of these three, or root? */
bool spool_is_system(unsigned uid);

#endif
