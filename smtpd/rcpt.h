/* RCPT: who shall get it. */
#ifndef SMTPD_RCPT_H
#define SMTPD_RCPT_H

#include "smtpd/session.h"

void rcpt(struct session *s, struct span argument);

/* Answers the RCPT commands whose look-up is still under way. */
void rcpt_settle(struct session *s);

#endif
