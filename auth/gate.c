/*
 * The loop of postern-auth. A client is idle, waits for a worker, is worked
 * on, or is made to wait with a refusal; only an idle one is read from, so a
 * client can make us hold one packet and no more.
 */
#include "auth/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/failure.h"
#include "auth/hash.h"
#include "auth/worker.h"
#include "lib/os/accept.h"
#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/sasl/scram.h"

enum client_state { FREE, IDLE, WAITING, WORKED_ON, DELAYED };

struct client {
	enum client_state state;
	int fd;
	int64_t asked_ms, answer_ms;
	int64_t idle_ms;		/* when it became idle */
	uint64_t turn;			/* first come, first served */
	struct buf question;		/* for the worker */
	struct buf service, user, peer;
	struct buf last;		/* SCRAM: our message with the YES */
	struct scram scram;
	bool in_scram, scram_fake;
	bool may_vouch;
};

struct worker {
	pid_t pid;			/* 0: none */
	int fd;
	struct client *client;		/* NULL: idle */
	int64_t since_ms;
	unsigned asked;			/* questions so far */
};

struct gate {
	struct gate_settings *set;
	struct acceptor door;
	struct accounts db;
	struct client *clients;
	struct worker workers[GATE_WORKERS_MAX];
	struct pollfd polls[2 + GATE_WORKERS_MAX + GATE_CLIENTS_MAX];
	uint64_t turns;
	size_t nclients;
	size_t top;			/* clients from here on are free */
};

static const struct span refusal = { "wrong name or password", 22 };

/* ---- clients ---- */

static void
set_idle(struct client *c)
{
	c->state = IDLE;
	c->idle_ms = clock_monotonic_ms();
}

/*
 * A login's parent is root. smtpd's user talks to strangers: were it believed,
 * it could have any place counted as one where the user has logged in before.
 */
static bool
may_vouch(int fd)
{
	unsigned uid, gid;

	return unix_peer(fd, &uid, &gid) == 0 && uid == geteuid();
}

static void
client_start(struct client *c, int fd)
{
	memset(c, 0, sizeof *c);
	set_idle(c);
	c->fd = fd;
	c->may_vouch = may_vouch(fd);
	buf_init(&c->question, AUTH_PACKET_MAX);
	buf_init(&c->service, AUTH_SERVICE_MAX);
	buf_init(&c->user, AUTH_USER_MAX);
	buf_init(&c->peer, AUTH_PEER_MAX);
	buf_init(&c->last, AUTH_MESSAGE_MAX);
}

static void
forget_question(struct client *c)
{
	if (c->question.p != NULL)
		wipe_bytes(c->question.p, c->question.room);
	buf_reset(&c->question);
}

static void
end_scram(struct client *c)
{
	if (c->in_scram)
		scram_free(&c->scram);
	c->in_scram = false;
}

static void
client_end(struct gate *g, struct client *c)
{
	for (size_t i = 0; i < GATE_WORKERS_MAX; i++)
		if (g->workers[i].client == c)
			return;		/* once more when the worker is done */
	forget_question(c);
	end_scram(c);
	buf_free(&c->question);
	buf_free(&c->service);
	buf_free(&c->user);
	buf_free(&c->peer);
	buf_free(&c->last);
	if (c->fd != -1)
		close(c->fd);
	c->state = FREE;
	g->nclients--;
	while (g->top > 0 && g->clients[g->top - 1].state == FREE)
		g->top--;
}

/* Hangs up; a worker may still be busy for it. */
static void
client_gone(struct gate *g, struct client *c)
{
	close(c->fd);
	c->fd = -1;
	client_end(g, c);
}

static void
send_answer(struct gate *g, struct client *c, const struct auth_answer *a)
{
	struct buf b;

	buf_init(&b, AUTH_PACKET_MAX);
	auth_put_answer(&b, a);
	set_idle(c);
	if (c->fd != -1 && fdpass_send(c->fd, &b, NULL, 0) == -1)
		client_gone(g, c);
	buf_free(&b);
}

/* An exchange that was under way is over: no proof may follow. */
static void
later(struct gate *g, struct client *c)
{
	struct auth_answer a = { .type = AUTH_LATER,
		.text = SPAN("cannot check passwords now") };

	end_scram(c);
	send_answer(g, c, &a);
}

static void
no(struct gate *g, struct client *c)
{
	struct auth_answer a = { .type = AUTH_NO, .text = refusal };

	send_answer(g, c, &a);
}

