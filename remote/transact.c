/*
 * One message over a connection. With PIPELINING (RFC 2920) RSET, MAIL, RCPT
 * and DATA go out in groups small enough that neither side can block on a full
 * window; without it one by one. Recipients that a server puts off because
 * there are too many (RFC 5321 section 4.5.3.1.10) get a further transaction.
 *
 * What each reply means for a recipient is decided as soon as it is known;
 * what happens to the connection decides for those that wait.
 */
#include "remote/client.h"

#include <errno.h>
#include <string.h>

#include "remote/body.h"
#include "remote/command.h"
#include "remote/demands.h"
#include "remote/phases.h"

enum {
	GROUP_MAX = 8192,	/* bytes of commands before replies are read */
	TRANSACTION_MS = 30 * 60 * 1000,	/* and a second for ... */
	SLOWEST = 2000,		/* ... each so many bytes of the message */
};

/* How a round of one SMTP transaction ended. */
enum ending {
	ENDED,			/* in order; the connection stands */
	REOPEN,			/* lost before the reply to MAIL: try anew */
	LOST,			/* c->why says how */
};

/* The commands of a transaction, as steps: RSET, MAIL, RCPT..., DATA. */
struct round {
	struct client *c;
	struct message *m;
	struct content content;
	struct deadline end;
	bool utf8;		/* SMTPUTF8 is declared */
	size_t first;		/* recipients of this round: those waiting in */
	size_t last;		/* first..last */
	size_t accepted;
	bool mail_ok, mail_failed, data_sent;
};

enum step { STEP_RSET, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_DONE };

struct cursor {
	enum step step;
	size_t i;		/* STEP_RCPT: of which recipient */
};

/* ---- telling ---- */

static const char *
action(const struct client *c)
{
	return c->offers.dsn ? "passed" : "relayed";
}

static void
report(struct round *r, size_t i)
{
	struct client *c = r->c;

	r->m->recipients[i].state = RCPT_REPORTED;
	r->m->report(r->m->self, i, &c->why, c->peer.name, action(c));
}

/* Tells all the recipients in that state what c->why says. */
static void
report_all(struct round *r, enum recipient_state state)
{
	for (size_t i = 0; i < r->m->n; i++)
		if (r->m->recipients[i].state == state)
			report(r, i);
}

/* ---- replies ---- */

/* Is that no answer to this command? */
static bool
nonsense(enum step step, char class)
{
	if (step == STEP_RSET)
		return class != '2';
	if (step == STEP_DATA)
		return class == '2';
	return class == '3';
}

/* Was that a farewell? Then everything that waits has this answer. */
static bool
farewell(struct round *r, const char *doing)
{
	if (r->c->reply.code != 421)
		return false;
	why_said(&r->c->why, '4', &r->c->reply,
	    "Connected to %s but it hung up %s.", r->c->peer.name, doing);
	return true;
}

static enum ending
lost(struct round *r, bool reused)
{
	client_drop(r->c);
	if (r->c->why.class == 0)
		return LOST;	/* we gave up ourselves */
	return reused && !r->mail_ok && !r->mail_failed ? REOPEN : LOST;
}

static void
mail_replied(struct round *r)
{
	struct client *c = r->c;
	char class = reply_class(&c->reply);

	r->mail_ok = class == '2';
	r->mail_failed = !r->mail_ok;
	if (r->mail_failed)
		why_said(&c->why, class, &c->reply,
		    "Connected to %s but sender was rejected.", c->peer.name);
}

static void
rcpt_replied(struct round *r, size_t i)
{
	struct client *c = r->c;
	struct recipient *to = &r->m->recipients[i];
	char class = reply_class(&c->reply);
	unsigned code = c->reply.code;

	if (class == '2') {
		to->state = RCPT_ACCEPTED;
		r->accepted++;
		return;
	}
	/* too many for one transaction: the next one is for them */
	if ((code == 452 || code == 552) && r->accepted > 0)
		return;
	why_said(&c->why, code == 552 ? '4' : class, &c->reply,
	    "%s does not like recipient.", c->peer.name);
	report(r, i);
}

/* ---- the groups ---- */

static size_t
next_waiting(const struct round *r, size_t i)
{
	while (i < r->last && r->m->recipients[i].state != RCPT_WAITING)
		i++;
	return i;
}

static void
step_on(const struct round *r, struct cursor *at)
{
	size_t from = at->step == STEP_RCPT ? at->i + 1 : r->first;

	at->step = at->step == STEP_RCPT ? STEP_RCPT : at->step + 1;
	if (at->step != STEP_RCPT)
		return;
	at->i = next_waiting(r, from);
	if (at->i == r->last)
		at->step = STEP_DATA;
}

