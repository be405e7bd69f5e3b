/*
 * Who carries transactions: workers, asked for from the two spawners, each on
 * a socket of its own. What a worker says is believed as far as it makes
 * sense; one that says anything unasked for is dropped, and what was in its
 * hands is put off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"
#include "send/send.h"

enum {
	CONNECT_MS = 2 * 3600 * 1000,	/* many addresses, each with its time */
	REMOTE_MS = 6 * 3600 * 1000,	/* a transaction: bulk data is slow */
	LOCAL_MS = 24 * 3600 * 1000,	/* a delivery program may take a day */
	PACKETS_AT_ONCE = 32,
	MOVED_MS = 200,			/* whose owner has changed */
	CODE_MAX = 15,
	PEER_MAX = 255,
	ACTION_MAX = 15,
};

static struct span
plain_class(char class)
{
	return class == 'D' ? SPAN("5.3.0") : SPAN("4.3.0");
}

/* ---- comings and goings ---- */

static uint64_t
crew_hash(const void *item)
{
	return table_hash_num(((const struct crew *)item)->tag);
}

static bool
crew_is(const void *item, const void *key)
{
	return ((const struct crew *)item)->tag == *(const uint64_t *)key;
}

static void
enlist(struct send *s, struct crew *crew)
{
	crew->next = s->all_crews;
	if (s->all_crews != NULL)
		s->all_crews->prev = crew;
	s->all_crews = crew;
}

static void
discharge(struct send *s, struct crew *crew)
{
	struct dest *d = crew->w.dest;

	if (crew->prev != NULL)
		crew->prev->next = crew->next;
	else
		s->all_crews = crew->next;
	if (crew->next != NULL)
		crew->next->prev = crew->prev;
	table_remove(&s->crews, crew);
	if (crew->source.fd != -1) {
		poller_remove(&s->poller, crew->source.fd);
		close(crew->source.fd);
	}
	schedule_gone(&s->schedule, &crew->w, s->now_ms);
	crew->source.ready = NULL;
	crew->next = s->discharged;	/* events may still name it */
	s->discharged = crew;
	schedule_dest_release(&s->schedule, d);
}

void
worker_free_discharged(struct send *s)
{
	while (s->discharged != NULL) {
		struct crew *crew = s->discharged;

		s->discharged = crew->next;
		free(crew);
	}
}

void
worker_spawn(struct send *s, struct dest *d)
{
	struct crew *crew;
	enum kind kind = d->kind;

	if (admit_refuses(d)) {
		refuse_first(s, d->first);
		return;
	}
	crew = calloc(1, sizeof *crew);
	if (crew == NULL) {
		s->schedule.of[kind].paused = true;
		return;
	}
	crew->source.fd = -1;
	crew->tag = ++s->last_tag;
	crew->deadline_ms = s->now_ms + CONNECT_MS;
	packet_start(&s->packet, WORK_SPAWN);
	packet_num(&s->packet, crew->tag);
	packet_str(&s->packet, d->key);
	if (table_add(&s->crews, crew) == -1) {
		free(crew);
		s->schedule.of[kind].paused = true;
		return;
	}
	if (fdpass_send(s->spawner[kind].fd, &s->packet, NULL, 0) == -1) {
		table_remove(&s->crews, crew);
		free(crew);
		s->schedule.of[kind].paused = true;
		return;
	}
	enlist(s, crew);
	schedule_spawned(&s->schedule, &crew->w, d, s->now_ms);
}

static void
put_off_all(struct send *s, struct crew *crew, const struct result *r)
{
	struct transaction *hands = crew->hands;

	crew->hands = NULL;
	while (hands != NULL) {
		struct transaction *t = hands;

		hands = t->next;
		for (uint16_t i = 0; i < t->count; i++)
			(void)book_result(s, t, i, r);
		book_end(s, t);
	}
}

/*
 * A worker never got through. For good: what waits fails. For now: when others
 * work, the destination gets less; else its old jobs are put off, or the first
 * one, and the destination is left alone for a while.
 */
