/*
 * Orders to postern-send (lib/wire/order.h): any of them, and those that mailq
 * and sendmail -q give. sock is from order_connect. All but order_give: 0; -1
 * with errno, EACCES when postern-send does not allow it.
 */
#ifndef LIB_OS_ORDER_H
#define LIB_OS_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/os/deadline.h"

/* A socket, the caller's to close; -1 with errno. */
int order_connect(void);

/*
 * Any order, a packet, and the answer's text, which lives until the next one.
 * fds: two descriptors that come with it, or -1, the caller's to close; NULL:
 * none are wanted. ORDER_DONE, ORDER_REFUSED or ORDER_LATER; 0 with errno, EPROTO
 * for no sensible answer, ETIMEDOUT when d passed.
 */
char order_give(int sock, const struct buf *order, struct deadline d,
    struct span *text, int fds[2]);

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
