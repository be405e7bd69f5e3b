/*
 * Whose mail is taken. A missing rcpthosts means that no domain is ours:
 * forgetting a file must not make an open relay.
 */
#include "smtpd/policy.h"

#include <errno.h>

#include "lib/os/control.h"

enum { DOMAIN_MAX = 1002 };

/* Is any line of the list equal to s, case aside? */
static bool
listed(const struct buf *list, struct span s)
{
	struct span rest = buf_peek(list);
	struct span entry;

	while (control_next(&rest, &entry))
		if (span_case_eq(entry, s))
			return true;
	return false;
}

/* The next name to look up: "a.b.c", ".b.c", ".c". False at the end. */
static bool
wider(struct span *name)
{
	struct span rest = span_tail(*name, 1);
	size_t dot = span_find(rest, '.');

	*name = span_tail(rest, dot);
	return name->len > 0;
}

int
policy_domain(const struct settings *set, struct span domain)
{
	struct span name = domain;

	if (domain.len == 0 || domain.len > DOMAIN_MAX)
		return 0;
	do {
		if (listed(&set->rcpthosts, name))
			return 1;
	} while (wider(&name));
	return 0;
}

static bool
split(struct span address, struct span *domain)
{
	size_t at = span_rfind(address, '@');

	*domain = span_tail(address, at + 1);
	return at < address.len;
}

int
policy_recipient(const struct settings *set, struct span address)
{
	struct span domain;

	if (set->relay || !split(address, &domain))
		return 1;
	return policy_domain(set, domain);
}

bool
policy_bad_sender(const struct settings *set, struct span address)
{
	size_t at = span_rfind(address, '@');

	return listed(&set->badmailfrom, address) ||
	    (at < address.len &&
	    listed(&set->badmailfrom, span_tail(address, at)));
}
