/* The parameters of MAIL and RCPT, as values. Pure. */
#ifndef SMTPD_PARAMS_H
#define SMTPD_PARAMS_H

#include <stdint.h>

#include "lib/base/buf.h"

struct mail_params {
	uint32_t flags;			/* QUEUE_* */
	uint64_t size;			/* SIZE=; 0: not said */
	struct buf *envid;		/* the caller's; gets ENVID decoded */
};

struct rcpt_params {
	unsigned notify;		/* DSN_NOTIFY_*; 0: not said */
	struct buf *orcpt;		/* the caller's; gets "type;address" */
};

/*
 * All that follows the path. NULL when it is understood; else the reply:
 * 501 malformed or twice, 555 a parameter that was not offered, 451 out of
 * memory.
 */
const char *mail_params_parse(struct span in, struct mail_params *out);
const char *rcpt_params_parse(struct span in, struct rcpt_params *out);

#endif
