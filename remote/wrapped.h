/* $QMAILREMOTE in place of our own client. */
#ifndef REMOTE_WRAPPED_H
#define REMOTE_WRAPPED_H

#include "lib/base/span.h"
#include "remote/why.h"

/*
 * A worker on sock whose deliveries are made by program, run once for each
 * recipient with qmail-remote's arguments (domain, sender, recipient) and a
 * private, seekable copy of the message on descriptor 0. The exit code.
 */
int wrapped_work(const char *program, int sock);

/*
 * What qmail-remote's records and exit status (as from waitpid) mean for its
 * one recipient. Pure.
 */
void wrapped_judge(struct span records, int status, struct why *why);

#endif