static void
unreachable(struct send *s, struct crew *crew, const struct result *r)
{
	struct dest *d = crew->w.dest;

	d->jobs++;		/* keeps it while its jobs are refused */
	discharge(s, crew);
	if (r->class == 'D') {
		refuse_for_good(s, d, r);
	} else if (d->open > 0) {
		schedule_slower(&s->schedule, d, s->now_ms);
		schedule_pause(&s->schedule, d, s->now_ms);
	} else {
		refuse_for_now(s, d, r);
		schedule_dead(&s->schedule, d, s->now_ms);
	}
	d->jobs--;
	schedule_dest_release(&s->schedule, d);
}

void
worker_lost(struct send *s, struct crew *crew, const char *why)
{
	struct result r = { .class = 'Z', .code = SPAN("4.3.0"),
	    .text = span_str(why) };

	if (crew->w.state == WORKER_CONNECTING) {
		unreachable(s, crew, &r);
		return;
	}
	schedule_leave(&s->schedule, &crew->w, s->now_ms);
	put_off_all(s, crew, &r);
	discharge(s, crew);
}

void
worker_close(struct send *s, struct crew *crew)
{
	discharge(s, crew);
}

void
worker_given(struct send *s, struct crew *crew)
{
	schedule_given(&s->schedule, &crew->w, s->now_ms);
	crew->deadline_ms = s->now_ms + (crew->w.dest->kind == LOCAL ?
	    LOCAL_MS : REMOTE_MS);
}

/* ---- what workers say ---- */

/* class, code, text, peer: as in UNREADY and, without class, in results. */
static bool
take_words(struct packet *p, struct result *r)
{
	return packet_take_str(p, CODE_MAX, &r->code) == PARSE_OK &&
	    packet_take_str(p, WORK_TEXT_MAX, &r->text) == PARSE_OK;
}

static bool
take_unready(struct packet *p, struct result *r)
{
	struct span class;

	if (packet_take_str(p, 1, &class) != PARSE_OK || class.len != 1 ||
	    (class.p[0] != 'Z' && class.p[0] != 'D') || !take_words(p, r) ||
	    packet_take_str(p, PEER_MAX, &r->peer) != PARSE_OK)
		return false;
	r->class = class.p[0];
	return packet_at_end(p);
}

static struct transaction **
find_hand(struct crew *crew, uint64_t tid)
{
	struct transaction **at = &crew->hands;

	while (*at != NULL && (*at)->tid != tid)
		at = &(*at)->next;
	return at;
}

/* Codes by which a server asks to be spared (RFC 3463). */
static bool
asks_for_less(const struct result *r)
{
	return r->class == 'Z' && (span_is(r->code, "4.3.2") ||
	    span_is(r->code, "4.4.5") || span_is(r->code, "4.7.0") ||
	    span_is(r->code, "4.4.1") || span_is(r->code, "4.4.2"));
}

static void
learn(struct send *s, struct dest *d, const struct result *r)
{
	if (d->kind != REMOTE)
		return;
	if (asks_for_less(r))
		schedule_slower(&s->schedule, d, s->now_ms);
	else
		schedule_good(&s->schedule, d);
}

static bool
take_result(struct send *s, struct crew *crew, struct packet *p)
{
	struct result r = { .class = p->type };
	struct transaction **at, *t;
	uint64_t tid, position;

	if (packet_take_num(p, UINT64_MAX, &tid) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX, &position) != PARSE_OK ||
	    !take_words(p, &r) ||
	    packet_take_str(p, PEER_MAX, &r.peer) != PARSE_OK ||
	    packet_take_str(p, ACTION_MAX, &r.action) != PARSE_OK ||
	    !packet_at_end(p))
		return false;
	at = find_hand(crew, tid);
	t = *at;
	if (t == NULL || !book_result(s, t, position, &r))
		return false;
	learn(s, crew->w.dest, &r);
	if (t->left > 0)
		return true;
	*at = t->next;
	schedule_finished(&s->schedule, &crew->w, s->now_ms);
	log_status(&s->log, &s->schedule);
	book_end(s, t);
	return true;
}