/*
 * The command of a step, without its line end; it lives until the next one.
 * 0; -1 with c->why.
 */
static int
make_command(struct round *r, const struct cursor *at, struct span *out)
{
	switch (at->step) {
	case STEP_RSET:
		*out = SPAN("RSET");
		return 0;
	case STEP_MAIL:
		return command_mail(r->c, r->m, &r->content, r->utf8, out);
	case STEP_RCPT:
		return command_rcpt(r->c, &r->m->recipients[at->i], r->utf8,
		    out);
	default:
		*out = SPAN("DATA");
		r->data_sent = true;
		return 0;
	}
}

/*
 * Puts commands from *at on into the buffer: one, or with PIPELINING as many
 * as a group may hold. Moves *at behind them. 0; -1 with c->why.
 */
static int
put_group(struct round *r, struct cursor *at)
{
	struct client *c = r->c;
	struct span command;

	do {
		if (make_command(r, at, &command) == -1) {
			client_drop(c);	/* what it has heard makes no sense */
			return -1;
		}
		peer_put(&c->peer, command);
		peer_put(&c->peer, SPAN("\r\n"));
		step_on(r, at);
	} while (c->offers.pipelining && at->step != STEP_DONE &&
	    c->peer.owed < GROUP_MAX);
	return 0;
}

static const char *
doing(enum step step)
{
	switch (step) {
	case STEP_RSET:
		return "after RSET";
	case STEP_MAIL:
		return "after MAIL";
	case STEP_RCPT:
		return "after RCPT";
	default:
		return "after DATA";
	}
}

/* Takes the reply to one command. */
static enum ending
take_reply(struct round *r, const struct cursor *at, bool reused)
{
	struct client *c = r->c;
	int64_t ms = at->step == STEP_DATA ? DATA_MS : MAIL_MS;

	if (!client_exchange(c, NULL, ms, r->end, doing(at->step)))
		return lost(r, reused);
	if (farewell(r, doing(at->step)))
		return lost(r, reused);
	if (nonsense(at->step, reply_class(&c->reply))) {
		client_lost(c, PEER_GARBAGE, doing(at->step));
		return lost(r, reused);
	}
	if (at->step == STEP_MAIL)
		mail_replied(r);
	if (at->step == STEP_RCPT && r->mail_ok)
		rcpt_replied(r, at->i);
	return ENDED;
}

/*
 * Everything up to the reply to DATA, or to where it is clear that DATA is of
 * no use. Afterwards c->reply is the last reply.
 */
static enum ending
envelope(struct round *r)
{
	struct client *c = r->c;
	bool reused = c->used;
	struct cursor put = { c->reset ? STEP_RSET : STEP_MAIL, r->first };
	struct cursor got = put;

	c->used = true;
	c->reset = true;
	while (got.step != STEP_DONE) {
		enum ending e;

		if (r->mail_failed || (put.step == STEP_DATA &&
		    r->accepted == 0))
			return ENDED;
		if (put_group(r, &put) == -1)
			return LOST;
		while (got.step != put.step || got.i != put.i) {
			struct cursor next = got;

			step_on(r, &next);
			if ((e = take_reply(r, &got, reused)) != ENDED)
				return e;
			got = next;
		}
	}
	return ENDED;
}

/* ---- after DATA ---- */

/* The peer spoke or hung up in the middle of the message. */
static enum ending
interrupted(struct round *r, enum peer_event event)
{
	struct client *c = r->c;

	if (event == PEER_TALKS || event == PEER_CLOSED) {
		c->peer.owed = 0;
		if (!client_exchange(c, NULL, DATA_MS, r->end,
		    "in the middle of the message"))
			return LOST;
		if (reply_class(&c->reply) >= '4') {
			why_said(&c->why, reply_class(&c->reply), &c->reply,
			    "%s failed while I sent the message.",
			    c->peer.name);
			client_drop(c);
			return LOST;
		}
	}
	client_lost(c, event, "in the middle of the message");
	return LOST;
}

static void
tell_final(struct round *r)
{
	struct client *c = r->c;
	char class = reply_class(&c->reply);

	if (class == '3') {
		client_lost(c, PEER_GARBAGE, "after the final dot");
		report_all(r, RCPT_ACCEPTED);
		return;
	}
	why_said(&c->why, class, &c->reply, class == '2' ?
	    "%s accepted message." : "%s failed after I sent the message.",
	    c->peer.name);
	report_all(r, RCPT_ACCEPTED);
	c->reset = false;
	if (c->reply.code == 421)
		client_drop(c);
}

