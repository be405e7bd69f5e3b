/*
 * Telling senders what became of their mail: in the helper, where waiting is
 * allowed. Reads a message and its report, writes the reports, injects them.
 */
#ifndef SEND_TELL_H
#define SEND_TELL_H

#include "lib/base/span.h"
#include "send/flusher.h"

/*
 * Before confine(): where $POSTERNQUEUE or $QMAILQUEUE name an injector, forks
 * what will start it. 0; -1 with errno.
 */
int tell_prepare(void);
/*
 * names: the five of ask, one behind the other. message and report are open
 * queue file and report/ID (-1: there is none). Fills *out in.
 */
void tell(const struct flusher_ask *ask, struct span names, int message,
    int report, struct flusher_answer *out);

#endif