/* false: it broke the rules. */
static bool
take_packet(struct send *s, struct crew *crew, struct span bytes)
{
	struct packet p;
	struct span peer;
	struct result r;

	if (packet_open(bytes, &p) == -1)
		return false;
	switch (p.type) {
	case WORK_READY:
		if (crew->w.state != WORKER_CONNECTING ||
		    packet_take_str(&p, PEER_MAX, &peer) != PARSE_OK)
			return false;
		schedule_opened(&s->schedule, &crew->w, s->now_ms);
		return true;
	case WORK_UNREADY:
		if (!take_unready(&p, &r))
			return false;
		if (crew->w.state == WORKER_CONNECTING)
			unreachable(s, crew, &r);
		else
			schedule_leave(&s->schedule, &crew->w, s->now_ms);
		return true;
	case WORK_DONE:
	case WORK_LATER:
	case WORK_NEVER:
		return crew->w.state != WORKER_CONNECTING &&
		    take_result(s, crew, &p);
	default:
		return false;
	}
}

static void
worker_ready(struct send *s, struct source *self, unsigned ready)
{
	static char room[PACKET_MAX];
	struct crew *crew = (struct crew *)((char *)self -
	    offsetof(struct crew, source));

	(void)ready;
	for (int i = 0; i < PACKETS_AT_ONCE; i++) {
		struct span bytes;
		int r = fdpass_recv(self->fd, room, sizeof room, &bytes,
		    NULL, 0);

		if (r == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (r != 1) {
			worker_lost(s, crew, "Worker ended before it had "
			    "finished. (#4.3.0)\n");
			return;
		}
		if (!take_packet(s, crew, bytes)) {
			log_say(&s->log, "warning", "worker for",
			    crew->w.dest->key);
			worker_lost(s, crew, "Worker made no sense. "
			    "(#4.3.0)\n");
			return;
		}
		if (self->ready == NULL)	/* discharged */
			return;
		if (crew->hands == NULL)
			break;		/* it owes us nothing more */
	}
	if (crew->w.state == WORKER_LEAVING && crew->hands == NULL)
		discharge(s, crew);
}

/* ---- what spawners say ---- */

static struct crew *
take_tag(struct send *s, struct packet *p)
{
	uint64_t tag;

	if (packet_take_num(p, UINT64_MAX, &tag) != PARSE_OK)
		return NULL;
	return table_find(&s->crews, table_hash_num(tag), crew_is, &tag);
}

static void
spawned(struct send *s, struct crew *crew, int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    source_add(s, &crew->source, fd, worker_ready) == 0)
		return;
	close(fd);
	crew->source.fd = -1;
	worker_lost(s, crew, "Out of descriptors. (#4.3.0)\n");
}

static void
refused(struct send *s, struct crew *crew, struct packet *p)
{
	struct result r = { .class = 'Z' };
	struct span class;

	if (p->type != WORK_REFUSED || packet_take_str(p, 1, &class) !=
	    PARSE_OK || !take_words(p, &r)) {
		r.code = plain_class('Z');
		r.text = SPAN("Unable to start a worker. (#4.3.0)\n");
	} else if (span_is(class, "D")) {
		r.class = 'D';
	}
	unreachable(s, crew, &r);
}

/* A worker of the owner that d stands for? lspawn has asked for itself. */
static bool
is_for(const struct dest *d, struct span whose)
{
	return d->kind == REMOTE || (whose.len > 0 &&
	    span_eq(span_head(whose, whose.len - 1), d->identity));
}

/*
 * The name by which d asks for its workers has another owner by now. What is
 * ready goes where it belongs, and d gets nothing new; those that wait learn
 * the same when their time comes.
 */
