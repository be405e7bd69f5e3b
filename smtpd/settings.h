/* The control files and environment that rule a session, read once. */
#ifndef SMTPD_SETTINGS_H
#define SMTPD_SETTINGS_H

#include <stdint.h>

#include "lib/base/buf.h"

enum {
	SETTINGS_GREETING_MAX = 500,	/* an SMTP reply line holds it */
	SETTINGS_TIMEOUT_S = 1200,
	SETTINGS_RECIPIENTS = 1000,	/* in one message */
	SETTINGS_UNKNOWN = 50,		/* refused recipients in one session */
	SETTINGS_RECIPIENTS_MAX = 100000,
};

struct settings {
	struct buf greeting;		/* control/smtpgreeting, or me */
	struct span host;		/* its first word: our name */
	uint64_t databytes;		/* 0: no limit */
	uint64_t timeout_ms;		/* for a command or a block of data */
	uint64_t recipients_max;
	uint64_t unknown_max;		/* 0: no limit */
	struct buf rcpthosts;		/* lists as control_list makes them */
	struct buf badmailfrom;
	struct buf localiphost;
	struct span more_rcpthosts;	/* morercpthosts.cdb, mapped; or empty */
	bool relay;			/* $RELAYCLIENT is set */
	struct span relay_suffix;	/* and its value */
};

/*
 * Reads them all. NULL when all is well; else the name of the control file that
 * could not be read, with errno (0 when it is malformed or missing).
 */
const char *settings_load(struct settings *set);

#endif
