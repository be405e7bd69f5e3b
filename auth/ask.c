/*
 * How an ask finds its answer: rewriting, then users/cdb, then the accounts
 * (by a helper, and remembered for seconds), then the mailbox: in the home
 * directory of alias by our own eyes, elsewhere by those of the owner's worker.
 * Every wait has an end, and the end is "later".
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/door.h"
#include "conf.h"
#include "lib/os/die.h"
#include "lib/os/dotfile.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"

static void find_mailbox(struct door *d, struct ask *a);

static struct ask *
ask_with_id(struct door *d, uint64_t id)
{
	for (size_t i = 0; i < DOOR_ASKS_MAX; i++)
		if (d->asks[i].stage != ASK_FREE && d->asks[i].id == id)
			return &d->asks[i];
	return NULL;
}

/* ---- the owner ---- */

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
	uint32_t h = 5381;

	for (const char *p = local; *p != '\0'; p++)
		h = h * 33 ^ (unsigned char)*p;
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
		find_mailbox(d, a);
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

static void
find_owner(struct door *d, struct ask *a)
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

static void
helper_gone(struct door *d, size_t i)
{
	struct lookup_helper *h = &d->helpers[i];
	struct ask *a = h->busy ? ask_with_id(d, h->ask) : NULL;

	poller_remove(&d->poller, h->sock);
	lookup_kill(h);
	if (a != NULL)
		answer_later(d, a, "Looking up users takes too long. (#4.3.0)");
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

void
ask_on_helper(struct door *d, size_t i)
{
	static struct lookup_result result;
	struct ask *a;
	int r = lookup_finish(&d->helpers[i], &result);

	if (r == 0)
		return;
	if (r == -1) {
		helper_gone(d, i);
		next_lookup(d);
		return;
	}
	a = ask_with_id(d, d->helpers[i].ask);
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

/* ---- the mailbox ---- */

static void
no_mailbox(struct door *d, struct ask *a)
{
	answer_no(d, a, "5.1.1",
	    "Sorry, no mailbox here by that name. (#5.1.1)");
}

/* The alias directory is ours to look at. 1 answered; 0 ask the owner. */
static int
look_ourselves(struct door *d, struct ask *a)
{
	struct dotfile file;
	int home;
	int r;

	if (strcmp(a->owner.home, path_alias()) != 0)
		return 0;
	home = open(a->owner.home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home == -1)
		return 0;
	r = dotfile_find(home, span_str(a->owner.dash),
	    span_str(a->owner.ext), &file);
	close(home);
	if (r == 1)
		answer_yes(d, a);
	else if (r == 0)
		no_mailbox(d, a);
	return r != -1;
}

static void
worker_gone(struct door *d, size_t i, const char *text)
{
	struct query_worker *w = &d->workers[i];

	if (w->sock != -1)
		poller_remove(&d->poller, w->sock);
	query_end(w);
	for (size_t k = 0; k < DOOR_ASKS_MAX; k++) {
		struct ask *a = &d->asks[k];

		if ((a->stage == ASK_QUERY_WAIT || a->stage == ASK_QUERY) &&
		    a->worker == i)
			answer_later(d, a, text);
	}
}

static const char lost[] = "Unable to ask the owner of the mailbox. (#4.3.0)";

static void
send_query(struct door *d, struct ask *a)
{
	a->stage = ASK_QUERY;
	d->workers[a->worker].until = deadline_in_ms(QUERY_START_MS);
	if (query_ask(&d->workers[a->worker], a->id, &a->owner) == -1)
		worker_gone(d, a->worker, lost);
}

/* A place for another worker: a free one, or that of the longest idle. */
static size_t
worker_place(struct door *d)
{
	size_t best = QUERY_WORKERS;

	for (size_t i = 0; i < QUERY_WORKERS; i++) {
		struct query_worker *w = &d->workers[i];

		if (w->state == QUERY_NONE)
			return i;
		if (w->state == QUERY_READY && w->waiting == 0 &&
		    (best == QUERY_WORKERS ||
		    w->until.at_ms < d->workers[best].until.at_ms))
			best = i;
	}
	if (best < QUERY_WORKERS)
		worker_gone(d, best, lost);
	return best;
}

static void
ask_owner(struct door *d, struct ask *a)
{
	size_t i;

	for (i = 0; i < QUERY_WORKERS; i++)
		if (query_is_for(&d->workers[i], &a->owner))
			break;
	if (i == QUERY_WORKERS) {
		i = worker_place(d);
		if (i == QUERY_WORKERS || d->lspawn.fd == -1 ||
		    query_spawn(&d->workers[i], d->lspawn.fd, d->next_id++,
		    span_str(a->local), &a->owner) == -1) {
			answer_later(d, a, lost);
			return;
		}
	}
	a->worker = i;
	a->stage = ASK_QUERY_WAIT;
	d->workers[i].waiting++;
	if (d->workers[i].state == QUERY_READY)
		send_query(d, a);
}

static void
find_mailbox(struct door *d, struct ask *a)
{
	if (a->owner.dash[0] == '\0')
		answer_yes(d, a);	/* there is always the default */
	else if (look_ourselves(d, a) == 0)
		ask_owner(d, a);
}

static void
take_result(struct door *d, struct query_worker *w,
    const struct query_result *r)
{
	struct ask *a = ask_with_id(d, r->ask);

	w->until = deadline_in_ms(QUERY_IDLE_MS);
	if (w->waiting > 0)
		w->waiting--;
	if (a == NULL || a->stage != ASK_QUERY)
		return;		/* its time was over */
	if (r->class == WORK_DONE)
		answer_yes(d, a);
	else if (r->class == WORK_NEVER)
		answer_no(d, a, r->code, r->text);
	else
		answer_later(d, a, r->text);
}

static void
worker_ready(struct door *d, size_t i)
{
	d->workers[i].state = QUERY_READY;
	d->workers[i].until = deadline_in_ms(QUERY_IDLE_MS);
	for (size_t k = 0; k < DOOR_ASKS_MAX; k++)
		if (d->asks[k].stage == ASK_QUERY_WAIT &&
		    d->asks[k].worker == i)
			send_query(d, &d->asks[k]);
}

void
ask_on_worker(struct door *d, size_t i)
{
	static char room[PACKET_MAX];
	struct query_worker *w = &d->workers[i];
	struct query_result result;
	struct packet p;
	struct span bytes;
	int none;
	int r = fdpass_recv(w->sock, room, sizeof room, &bytes, &none, 0);

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r != 1 || packet_open(bytes, &p) == -1)
		worker_gone(d, i, lost);
	else if (w->state == QUERY_READY && query_result(&p, &result) == 0)
		take_result(d, w, &result);
	else if (w->state == QUERY_STARTING && p.type == WORK_READY)
		worker_ready(d, i);
	else if (w->state == QUERY_STARTING && p.type == WORK_UNREADY &&
	    query_unready(&p, &result) == 0)
		worker_gone(d, i, result.text);
	else
		worker_gone(d, i, lost);
}

/* ---- lspawn ---- */

static void
take_worker(struct door *d, size_t i, int fd)
{
	struct query_worker *w = &d->workers[i];

	w->sock = fd;
	w->state = QUERY_STARTING;
	d->worker_ends[i] = (struct end){ END_WORKER, fd, i };
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    poller_add(&d->poller, fd, POLLER_IN, &d->worker_ends[i]) == -1)
		worker_gone(d, i, lost);
}