/* Logs it, counts it, and lets the answer wait. */
static void
fail(struct gate *g, struct client *c, const char *why, bool count)
{
	int64_t now = clock_monotonic_ms(), delay = g->set->delay_ms;

	login_log(buf_peek(&c->peer), buf_peek(&c->service),
	    buf_peek(&c->user), SPAN(""), why);
	if (count)
		limits_failed(g->set->limits, buf_peek(&c->peer),
		    buf_peek(&c->user), now);
	end_scram(c);
	if (delay == 0) {
		no(g, c);
		return;
	}
	c->answer_ms = c->asked_ms +
	    ((now - c->asked_ms) / delay + 1) * delay;
	c->state = DELAYED;
}

/* ---- workers ---- */

static void
worker_end(struct worker *w)
{
	close(w->fd);
	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	w->pid = 0;
	w->client = NULL;
}

/* An idle one, started if there may be one more; NULL. */
static struct worker *
worker_get(struct gate *g)
{
	struct worker *room = NULL;

	for (size_t i = 0; i < g->set->workers; i++) {
		struct worker *w = &g->workers[i];

		if (w->pid == 0 && room == NULL)
			room = w;
		if (w->pid != 0 && w->client == NULL)
			return w;
	}
	if (room == NULL)
		return NULL;
	room->pid = worker_start(g->set->control, g->set->dummy, &room->fd);
	if (room->pid == -1) {
		warn_errno("cannot start a worker");
		room->pid = 0;
		return NULL;
	}
	room->asked = 0;
	return room;
}

static bool
any_worker(const struct gate *g)
{
	for (size_t i = 0; i < GATE_WORKERS_MAX; i++)
		if (g->workers[i].pid != 0)
			return true;
	return false;
}

static struct client *
next_waiting(struct gate *g)
{
	struct client *first = NULL;

	for (size_t i = 0; i < g->top; i++) {
		struct client *c = &g->clients[i];

		if (c->state == WAITING &&
		    (first == NULL || c->turn < first->turn))
			first = c;
	}
	return first;
}

static void
give_work(struct gate *g)
{
	struct client *c;
	struct worker *w;

	while ((c = next_waiting(g)) != NULL) {
		if ((w = worker_get(g)) == NULL) {
			if (any_worker(g))
				return;
			later(g, c);
			continue;
		}
		if (fdpass_send(w->fd, &c->question, NULL, 0) == -1) {
			worker_end(w);	/* it had just died */
			continue;
		}
		forget_question(c);
		w->client = c;
		w->asked++;
		w->since_ms = clock_monotonic_ms();
		c->state = WORKED_ON;
	}
}

/* a->text: the application whose password it was, if any. */
static void
pass(struct gate *g, struct client *c, struct auth_answer *a)
{
	login_log(buf_peek(&c->peer), buf_peek(&c->service),
	    span_str(a->user), a->text, NULL);
	limits_passed(g->set->limits, buf_peek(&c->peer),
	    buf_peek(&c->user), clock_monotonic_ms());
	a->text = buf_peek(&c->last);
	send_answer(g, c, a);
}

static void
verdict(struct gate *g, struct client *c, struct auth_answer *a)
{
	char why[32];

	if (a->type == AUTH_YES) {
		pass(g, c, a);
	} else if (a->type == AUTH_NO &&
	    span_to_cstr(a->text, why, sizeof why) == 0) {
		fail(g, c, why, true);
	} else {
		later(g, c);
	}
}

static void
hear_worker(struct gate *g, struct worker *w)
{
	char room[AUTH_PACKET_MAX];
	struct client *c = w->client;
	struct auth_answer a;
	struct span packet;

	if (fdpass_recv(w->fd, room, sizeof room, &packet, NULL, 0) != 1 ||
	    c == NULL || auth_take_answer(packet, &a) != PARSE_OK) {
		worker_end(w);
		if (c != NULL && c->fd != -1)
			later(g, c);
		else if (c != NULL)
			client_end(g, c);
		return;
	}
	w->client = NULL;
	if (w->asked >= WORKER_QUESTIONS_MAX)
		worker_end(w);
	if (c->fd == -1)
		client_end(g, c);
	else
		verdict(g, c, &a);
}

static void
end_slow_workers(struct gate *g, int64_t now)
{
	for (size_t i = 0; i < GATE_WORKERS_MAX; i++) {
		struct worker *w = &g->workers[i];
		struct client *c = w->client;

		if (w->pid == 0 || c == NULL ||
		    now - w->since_ms < GATE_WORK_MAX_MS)
			continue;
		warn_plain("a password check took too long");
		worker_end(w);
		if (c->fd != -1)
			later(g, c);
		else
			client_end(g, c);
	}
}

/* ---- questions ---- */

static bool
put(struct buf *to, struct span s)
{
	buf_reset(to);
	buf_span(to, s);
	return to->err == 0;
}

static void
enqueue(struct gate *g, struct client *c)
{
	c->state = WAITING;
	c->turn = g->turns++;
}

