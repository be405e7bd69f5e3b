/* Sends a message on to other addresses. */
#ifndef LOCAL_FORWARD_H
#define LOCAL_FORWARD_H

#include "local/newsender.h"
#include "local/recipe.h"

/*
 * Queues the message, our Delivered-To line before it, for every forward line
 * of lines: one message for all of them. others: was it delivered in another
 * way too? 0, *qp is the injector's pid and *action what became of the
 * recipient's DSN request; -1 with the verdict.
 */
int forward_all(const struct job *j, struct span lines, bool others,
    const struct newsender *as, unsigned *qp, const char **action,
    struct verdict *v);

#endif
