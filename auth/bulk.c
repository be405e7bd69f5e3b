/*
 * Many accounts at once: from foreign files, and from passwd as somebody has
 * changed it by hand.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/import.h"
#include "auth/mailbox.h"
#include "auth/work.h"
#include "lib/os/die.h"

/* One line of a foreign file becomes an account. NULL; or why it does not. */
static const char *
import_entry(struct work *w, struct people_entry *e)
{
	struct people_entry old;

	buf_reset(&w->address);
	buf_span(&w->home, e->address);
	if (!people_has_domain(e->address) && w->o.domain != NULL) {
		buf_char(&w->home, '@');
		buf_str(&w->home, w->o.domain);
	}
	if (!people_address(buf_peek(&w->home), &w->address) ||
	    !work_deliverable(buf_peek(&w->address)))
		return "not an address (a domain? -D domain)";
	e->address = buf_peek(&w->address);
	if (!w->o.force && registry_find(&w->r, e->address, &old))
		return "exists already (-f replaces)";
	if (e->uid == PEOPLE_NOBODY || w->o.owner != NULL)
		work_owner(&w->o, e);
	if (e->home.len == 0 || e->home.p[0] != '/')
		work_home(w, e->address, e);
	if (!registry_may_put(&w->r, e) ||	/* before there is a Maildir */
	    (!w->o.none && mailbox_make(e, false) == -1) ||
	    !registry_put(&w->r, e))
		return "not made";
	return NULL;
}

static void
say(const struct work *w, unsigned long number, const char *what)
{
	warn_plain("%s: line %lu: %s", w->argv[0], number, what);
}

/* true: it is an account now; what is to be said about it has been said. */
static bool
import_one(struct work *w, struct span line, unsigned long number,
    const char *scheme, unsigned long *bad)
{
	struct people_entry e;
	const char *what = NULL;
	unsigned left = 0;
	enum import_result r;

	buf_reset(&w->home);
	r = import_line(line, scheme, &w->known, &w->hash, &w->quota, &e,
	    &left, &what);
	if (r == IMPORT_NOTHING)
		return false;
	if (r == IMPORT_OK)
		what = import_entry(w, &e);
	if (what != NULL) {
		++*bad;
		say(w, number, what);
		return false;
	}
	while ((what = import_left_out(&left)) != NULL)
		say(w, number, what);
	return true;
}

/* -n: nothing is written, but all is said. */
int
bulk_import(struct work *w)
{
	struct linefile f;
	struct span line;
	unsigned long number = 0, good = 0, bad = 0;
	const char *scheme = work_scheme(w);

	if (access(w->argv[0], R_OK) == -1 ||
	    linefile_load(&f, AT_FDCWD, w->argv[0]) == -1)
		die(111, "cannot read %s", w->argv[0]);
	for (size_t at = 0; linefile_next(&f, &at, &line);)
		good += import_one(w, line, ++number, scheme, &bad);
	linefile_free(&f);
	if (!w->o.none) {
		sync();		/* the Maildirs, before anybody has one */
		registry_commit(&w->r, SPAN(""));
	}
	printf("%lu imported, %lu not\n", good, bad);
	return bad > 0 ? FAILED : 0;
}

/* Can the account be found by its name, and have mail? NULL; or why not. */
static const char *
fault_of(struct work *w, const struct people_entry *e)
{
	buf_reset(&w->address);
	if (!people_address(e->address, &w->address))
		return "is not an address";
	if (!span_eq(e->address, buf_peek(&w->address)))
		return "is to be written in lower case, its domain in ASCII";
	if (people_has_domain(e->address) && !registry_has_mail(e))
		return "needs uid, gid and a home";
	return NULL;
}

/* A changed line: its route and Maildir. false: said why not. */
static bool
compile_entry(struct work *w, const struct people_entry *e)
{
	const char *fault = fault_of(w, e);

	if (fault != NULL) {
		warn_plain("%.*s: %s", (int)e->address.len, e->address.p,
		    fault);
		return false;
	}
	return !people_has_domain(e->address) ||
	    (registry_may_put(&w->r, e) && mailbox_make(e, false) == 0 &&
	    registry_put(&w->r, e));
}

/* passwd was changed by hand: its entries get their routes and Maildirs. */
int
bulk_compile(struct work *w)
{
	struct people_entry e;
	struct span line;
	int code = 0;

	registry_prune(&w->r);	/* first: who was renamed gets his route back */
	for (size_t at = 0; linefile_next(&w->r.people, &at, &line);) {
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (people_take_line(line, &e) != PARSE_OK) {
			warn_plain("%.*s: not a line of passwd",
			    (int)span_find(line, ':'), line.p);
			code = FAILED;
		} else if (!compile_entry(w, &e)) {
			code = FAILED;
		}
	}
	sync();			/* the Maildirs, before anybody has one */
	registry_commit(&w->r, SPAN(""));
	return code;
}
