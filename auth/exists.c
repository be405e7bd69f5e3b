/*
 * Whether the owner of a local part has that mailbox: in the home directory of
 * alias by our own eyes, elsewhere by those of the owner's worker, whom lspawn
 * starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "auth/door.h"
#include "lib/os/dotfile.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"

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

void
exists_find(struct door *d, struct ask *a)
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
	struct ask *a = answer_wanted(d, r->ask);

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
exists_on_worker(struct door *d, size_t i)
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
exists_on_lspawn(struct door *d)
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

void
exists_on_time(struct door *d)
{
	for (size_t i = 0; i < QUERY_WORKERS; i++)
		if (d->workers[i].state != QUERY_NONE &&
		    deadline_passed(d->workers[i].until))
			worker_gone(d, i, lost);
}

struct deadline
exists_until(const struct door *d)
{
	struct deadline first = deadline_never();

	for (size_t i = 0; i < QUERY_WORKERS; i++)
		if (d->workers[i].state != QUERY_NONE)
			first = deadline_min(first, d->workers[i].until);
	return first;
}
