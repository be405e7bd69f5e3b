/*
 * What the small programs for .qmail files share: run a program with the
 * message, put the message into the queue again, feed another program.
 */
#ifndef LOCAL_TOOL_H
#define LOCAL_TOOL_H

#include "lib/base/span.h"

enum { TOOL_TEMPORARY = 111, TOOL_PERMANENT = 100 };

/* The variable, or the end of the program: 100. */
struct span tool_need(const char *variable);

/*
 * Runs argv with our descriptors and waits, then rewinds descriptor 0. Its
 * exit code; 127 when there is no such program; ends with 111 when it crashed
 * or cannot be run.
 */
int tool_run(char **argv);

/*
 * Puts first and then what descriptor 0 holds into the queue. The "qp" of the
 * injector. Does not return otherwise: 100 or 111, with the reason.
 */
unsigned tool_queue(struct span sender, struct span first, char **recipients);

/*
 * Runs argv, feeds it first and then what descriptor 0 holds. Its exit code;
 * 111 when it crashed.
 */
int tool_feed(char **argv, struct span first);

#endif
