/* Whose mail is taken: decisions on addresses, pure but for the cdb. */
#ifndef SMTPD_POLICY_H
#define SMTPD_POLICY_H

#include "smtpd/settings.h"

/*
 * May mail to address be taken from this client: is its domain, or a suffix of
 * it, in rcpthosts or morercpthosts.cdb? An address without @ may.
 * 1; 0; -1 with errno when the cdb cannot be read.
 */
int policy_recipient(const struct settings *set, struct span address);

/* Is the sender, or its "@host", in badmailfrom? */
bool policy_bad_sender(const struct settings *set, struct span address);

#endif
