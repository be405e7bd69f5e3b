/*
 * LMTP is our SMTP with LHLO and, after DATA, a reply for each recipient that
 * was accepted (RFC 2033 section 4.2). The queue takes a message for all of
 * its recipients or for none, so the replies are alike.
 */
#include "smtpd/lmtp.h"

void
lmtp_reply(struct session *s, const char *text, bool refused)
{
	size_t replies = s->lmtp ? s->mail.count : 1;

	if (refused) {
		refuse(s, "data", buf_peek(&s->mail.sender), text);
		replies--;
	}
	while (replies-- > 0)
		reply(s, text);
}
