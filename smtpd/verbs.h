/* The commands: which there are, when they may come, what they do. */
#ifndef SMTPD_VERBS_H
#define SMTPD_VERBS_H

#include "smtpd/session.h"

/* Does one command line; its reply is in the session's output. */
void verbs_run(struct session *s, struct span line);

#endif