static void
take_spawned(struct door *d, struct packet *p, int fd)
{
	struct query_result why;
	uint64_t tag;
	size_t i = QUERY_WORKERS;

	if (packet_take_num(p, UINT64_MAX, &tag) == PARSE_OK)
		for (i = 0; i < QUERY_WORKERS; i++)
			if (d->workers[i].state == QUERY_SPAWNING &&
			    d->workers[i].tag == tag)
				break;
	if (i < QUERY_WORKERS && p->type == WORK_SPAWNED && fd != -1) {
		take_worker(d, i, fd);
		return;
	}
	if (fd != -1)
		close(fd);
	if (i < QUERY_WORKERS)
		worker_gone(d, i, query_unready(p, &why) == 0 ?
		    why.text : lost);
}

void
ask_on_lspawn(struct door *d)
{
	static char room[PACKET_MAX];
	struct packet p;
	struct span bytes;
	int fd;
	int r = fdpass_recv(d->lspawn.fd, room, sizeof room, &bytes, &fd, 1);

	if (r == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r == 1 && packet_open(bytes, &p) == 0) {
		take_spawned(d, &p, fd);
		return;
	}
	if (fd != -1)
		close(fd);
	poller_remove(&d->poller, d->lspawn.fd);
	d->lspawn.fd = -1;
}

/* ---- beginning, and the end of time ---- */

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
		find_owner(d, a);
}

void
ask_drop(struct door *d, const struct end *client)
{
	for (size_t i = 0; i < DOOR_ASKS_MAX && d->nasks > 0; i++)
		if (d->asks[i].client == client)
			d->asks[i].client = NULL;
}

static void
too_late(struct door *d, struct ask *a)
{
	if (a->stage == ASK_LOOKUP)
		for (size_t i = 0; i < LOOKUP_HELPERS; i++)
			if (d->helpers[i].busy && d->helpers[i].ask == a->id) {
				helper_gone(d, i);	/* answers it */
				next_lookup(d);
				return;
			}
	answer_later(d, a, "No answer in time. (#4.3.0)");
}

/* Helpers do not outlive us. */
void
ask_end_all(struct door *d)
{
	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		lookup_kill(&d->helpers[i]);
}

void
ask_on_time(struct door *d)
{
	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		if (d->helpers[i].pid != 0 &&
		    deadline_passed(d->helpers[i].until)) {
			helper_gone(d, i);
			next_lookup(d);
		}
	for (size_t i = 0; i < QUERY_WORKERS; i++)
		if (d->workers[i].state != QUERY_NONE &&
		    deadline_passed(d->workers[i].until))
			worker_gone(d, i, lost);
	for (size_t i = 0; i < DOOR_ASKS_MAX && d->nasks > 0; i++)
		if (d->asks[i].stage != ASK_FREE &&
		    deadline_passed(d->asks[i].until))
			too_late(d, &d->asks[i]);
}

int
ask_wait_ms(const struct door *d)
{
	struct deadline first = deadline_never();

	for (size_t i = 0; i < LOOKUP_HELPERS; i++)
		if (d->helpers[i].pid != 0)
			first = deadline_min(first, d->helpers[i].until);
	for (size_t i = 0; i < QUERY_WORKERS; i++)
		if (d->workers[i].state != QUERY_NONE)
			first = deadline_min(first, d->workers[i].until);
	for (size_t i = 0; i < DOOR_ASKS_MAX && d->nasks > 0; i++)
		if (d->asks[i].stage != ASK_FREE)
			first = deadline_min(first, d->asks[i].until);
	return deadline_left_ms(first);
}
