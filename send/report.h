/*
 * report/ID: what is still to be told to the sender of message ID. One line
 * for each event, appended and flushed before the recipient is marked:
 *
 *   KIND INDEX TIME CODE PEER TEXT TAB
 *
 * KIND is one of REPORT_*; INDEX the recipient's in the envelope; TIME seconds
 * since 1970; an empty CODE or PEER is "-"; in TEXT \n is a newline and \\ a
 * backslash. Lines that are not like this mean nothing: one without the tab at
 * its end was cut off by a crash.
 */
#ifndef SEND_REPORT_H
#define SEND_REPORT_H

#include "lib/base/buf.h"

enum {
	REPORT_FAILURE = 'F',
	REPORT_DELAY = 'D',
	REPORT_DELIVERED = 'K',		/* successes, by RFC 3464's actions */
	REPORT_RELAYED = 'R',
	REPORT_EXPANDED = 'E',
};

enum {
	REPORT_DELAY_S = 4 * 3600,	/* when NOTIFY=DELAY asks for it */
	REPORT_TEXT_MAX = 5000,		/* of a reason: the rest is dropped */
	REPORT_ENTRY_MAX = 2 * REPORT_TEXT_MAX + 500,	/* a line */
	REPORT_PART = 1 << 20,		/* bytes of it for one notice */
};

struct report_entry {
	char kind;
	uint32_t index;
	uint32_t time_s;
	struct span code, text, peer;
};

void report_entry_write(struct buf *to, const struct report_entry *e);
/*
 * Takes the next entry off the front of *lines; text is unescaped into
 * scratch, where it lives until the next call. false at the end.
 */
bool report_entry_take(struct span *lines, struct buf *scratch,
    struct report_entry *e);

/*
 * The next part of a report, whole lines from offset at on, into to, which is
 * empty and has room for REPORT_PART. *next: where the part after it begins;
 * 0: this is the last one. 0; -1 with errno.
 */
int report_read_part(int fd, uint64_t at, struct buf *to, uint64_t *next);

/* text as part of one line: what is not printable becomes a blank. */
void report_clean(struct buf *to, struct span text);
/* The kind of a success, by what a worker said; 0: the next host will tell. */
char report_success_kind(struct span action);
/* The age at which senders hear of a delay. warning_s: control/delaywarning. */
uint64_t report_delay_after(uint64_t warning_s);
/* Should the sender hear of a delay now? warning_s: control/delaywarning. */
bool report_delay_due(uint64_t warning_s, unsigned notify,
    unsigned char state, uint64_t age_s);

#endif
