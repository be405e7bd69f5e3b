/*
 * Whose mail is taken. A missing rcpthosts means that no domain is ours:
 * forgetting a file must not make an open relay.
 */
#include "smtpd/policy.h"

#include "lib/base/cdb.h"
#include "lib/mail/path.h"
#include "lib/mail/utf8.h"
#include "lib/net/idn.h"
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

/* Is domain a line of the list, or does it end in one that starts with a dot? */
static bool
covered(const struct buf *list, struct span domain)
{
	struct span rest = buf_peek(list);
	struct span entry;

	while (control_next(&rest, &entry))
		if (entry.len == domain.len ? span_case_eq(entry, domain) :
		    *entry.p == '.' && span_case_ends(domain, entry))
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

/* The cdb's keys are in lower case. 1; 0; -1 for a file that is no cdb. */
static int
listed_in_cdb(struct span cdb, struct span name)
{
	char key[DOMAIN_MAX];
	struct span data;

	if (cdb.len == 0)
		return 0;
	for (size_t i = 0; i < name.len; i++)
		key[i] = char_lower(name.p[i]);
	return cdb_get(cdb, (struct span){ key, name.len }, &data);
}

/* domain: in the form of DNS. */
static int
look_up(const struct settings *set, struct span domain)
{
	struct span name = domain;

	if (covered(&set->rcpthosts, domain))
		return 1;
	do {
		int r = listed_in_cdb(set->more_rcpthosts, name);

		if (r != 0)
			return r;
	} while (wider(&name));
	return 0;
}

/*
 * Is a domain of ours: in rcpthosts, or in morercpthosts.cdb, itself or as
 * ".suffix"? 1; 0; -1 with errno when the cdb cannot be read.
 */
static int
is_ours(const struct settings *set, struct span domain)
{
	struct buf b;
	struct span ascii;
	int r = 0;

	if (domain.len == 0 || domain.len > DOMAIN_MAX)
		return 0;
	if (ascii_ok(domain))
		return look_up(set, domain);
	buf_init(&b, DOMAIN_MAX);
	if (idn_to_ascii(domain, &b) == 0 && buf_get(&b, &ascii) == 0)
		r = look_up(set, ascii);
	buf_free(&b);
	return r;
}

int
policy_recipient(const struct settings *set, struct span address)
{
	struct span domain;

	if (set->relay || !address_split(address, NULL, &domain))
		return 1;
	return is_ours(set, domain);
}

bool
policy_bad_sender(const struct settings *set, struct span address)
{
	size_t at = span_rfind(address, '@');

	return listed(&set->badmailfrom, address) ||
	    (at < address.len &&
	    listed(&set->badmailfrom, span_tail(address, at)));
}
