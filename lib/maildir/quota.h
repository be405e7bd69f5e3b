/*
 * Maildir++ quota: the file maildirsize in the main directory of a Maildir,
 * whose first line is the limit ("10000000S,1000C") and whose other lines are
 * sums to be added up. What readers and writers may do to it at any time makes
 * it wrong at times; it is counted anew when it is long, or says "full".
 */
#ifndef LIB_MAILDIR_QUOTA_H
#define LIB_MAILDIR_QUOTA_H

#include "lib/base/buf.h"

enum {
	QUOTA_FILE_MAX = 5120,		/* then it is counted anew */
	QUOTA_LINE = 14,		/* bytes of a line that we add */
	QUOTA_TRUST_S = 15 * 60,	/* a fresh count that says "full" */
};

/* No sum is larger: far from what overflows, and it can be read again. */
#define QUOTA_SUM_MAX (INT64_MAX / 65536)

struct quota_limit {
	uint64_t bytes, count;	/* 0: unlimited */
};

/* "10000000S,1000C", unknown letters are passed over. 0; -1 errno EINVAL. */
int quota_limit_parse(struct span s, struct quota_limit *out) MUST_CHECK;

struct quota_sum {
	int64_t bytes, count;
	unsigned lines;		/* behind the first */
};

/* Adds both, which may be negative; stays within QUOTA_SUM_MAX. */
void quota_sum_add(struct quota_sum *s, int64_t bytes, int64_t count);

/*
 * Does the message count whose file has that name (or path)? One that is marked
 * as deleted (flag T) does not: who marks it writes that down.
 */
bool quota_counts(struct span name);

/*
 * The contents of a maildirsize file; the limit's text is *first. What is not
 * two numbers is passed over. 0; -1 with errno EINVAL: no limit there.
 */
int quota_file_parse(struct span file, struct span *first,
    struct quota_limit *limit, struct quota_sum *sum) MUST_CHECK;

/* ---- files ---- */

struct quota {
	bool limited;		/* there is a quota at all */
	bool fresh;		/* just counted */
	bool uncounted;		/* deliveries here do not count (Trash) */
	bool borrowed;		/* root is the caller's: not ours to close */
	int root;		/* main directory; -1: not open */
	struct quota_limit limit;
	struct quota_sum sum;
	struct quota_sum added;	/* and removed; to be written */
	char spec[128];		/* the limit's text */
};

/*
 * Finds the quota of the Maildir at path, which is open at fd (and stays open
 * until quota_close); it may be a folder. fallback: the limit when there is no
 * maildirsize yet, may be empty. 0; -1 with errno.
 */
int quota_open(struct quota *q, int fd, const char *path,
    struct span fallback);
/* Is there room for a message of size bytes? 1; 0; -1 with errno. */
int quota_fits(struct quota *q, uint64_t size);
/* Could there ever be? */
bool quota_possible(const struct quota *q, uint64_t size);
/* It will be delivered; no, it was not, or it has been removed. */
void quota_took(struct quota *q, uint64_t size);
void quota_gave_back(struct quota *q, uint64_t size);
/* Writes down what was delivered and removed, and closes. */
void quota_close(struct quota *q);

/* Counts anew and writes maildirsize with limit spec. 0; -1 with errno. */
int quota_recount(struct quota *q);
/*
 * Gives the Maildir at fd (main directory) this limit and counts. For those
 * who set quotas. 0; -1 with errno.
 */
int quota_set(int fd, struct span spec);

#endif
