/*
 * Does a recipient exist? Asked through the users door (lib/wire/door.h), so
 * that smtpd reads nobody's home; answers are remembered for a while.
 */
#ifndef SMTPD_EXISTS_H
#define SMTPD_EXISTS_H

#include "lib/base/buf.h"
#include "lib/os/deadline.h"

enum {
	EXISTS_ASKED_MAX = 32,		/* questions on their way at once */
	EXISTS_REMEMBERED = 64,		/* answers */
	EXISTS_REMEMBER_MS = 60000,	/* for so long */
	EXISTS_TEXT_MAX = 200,
};

enum exists_verdict { EXISTS_YES, EXISTS_NO, EXISTS_LATER };

struct exists_answer {
	enum exists_verdict verdict;
	char code[12];			/* "5.1.1" */
	char text[EXISTS_TEXT_MAX];	/* printable ASCII */
};

struct exists_memory {
	uint64_t hash;
	int64_t until_ms;
	char *address;			/* not NUL-ended; NULL: empty slot */
	size_t len;
	struct exists_answer answer;
};

struct exists {
	int sock;			/* -1: not connected */
	int64_t broken_until_ms;	/* trouble: not asked before then */
	uint64_t next_tag;
	struct exists_memory memory[EXISTS_REMEMBERED];
};

void exists_init(struct exists *e);

/* Is the answer known? Then it is in *out. */
bool exists_known(const struct exists *e, struct span address,
    struct exists_answer *out);

/*
 * Puts a question; the answer is fetched by exists_collect. Trouble is told
 * there.
 */
void exists_ask(struct exists *e, struct span address);

/*
 * The answers to the count questions put last, in their order, within
 * DOOR_WAIT_MS; what cannot be had is EXISTS_LATER.
 */
void exists_collect(struct exists *e, size_t count,
    struct exists_answer answers[EXISTS_ASKED_MAX]);

/* Keeps an answer of yes or no. */
void exists_remember(struct exists *e, struct span address,
    const struct exists_answer *answer);

#endif
