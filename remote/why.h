/*
 * Why a delivery did not happen: for now or for good, a code, and words for
 * the log and the bounce. Texts too long are cut.
 */
#ifndef REMOTE_WHY_H
#define REMOTE_WHY_H

#include "lib/base/span.h"
#include "remote/reply.h"

enum { WHY_TEXT_MAX = REPLY_TEXT_MAX + 600 };

struct why {
	char class;		/* 'Z' or 'D'; 'K' for a success; 0: nothing */
	char code[REPLY_STATUS_MAX];	/* enhanced status code */
	size_t len;
	char text[WHY_TEXT_MAX];	/* printable ASCII and LF */
};

/*
 * Starts anew: class, code, and a text made as by printf, to which " (#code)"
 * and a line end are added.
 */
void why_set(struct why *w, char class, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * The same from a reply: the text made as by printf, a line end, then
 * "Remote host said: " and the reply. The class follows from class, which is
 * the reply's own, or '4' where a 5 is not to be believed.
 */
void why_said(struct why *w, char class, const struct reply *r,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * A relay is what our administrator has named: one that is not there is a
 * mistake of ours, for now.
 */
void why_no_relay(struct why *w);

struct span why_text(const struct why *w);

#endif
