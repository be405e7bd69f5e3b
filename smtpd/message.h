/* DATA: the message comes in and goes into the queue. */
#ifndef SMTPD_MESSAGE_H
#define SMTPD_MESSAGE_H

#include "smtpd/session.h"

void message(struct session *s, struct span none);

#endif
