/*
 * What every part of postern-local talks about: whose mailbox this is, one
 * message for one recipient, and how that ended.
 */
#ifndef LOCAL_JOB_H
#define LOCAL_JOB_H

#include <sys/stat.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/wire/work.h"

/* Whose mailbox, for the life of the process. */
struct owner {
	const char *user, *home;
	struct buf host;	/* this machine's name, for file names */
	struct buf fallback;	/* control/defaultdelivery, .qmail language */
	struct buf quota;	/* control/maildirquota; empty: none */
	uint64_t grace_s;	/* control/quotagrace */
	int control_err;	/* errno of reading all these; 0 is fine */
	dev_t dev;		/* of the home directory, where we stand */
	ino_t ino;
};

/* One message for one recipient. Spans live as long as the job. */
struct job {
	const struct owner *owner;
	int fd;				/* the message: read with pread */
	uint64_t offset, size;
	uint64_t birth_us;
	struct span id;			/* empty when delivered by hand */
	bool maybe_again;		/* it may have been delivered before */
	struct span sender;
	struct span address;		/* local@domain */
	struct span local, domain;
	struct span dash, ext;
	uint64_t index;			/* of the recipient in the envelope */
	uint64_t position;		/* in the transaction */
	unsigned flags;			/* WORK_* */
	struct span envid, orcpt;
	unsigned notify;
};

/* How it ended: the first thing that is said stands. */
struct verdict {
	char class;		/* WORK_DONE, _LATER, _NEVER; 0: not yet */
	char code[16];			/* enhanced status code */
	const char *action;		/* as in RESULT; "" when not done */
	struct buf text;
};

void verdict_init(struct verdict *v);
void verdict_free(struct verdict *v);
/*
 * Sets it, unless it is set. The text is fmt's with " (#code)" and a new line
 * behind it, in the way of qmail; what programs said stands before it.
 */
void verdict_set(struct verdict *v, char class, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* WORK_LATER with errno's text behind fmt's. */
void verdict_errno(struct verdict *v, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Fills in o and goes into the home directory; the strings must live on.
 * 0; -1 with the verdict.
 */
int owner_take_place(struct owner *o, const char *user, const char *home,
    struct verdict *v);
/*
 * Is the home directory still the one that we stand in? 0 and what stat(2) says
 * of it; -1 with the verdict.
 */
int owner_find_home(const struct owner *o, struct stat *st, struct verdict *v);
/* Goes into the one that has taken its place, if there is one. */
void owner_follow_home(struct owner *o);

/* Splits address at its last @ into local and domain. */
void job_address(struct job *j, struct span address);
/*
 * The message from byte at (<= size) on, as much as there is but at most max
 * bytes. How many, 0 at its end; -1 with errno, EIO when it has become shorter.
 */
ssize_t job_piece(const struct job *j, uint64_t at, char *to, size_t max);

#endif
