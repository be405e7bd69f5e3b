/*
 * What follows DATA: finds its end, takes the dots away, turns CR LF into LF,
 * counts bytes and hops, and notices what no message may hold. Pure: it is fed
 * blocks, cut anywhere, and gives back what the message holds so far.
 */
#ifndef SMTPD_DATA_H
#define SMTPD_DATA_H

#include <stdint.h>

#include "lib/base/span.h"

enum { DATA_HOPS_MAX = 100 };	/* Received and Delivered-To: refused from here */

/* What no message may hold, as bits. */
enum data_fault {
	DATA_BARE_LF = 1,
	DATA_BARE_CR = 2,
	DATA_NUL = 4,
};

struct data {
	enum {
		DATA_LINE_START,
		DATA_IN_LINE,
		DATA_CR,	/* CR seen in a line */
		DATA_DOT,	/* dot at the start of a line */
		DATA_DOT_CR,	/* and CR: LF would end it all */
	} at;
	bool lf_ok;		/* LF alone ends lines too (sendmail -bs) */
	bool in_header;
	unsigned faults;	/* enum data_fault */
	unsigned hops;
	unsigned column;	/* of a header line, while its name is compared */
	unsigned names;		/* bits: hop fields the line may still be */
	uint64_t bytes;		/* given back so far: LF line ends, no dots */
};

void data_init(struct data *d, bool lf_ok);

/*
 * Takes bytes off the front of *in and writes message bytes to out, which has
 * room for at least in->len and may be in->p itself.
 * PARSE_OK: the end was found; *in starts behind it. PARSE_MORE: all was taken.
 * Faults stick in d->faults; whatever they are, only CR LF . CR LF ends the
 * data.
 */
enum parse data_feed(struct data *d, struct span *in, char *out, size_t *len);

#endif