/* Whose password is asked about; false: refused already. */
static bool
admit(struct gate *g, struct client *c, const struct auth_question *q,
    struct span user)
{
	buf_reset(&c->last);
	if (!put(&c->service, q->service) || !put(&c->peer, q->peer) ||
	    !put(&c->user, user)) {
		later(g, c);
		return false;
	}
	if (!limits_allow(g->set->limits, q->peer, user, c->asked_ms)) {
		fail(g, c, "limit", false);
		return false;
	}
	return true;
}

/* The first verifier among a's hashes, else a fake one. */
static void
choose_verifier(struct gate *g, struct client *c, const struct account *a,
    struct scram_verifier *v)
{
	struct span all = buf_peek(&a->hashes), app, hash;

	c->scram_fake = false;
	while (!a->barred && account_next_hash(&all, &app, &hash))
		if (scram_parse(hash, v) == PARSE_OK)
			return;
	scram_fake(v, span_str(a->user), g->set->secret);
	c->scram_fake = true;
}

static void
challenge(struct gate *g, struct client *c, const struct account *a)
{
	struct auth_answer answer = { .type = AUTH_CHALLENGE };
	struct scram_verifier v;
	unsigned char raw[18];
	struct buf nonce, text;

	buf_init(&nonce, 64);
	buf_init(&text, AUTH_MESSAGE_MAX);
	choose_verifier(g, c, a, &v);
	if (random_bytes(raw, sizeof raw) == -1)
		nonce.err = errno;
	for (size_t i = 0; i < sizeof raw; i++)
		buf_fmt(&nonce, "%02x", raw[i]);
	if (nonce.err != 0 || scram_challenge(&c->scram, &v,
	    buf_peek(&nonce), &text) == -1) {
		later(g, c);
	} else {
		answer.text = buf_peek(&text);
		send_answer(g, c, &answer);
	}
	buf_free(&nonce);
	buf_free(&text);
}

static void
begin_scram(struct gate *g, struct client *c, const struct auth_question *q)
{
	struct account a;
	struct span act_as;

	end_scram(c);
	scram_init(&c->scram);
	c->in_scram = true;
	if (scram_first(&c->scram, q->message) != PARSE_OK) {
		if (admit(g, c, q, SPAN("")))
			fail(g, c, "malformed", true);
		return;
	}
	act_as = buf_peek(&c->scram.act_as);
	if (!admit(g, c, q, buf_peek(&c->scram.name)))
		return;
	if (act_as.len > 0 && !span_case_eq(act_as, buf_peek(&c->user))) {
		fail(g, c, "other", true);
		return;
	}
	account_init(&a);
	if (account_find(&g->db, buf_peek(&c->user), true, &a) == -1)
		later(g, c);
	else
		challenge(g, c, &a);
	account_free(&a);
}

/* The proof is right: what is left to ask is who that is. */
static void
prove(struct gate *g, struct client *c, struct span message)
{
	bool right;

	buf_reset(&c->last);
	if (!c->in_scram) {
		later(g, c);
		return;
	}
	right = scram_last(&c->scram, message, &c->last) == PARSE_OK;
	if (!right || c->scram_fake) {
		fail(g, c, c->scram_fake ? "unknown" : "password", true);
		return;
	}
	end_scram(c);
	auth_put_vouch(&c->question, buf_peek(&c->service),
	    buf_peek(&c->user), buf_peek(&c->peer));
	if (c->question.err == 0)
		enqueue(g, c);
	else
		later(g, c);
}

static void
question(struct gate *g, struct client *c, struct span packet)
{
	struct auth_question q;

	c->asked_ms = clock_monotonic_ms();
	if (auth_take_question(packet, &q) != PARSE_OK ||
	    (q.type == AUTH_VOUCH && !c->may_vouch)) {
		client_gone(g, c);
		return;
	}
	switch (q.type) {
	case AUTH_SCRAM:
		begin_scram(g, c, &q);
		break;
	case AUTH_PROOF:
		prove(g, c, q.message);
		break;
	default:
		end_scram(c);		/* it was about another user */
		buf_reset(&c->last);
		if (!admit(g, c, &q, q.user))
			break;
		if (put(&c->question, packet))
			enqueue(g, c);
		else
			later(g, c);
	}
}

static void
hear_client(struct gate *g, struct client *c)
{
	char room[AUTH_PACKET_MAX];
	struct span packet;
	int r = fdpass_recv(c->fd, room, sizeof room, &packet, NULL, 0);

	if (r == 1)
		question(g, c, packet);
	else if (r == 0 || (errno != EAGAIN && errno != EINTR))
		client_gone(g, c);
	wipe_bytes(room, sizeof room);
}

/* ---- the loop ---- */

