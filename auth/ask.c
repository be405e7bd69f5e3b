/*
 * How an ask finds its answer: rewriting, then the owner (whose.c), then the
 * mailbox (exists.c). Every wait has an end, and the end is "later".
 */
#include <errno.h>

#include "auth/door.h"
#include "lib/os/die.h"

/* What send would make of it. 1 ours, local part in a; 0 not; -1 answered. */
static int
rewrite(struct door *d, struct ask *a, struct span address)
{
	struct rewritten out;

	if (rules_refresh(&d->rules, d->control) == -1) {
		warn_errno("cannot read control files");
		answer_later(d, a, "Unable to read control files. (#4.3.0)");
		return -1;
	}
	if (rewrite_address(&d->rules.rewrite, address, &d->scratch, &out) ==
	    -1 || (out.local &&
	    span_to_cstr(out.user, a->local, sizeof a->local) == -1)) {
		if (errno == EMSGSIZE)
			answer_no(d, a, "5.1.3", "Address too long. (#5.1.3)");
		else
			answer_later(d, a,
			    "Unable to rewrite the address. (#4.3.0)");
		return -1;
	}
	return out.local;
}

void
ask_begin(struct door *d, struct ask *a, struct span what)
{
	int r = 1;

	a->until = deadline_in_ms(DOOR_ASK_MS);
	if (a->exists)
		r = rewrite(d, a, what);
	else if (span_to_cstr(what, a->local, sizeof a->local) == -1) {
		answer_later(d, a, "Address too long. (#4.3.0)");
		r = -1;
	}
	if (r == 0)
		answer_yes(d, a);
	else if (r == 1)
		whose_find(d, a);
}

void
ask_drop(struct door *d, const struct end *client)
{
	for (size_t i = 0; i < DOOR_ASKS_MAX && d->nasks > 0; i++)
		if (d->asks[i].client == client)
			d->asks[i].client = NULL;
}

void
ask_on_time(struct door *d)
{
	whose_on_time(d);
	exists_on_time(d);
	for (size_t i = 0; i < DOOR_ASKS_MAX && d->nasks > 0; i++) {
		struct ask *a = &d->asks[i];

		if (a->stage != ASK_FREE && deadline_passed(a->until) &&
		    !whose_give_up(d, a))
			answer_later(d, a, "No answer in time. (#4.3.0)");
	}
}

int
ask_wait_ms(const struct door *d)
{
	struct deadline first = deadline_min(whose_until(d), exists_until(d));

	for (size_t i = 0; i < DOOR_ASKS_MAX && d->nasks > 0; i++)
		if (d->asks[i].stage != ASK_FREE)
			first = deadline_min(first, d->asks[i].until);
	return deadline_left_ms(first);
}
