/* The Received field that smtpd puts on top (RFC 5321 section 4.4). Pure. */
#ifndef SMTPD_RECEIVED_H
#define SMTPD_RECEIVED_H

#include <stdint.h>

#include "lib/base/buf.h"

struct received {
	const char *remote_host;	/* by reverse lookup; NULL: unknown */
	const char *remote_info;	/* ident; NULL: none */
	const char *remote_ip;
	struct span helo;		/* as given; empty: none */
	struct span by;
	const char *with;		/* "ESMTP": RFC 3848, RFC 6531 */
	struct span recipient;		/* empty: several */
	uint64_t seconds;		/* now, since 1970 */
};

/*
 * Appends the field with its final LF. What strangers gave is made harmless:
 * anything but letters, digits and a few signs becomes "?".
 */
void received_write(struct buf *to, const struct received *r);

#endif