static void
take_client(struct gate *g)
{
	int fd = acceptor_take(&g->door, SOCK_NONBLOCK);

	if (fd == -1)
		return;
	for (size_t i = 0; i < GATE_CLIENTS_MAX; i++)
		if (g->clients[i].state == FREE) {
			client_start(&g->clients[i], fd);
			g->nclients++;
			if (g->top <= i)
				g->top = i + 1;
			/* it has asked, mostly */
			hear_client(g, &g->clients[i]);
			return;
		}
	close(fd);
}

/*
 * Answers those who have waited long enough, and hangs up on those who ask
 * nothing: they would keep others out. When the next of them is due.
 */
static int64_t
end_waits(struct gate *g, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < g->top; i++) {
		struct client *c = &g->clients[i];
		int64_t due = c->state == DELAYED ? c->answer_ms :
		    c->idle_ms + GATE_IDLE_MS;

		if (c->state != DELAYED && c->state != IDLE)
			continue;
		if (due <= now && c->state == IDLE) {
			client_gone(g, c);
			continue;
		}
		if (due <= now) {
			no(g, c);
			due = now + GATE_IDLE_MS;
		}
		if (due < next)
			next = due;
	}
	return next;
}

static void
watch(struct pollfd *p, int fd, bool read)
{
	p->fd = fd;
	p->events = read ? POLLIN : 0;
	p->revents = 0;
}

/* How many descriptors there are to wait for. */
static size_t
watch_all(struct gate *g, int lifeline)
{
	struct pollfd *p = g->polls;

	watch(p++, g->nclients < GATE_CLIENTS_MAX &&
	    acceptor_rest_ms(&g->door) == 0 ? g->door.fd : -1, true);
	watch(p++, lifeline, true);
	for (size_t i = 0; i < GATE_WORKERS_MAX; i++)
		watch(p++, g->workers[i].pid != 0 ? g->workers[i].fd : -1,
		    true);
	for (size_t i = 0; i < g->top; i++)
		watch(p++, g->clients[i].state != FREE ?
		    g->clients[i].fd : -1, g->clients[i].state == IDLE);
	return (size_t)(p - g->polls);
}

/* n: how many descriptors were waited for. */
static void
hear_all(struct gate *g, size_t n)
{
	const struct pollfd *end = g->polls + n;
	struct pollfd *p = g->polls + 2;

	for (size_t i = 0; i < GATE_WORKERS_MAX; i++, p++)
		if (p->revents != 0 && p->fd != -1)
			hear_worker(g, &g->workers[i]);
	for (size_t i = 0; p < end; i++, p++) {
		struct client *c = &g->clients[i];

		if (p->fd == -1 || p->revents == 0 || c->fd != p->fd)
			continue;
		if (c->state == IDLE)
			hear_client(g, c);
		else if (p->revents & (POLLHUP | POLLERR))
			client_gone(g, c);
	}
	if (g->polls[0].revents != 0)
		take_client(g);
}

/*
 * Until the next client is due, or the listener's rest ends; a second while
 * hashing.
 */
static int
patience(const struct gate *g, int64_t next, int64_t now)
{
	int ms = next == INT64_MAX ? -1 : (int)(next - now);
	int rest_ms = acceptor_rest_ms(&g->door);

	if (rest_ms > 0 && (ms < 0 || ms > rest_ms))
		ms = rest_ms;
	for (size_t i = 0; i < GATE_WORKERS_MAX; i++)
		if (g->workers[i].client != NULL && (ms < 0 || ms > 1000))
			ms = 1000;
	return ms;
}

static int
serve(struct gate *g, int lifeline,
    void (*reload)(struct gate_settings *settings))
{
	for (;;) {
		size_t n;
		int64_t now = clock_monotonic_ms();
		int64_t next;

		if (reload != NULL)
			reload(g->set);
		end_slow_workers(g, now);
		give_work(g);
		next = end_waits(g, now);
		n = watch_all(g, lifeline);
		if (poll(g->polls, n, patience(g, next, now)) == -1) {
			if (errno != EINTR)
				return -1;
			continue;
		}
		if (g->polls[1].revents != 0)
			return 0;
		hear_all(g, n);
	}
}

int
gate_serve(int listener, int lifeline, struct gate_settings *settings,
    void (*reload)(struct gate_settings *settings))
{
	struct gate *g = calloc(1, sizeof *g);
	int r = -1;

	if (g == NULL)
		return -1;
	g->set = settings;
	acceptor_init(&g->door, listener);
	g->clients = calloc(GATE_CLIENTS_MAX, sizeof *g->clients);
	accounts_init(&g->db, settings->control);
	if (g->clients != NULL)
		r = serve(g, lifeline, reload);
	for (size_t i = 0; i < GATE_WORKERS_MAX; i++)
		if (g->workers[i].pid != 0)
			worker_end(&g->workers[i]);
	free(g->clients);
	free(g);
	return r;
}
