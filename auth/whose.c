/*
 * Whose a local part is: as users/cdb says, then the accounts, by a helper,
 * whose word is remembered for seconds. A mailbox that is asked for is then
 * looked for with its owner known.
 */
#include <string.h>

#include "auth/door.h"
#include "lib/base/table.h"
#include "lib/os/die.h"

static volatile bool forget;

void
door_forget(void)
{
	forget = true;
}

/* A change of the local accounts counts at once, that of others in seconds. */
static void
check_memory(struct door *d)
{
	struct stat st = { 0 };

	(void)stat("/etc/passwd", &st);
	if (!forget && st.st_ino == d->passwd.st_ino &&
	    st.st_mtim.tv_sec == d->passwd.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == d->passwd.st_mtim.tv_nsec)
		return;
	forget = false;
	d->passwd = st;
	for (size_t i = 0; i < DOOR_REMEMBERED; i++)
		d->memory[i].used = false;
}

static struct remembered *
memory_of(struct door *d, const char *local)
{
	uint64_t h = table_hash(span_str(local), 0);

	return &d->memory[h % DOOR_REMEMBERED];
}

static void
remember(struct door *d, const struct ask *a)
{
	struct remembered *m = memory_of(d, a->local);

	m->used = true;
	m->until = deadline_in_ms(DOOR_REMEMBER_MS);
	m->owner = a->owner;
	memcpy(m->local, a->local, sizeof m->local);
}

static void
owner_known(struct door *d, struct ask *a)
{
	if (a->exists)
		exists_find(d, a);
	else
		answer_owner(d, a);
}

/* 1 in the database; 0 not there; -1 answered. */
static int
find_assigned(struct door *d, struct ask *a)
{
	int r = database_refresh(&d->assign, d->assign_path);

	if (r == 0 && d->assign.bytes.len > 0)
		r = assign_find(d->assign.bytes, span_str(a->local),
		    &a->owner);
	if (r != -1)
		return r;
	warn_errno("cannot use %s", d->assign_path);
	answer_later(d, a, "Unable to read users/cdb. (#4.3.0)");
	return -1;
}

static void
start_lookup(struct door *d, struct ask *a, size_t i)
{
	struct lookup_helper *h = &d->helpers[i];
	bool fresh = h->pid == 0;

	if (lookup_start(h, a->id, span_str(a->local)) == 0) {
		d->helper_ends[i] = (struct end){ END_HELPER, h->sock, i };
		if (!fresh || poller_add(&d->poller, h->sock, POLLER_IN,
		    &d->helper_ends[i]) == 0) {
			a->stage = ASK_LOOKUP;
			return;
		}
	}
	warn_errno("cannot start a look-up");
	if (!fresh)
		poller_remove(&d->poller, h->sock);
	lookup_kill(h);
	answer_later(d, a, "Unable to look up users. (#4.3.0)");
}

/*
 * Gives a waiting look-up to an idle helper, a running one first. One helper is
 * kept for mail that has been accepted: strangers' recipients cannot hold it up.
 */
static void
lookup_or_wait(struct door *d, struct ask *a)
{
	size_t free_one = LOOKUP_HELPERS;

	a->stage = ASK_LOOKUP_WAIT;
	for (size_t i = a->exists ? 1 : 0; i < LOOKUP_HELPERS; i++) {
		if (d->helpers[i].busy)
			continue;
		if (d->helpers[i].pid != 0) {
			start_lookup(d, a, i);
			return;
		}
		if (free_one == LOOKUP_HELPERS)
			free_one = i;
	}
	if (free_one < LOOKUP_HELPERS)
		start_lookup(d, a, free_one);
}

void
whose_find(struct door *d, struct ask *a)
{
	struct remembered *m;
	int r = find_assigned(d, a);

	if (r == -1)
		return;
	if (r == 0) {
		check_memory(d);
		m = memory_of(d, a->local);
		r = m->used && !deadline_passed(m->until) &&
		    strcmp(m->local, a->local) == 0;
		if (r == 1)
			a->owner = m->owner;
	}
	if (r == 1)
		owner_known(d, a);
	else
		lookup_or_wait(d, a);
}

static struct ask *
oldest_waiting(struct door *d, bool exists)
{
	struct ask *oldest = NULL;

	for (size_t i = 0; i < DOOR_ASKS_MAX; i++) {
		struct ask *a = &d->asks[i];

		if (a->stage == ASK_LOOKUP_WAIT && a->exists == exists &&
		    (oldest == NULL || a->id < oldest->id))
			oldest = a;
	}
	return oldest;
}

/* A helper is free: the oldest ask that waits for one is next, OWNER first. */
static void
next_lookup(struct door *d)
{
	struct ask *a = oldest_waiting(d, false);

	if (a == NULL)
		a = oldest_waiting(d, true);
	if (a != NULL)
		lookup_or_wait(d, a);
}

static void
helper_gone(struct door *d, size_t i)
{
	struct lookup_helper *h = &d->helpers[i];
	struct ask *a = h->busy ? answer_wanted(d, h->ask) : NULL;

	poller_remove(&d->poller, h->sock);
	lookup_kill(h);
	if (a != NULL)
		answer_later(d, a, "Looking up users takes too long. (#4.3.0)");
	next_lookup(d);
}

void
whose_on_helper(struct door *d, size_t i)
{
	static struct lookup_result result;
	struct ask *a;
	int r = lookup_finish(&d->helpers[i], &result);

	if (r == 0)
		return;
	if (r == -1) {
		helper_gone(d, i);
		return;
	}
	a = answer_wanted(d, d->helpers[i].ask);
	if (a != NULL && result.found == 1) {
		a->owner = result.owner;
		remember(d, a);
		owner_known(d, a);
	} else if (a != NULL) {
		result.why[LOOKUP_WHY_MAX - 1] = '\0';
		answer_later(d, a, result.why);
	}
	next_lookup(d);
}

bool
whose_give_up(struct door *d, const struct ask *a)
{
	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		if (d->helpers[i].busy && d->helpers[i].ask == a->id) {
			helper_gone(d, i);
			return true;
		}
	return false;
}

void
whose_on_time(struct door *d)
{
	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		if (d->helpers[i].pid != 0 &&
		    deadline_passed(d->helpers[i].until))
			helper_gone(d, i);
}

struct deadline
whose_until(const struct door *d)
{
	struct deadline first = deadline_never();

	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		if (d->helpers[i].pid != 0)
			first = deadline_min(first, d->helpers[i].until);
	return first;
}

void
whose_end(struct door *d)
{
	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		lookup_kill(&d->helpers[i]);
}