static enum ending
send_message(struct round *r)
{
	struct client *c = r->c;
	enum peer_event event;

	switch (body_send(c, r->m, &r->content, r->end, &event)) {
	case BODY_SENT:
		break;
	case BODY_UNREADABLE:
		why_set(&c->why, 'Z', "4.3.0", "Cannot read the message"
		    " from the queue: %s.", strerror(errno));
		client_drop(c);
		return LOST;
	default:
		return interrupted(r, event);
	}
	if (client_exchange(c, NULL, DOT_MS, r->end, "after the final dot")) {
		tell_final(r);
		return ENDED;
	}
	if (c->why.class != 0)
		why_set(&c->why, 'Z', "4.4.2", "Connected to %s but connection"
		    " died. Possible duplicate!", c->peer.name);
	return LOST;
}

/* DATA was taken although no recipient was: RFC 2920 section 3.1. */
static enum ending
send_nothing(struct round *r)
{
	peer_put(&r->c->peer, SPAN(".\r\n"));
	if (!client_exchange(r->c, NULL, DOT_MS, r->end, "after DATA"))
		return ENDED;	/* nobody waits for this connection's fate */
	if (r->c->reply.code == 421)
		client_drop(r->c);
	return ENDED;
}

/* ---- a round ---- */

static enum ending
run_round(struct round *r)
{
	struct client *c = r->c;
	enum ending e = envelope(r);
	bool go_on;

	if (e != ENDED)
		return e;
	if (r->mail_failed)
		report_all(r, RCPT_WAITING);
	go_on = r->data_sent && reply_class(&c->reply) == '3';
	if (go_on && r->accepted == 0)
		return send_nothing(r);
	if (go_on)
		return send_message(r);
	if (r->accepted > 0) {
		why_said(&c->why, reply_class(&c->reply), &c->reply,
		    "%s failed on DATA command.", c->peer.name);
		report_all(r, RCPT_ACCEPTED);
	}
	return ENDED;
}

/* Chooses the recipients of the next round. false: none wait. */
static bool
next_round(struct round *r, uint64_t rcpt_max)
{
	uint64_t n = 0;

	r->mail_ok = r->mail_failed = r->data_sent = false;
	r->accepted = 0;
	r->first = 0;
	r->last = r->m->n;
	r->first = next_waiting(r, 0);
	for (size_t i = r->first; i < r->m->n && r->last == r->m->n; i++) {
		if (r->m->recipients[i].state != RCPT_WAITING)
			continue;
		if (rcpt_max > 0 && ++n > rcpt_max)
			r->last = i;
	}
	r->end = deadline_in_ms(TRANSACTION_MS +
	    (int64_t)(r->m->size / SLOWEST) * 1000);
	return r->first < r->m->n;
}

/* ---- all the rounds ---- */

/*
 * Reports recipients whose command cannot be written, without a connection for
 * it. false: that of the sender cannot, so all of them.
 */
static bool
check_addresses(struct round *r)
{
	struct message *m = r->m;
	struct span ignored;
	bool sender_ok = command_mail(r->c, m, &r->content, false,
	    &ignored) == 0;

	for (size_t i = 0; i < m->n; i++) {
		struct recipient *to = &m->recipients[i];

		to->state = RCPT_WAITING;
		if (!sender_ok ||
		    command_rcpt(r->c, to, false, &ignored) == -1)
			report(r, i);
	}
	return sender_ok;
}

/* A connection for the next round. false: c->why. */
static bool
have_connection(struct client *c)
{
	if (client_connected(c))
		return true;
	if (c->next >= c->targets.n)
		c->next = 0;
	if (client_connect(c) == 0)
		return true;
	c->next = 0;
	return false;
}

/* Rounds until nobody waits, or until all that wait share one fate. */
static void
run_rounds(struct round *r)
{
	struct client *c = r->c;
	bool reopened = false;
	enum ending e = ENDED;

	while (next_round(r, c->offers.rcpt_max)) {
		if (!have_connection(c) ||
		    demands_meet(c, r->m, &r->content, &r->utf8) == -1)
			break;
		e = run_round(r);
		if (e == LOST || (e == REOPEN && reopened))
			break;
		reopened |= e == REOPEN;
	}
	if (c->why.class == 0)
		return;
	report_all(r, RCPT_ACCEPTED);
	report_all(r, RCPT_WAITING);
}

int
client_send(struct client *c, struct message *m)
{
	struct round r = { .c = c, .m = m };

	if (content_scan(c, m, &r.content) == -1) {
		why_set(&c->why, 'Z', "4.3.0", "Cannot read the message from"
		    " the queue: %s.", strerror(errno));
		for (size_t i = 0; i < m->n; i++)
			m->recipients[i].state = RCPT_WAITING;
		report_all(&r, RCPT_WAITING);
	} else if (check_addresses(&r)) {
		run_rounds(&r);
	}
	return c->why.class == 0 ? -1 : 0;
}