static void
moved_away(struct send *s, struct crew *crew)
{
	struct dest *d = crew->w.dest;

	d->jobs++;		/* keeps it while its jobs end */
	discharge(s, crew);
	schedule_dest_leave(&s->schedule, d);
	owners_forget(&s->owners);
	while (d->first != NULL) {
		struct message *msg = d->first->message;

		msg->flags |= MESSAGE_REROUTE;
		message_late(s, msg, MOVED_MS);
	}
	d->jobs--;
	schedule_dest_release(&s->schedule, d);
}

static void
spawner_packet(struct send *s, struct span bytes, int fd)
{
	struct packet p;
	struct crew *crew;

	if (packet_open(bytes, &p) == -1 || (crew = take_tag(s, &p)) == NULL ||
	    crew->source.fd != -1) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (p.type != WORK_SPAWNED || fd == -1) {
		if (fd != -1)
			close(fd);
		refused(s, crew, &p);
	} else if (is_for(crew->w.dest, p.rest)) {
		spawned(s, crew, fd);
	} else {
		close(fd);
		moved_away(s, crew);
	}
}

static void
spawner_ready(struct send *s, struct source *self, unsigned ready)
{
	static char room[PACKET_MAX];
	enum kind kind = self == &s->spawner[LOCAL] ? LOCAL : REMOTE;

	(void)ready;
	s->schedule.of[kind].paused = false;
	for (int i = 0; i < PACKETS_AT_ONCE; i++) {
		struct span bytes;
		int fd;
		int r = fdpass_recv(self->fd, room, sizeof room, &bytes,
		    &fd, 1);

		if (r == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		/* a worker that we have no descriptor for is as good as none */
		if (r != 1 && (r != -1 || errno != EMFILE)) {
			source_remove(s, self);
			send_companion_lost(s, kind == LOCAL ?
			    "postern-lspawn" : "postern-rspawn");
			return;
		}
		spawner_packet(s, bytes, fd);
	}
}

/* ---- now and then ---- */

int
worker_start(struct send *s, int local, int remote)
{
	table_init(&s->crews, crew_hash);
	if (fcntl(local, F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(remote, F_SETFL, O_NONBLOCK) == -1 ||
	    source_add(s, &s->spawner[LOCAL], local, spawner_ready) == -1)
		return -1;
	return source_add(s, &s->spawner[REMOTE], remote, spawner_ready);
}

/* Those who have had their time; *kept_out others wait for their place. */
static void
sweep_one(struct send *s, struct crew *crew, unsigned *kept_out)
{
	if (crew->w.dest->kind == LOCAL)
		schedule_check_stuck(&s->schedule, &crew->w, s->now_ms);
	if (s->now_ms >= crew->deadline_ms && (crew->hands != NULL ||
	    crew->w.state == WORKER_CONNECTING)) {
		worker_lost(s, crew, "Worker took too long. (#4.4.2)\n");
	} else if (*kept_out > 0 &&
	    schedule_gives_way(&crew->w, s->now_ms)) {
		--*kept_out;
		worker_lost(s, crew, "Connecting took long while other mail "
		    "waited. (#4.4.1)\n");
	}
}

void
worker_sweep(struct send *s)
{
	unsigned kept_out[KINDS];
	struct crew *next;
	struct worker *stale;

	for (int k = 0; k < KINDS; k++)
		kept_out[k] = schedule_kept_out(&s->schedule, k);
	for (struct crew *crew = s->all_crews; crew != NULL; crew = next) {
		next = crew->next;
		sweep_one(s, crew, &kept_out[crew->w.dest->kind]);
	}
	while ((stale = schedule_stale(&s->schedule, s->now_ms)) != NULL)
		worker_close(s, (struct crew *)stale);
	s->schedule.of[LOCAL].paused = s->schedule.of[REMOTE].paused = false;
}

void
worker_retire_all(struct send *s)
{
	struct crew *next;

	for (struct crew *crew = s->all_crews; crew != NULL; crew = next) {
		next = crew->next;
		if (crew->w.state != WORKER_OPEN)
			continue;
		if (crew->hands == NULL)
			discharge(s, crew);
		else
			schedule_leave(&s->schedule, &crew->w, s->now_ms);
	}
}
