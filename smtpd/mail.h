/* MAIL and its parameters. */
#ifndef SMTPD_MAIL_H
#define SMTPD_MAIL_H

#include "smtpd/session.h"

void mail(struct session *s, struct span argument);

#endif
