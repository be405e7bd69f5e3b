/* What LMTP (RFC 2033) does in another way than SMTP. */
#ifndef SMTPD_LMTP_H
#define SMTPD_LMTP_H

#include "smtpd/session.h"

/*
 * The reply after the end of data: one, or in LMTP one for each recipient, in
 * the order of their RCPT commands. A refusal is logged, once.
 */
void lmtp_reply(struct session *s, const char *text, bool refused);

#endif
