/*
 * Orders to postern-send (lib/wire/order.h) as users may give them: what mailq
 * and sendmail -q ask for. sock is from order_connect. All of them: 0; -1 with
 * errno, EACCES when postern-send does not allow it.
 */
#ifndef QUEUE_ORDER_H
#define QUEUE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/span.h"

/* A socket, the caller's to close; -1 with errno. */
int order_connect(void);

/* How many messages there are, of everybody. */
int order_count(int sock, uint64_t *messages) MUST_CHECK;
/*
 * IDs of the messages that the caller injected, a line for each, which live
 * until the next order. *place: 0 at first; 0 when these were the last.
 */
int order_own(int sock, uint64_t *place, struct span *ids) MUST_CHECK;
/*
 * One of those: fds[0] is its file, fds[1] its note or -1, the caller's to
 * close. *in_cur: it lies in cur/.
 */
int order_show(int sock, struct span id, int fds[2], bool *in_cur) MUST_CHECK;

/*
 * Has everything tried now; what has been tried by order of a user only a
 * moment ago is left alone.
 */
int order_flush(void) MUST_CHECK;

#endif
