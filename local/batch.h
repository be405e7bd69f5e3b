/*
 * Several deliveries into Maildirs at a time: all are written, then all are
 * flushed, then all move, and each directory is flushed once.
 */
#ifndef LOCAL_BATCH_H
#define LOCAL_BATCH_H

#include <limits.h>

#include "lib/maildir/deliver.h"
#include "lib/maildir/quota.h"
#include "local/job.h"

enum { BATCH_MAX = 64, BATCH_BOXES = 4 };

struct batch_item {
	uint64_t tid;
	struct job job;		/* its descriptor is not used any more */
	struct maildir_item item;
	struct verdict verdict;
	bool over;		/* only the verdict is left to be told */
};

struct batch_box {
	char path[PATH_MAX];	/* "": free */
	struct maildir box;
	struct quota quota;	/* open from the first item to batch_run */
	bool touched;		/* something moved: flush the directory */
};

struct batch {
	int sock;
	bool lost;		/* the socket */
	size_t n;
	struct batch_item items[BATCH_MAX];
	struct batch_box boxes[BATCH_BOXES];	/* kept open between batches */
	size_t next_box;	/* the one to be closed when all are taken */
};

void batch_init(struct batch *b, int sock);
/*
 * Adds a delivery into the Maildir at path and writes it; make: the Maildir
 * may be made. path is shorter than PATH_MAX. The spans of j must live until
 * batch_run, which happens here when too many Maildirs are at hand. The batch
 * must not be full. Failures show in the results.
 */
void batch_add(struct batch *b, uint64_t tid, const struct job *j,
    const char *path, bool make);
bool batch_full(const struct batch *b);
/*
 * Ends all deliveries and sends the results. 0; -1 when the socket is lost:
 * then nothing that had not moved yet is delivered.
 */
int batch_run(struct batch *b);
/* Old files in tmp/ of the Maildirs at hand. */
void batch_clean(struct batch *b);

#endif
