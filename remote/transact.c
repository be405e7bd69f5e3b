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

#include "lib/mail/dsn.h"
#include "lib/mail/path.h"
#include "lib/mail/utf8.h"
#include "lib/net/idn.h"
#include "remote/body.h"
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

/* ---- commands ---- */

/*
 * Appends the path of an address. Where the server takes no UTF-8, a domain
 * beyond ASCII is written as DNS knows it. 0; -1 with errno, ENOMEM or that
 * SMTP cannot say it.
 */
static int
put_path(struct round *r, struct span address)
{
	struct span local, domain, ascii;
	struct buf b;
	int e;
	int err;

	if (r->utf8 || ascii_ok(address) ||
	    !address_split(address, &local, &domain) || !ascii_ok(local))
		return path_write(&r->c->command, address);
	buf_init(&b, WORK_ADDRESS_MAX);
	buf_span(&b, local);
	buf_char(&b, '@');
	e = idn_to_ascii(domain, &b);
	if (e == 0)
		e = buf_get(&b, &ascii);
	if (e == 0)
		e = path_write(&r->c->command, ascii);
	err = errno;
	buf_free(&b);
	errno = err;
	return e;
}

/* What errno says of an address that could not be written. */
static void
say_unwritten(struct client *c, const char *code, const char *whose)
{
	if (errno == ENOMEM)
		why_set(&c->why, 'Z', "4.3.0", "Out of memory.");
	else
		why_set(&c->why, 'D', code, "The address of the %s cannot be"
		    " written in SMTP.", whose);
}

/* false: the command cannot be made from what the envelope holds: errno. */
static bool
mail_command(struct round *r)
{
	const struct client *c = r->c;
	const struct message *m = r->m;
	struct buf *b = &r->c->command;

	buf_str(b, "MAIL FROM:");
	/* the sender of a double bounce, as qmail writes it, is nobody */
	if (span_is(m->sender, "#@[]"))
		buf_str(b, "<>");
	else if (put_path(r, m->sender) == -1)
		return false;
	if (c->offers.size) {
		buf_str(b, " SIZE=");
		buf_num(b, r->content.wire_size);
	}
	if (c->offers.eight_bit && (r->content.eight_bit ||
	    (m->flags & WORK_8BITMIME) || r->utf8))
		buf_str(b, " BODY=8BITMIME");
	if (r->utf8)
		buf_str(b, " SMTPUTF8");
	if (c->offers.dsn && (m->flags & (WORK_RET_FULL | WORK_RET_HDRS)))
		buf_str(b, m->flags & WORK_RET_FULL ? " RET=FULL" :
		    " RET=HDRS");
	if (c->offers.dsn && m->envid.len > 0) {
		buf_str(b, " ENVID=");
		xtext_encode(b, m->envid);
	}
	return true;
}

static bool
rcpt_command(struct round *r, const struct recipient *to)
{
	struct buf *b = &r->c->command;

	buf_str(b, "RCPT TO:");
	if (put_path(r, to->address) == -1)
		return false;
	if (r->c->offers.dsn && to->notify != 0) {
		buf_str(b, " NOTIFY=");
		dsn_notify_write(b, to->notify);
	}
	if (r->c->offers.dsn && to->orcpt.len > 0) {
		buf_str(b, " ORCPT=");
		dsn_orcpt_encode(b, to->orcpt, r->utf8);
	}
	return true;
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

/* The command of a step, without its line end, into r->c->command. */
static bool
make_command(struct round *r, const struct cursor *at)
{
	struct recipient *to = &r->m->recipients[at->i];

	buf_reset(&r->c->command);
	switch (at->step) {
	case STEP_RSET:
		buf_str(&r->c->command, "RSET");
		break;
	case STEP_MAIL:
		return mail_command(r);
	case STEP_RCPT:
		return rcpt_command(r, to);
	default:
		buf_str(&r->c->command, "DATA");
		r->data_sent = true;
		break;
	}
	return true;
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
		if (!make_command(r, at) ||
		    buf_get(&r->c->command, &command) == -1) {
			say_unwritten(c, at->step == STEP_MAIL ? "5.1.7" :
			    "5.1.3", at->step == STEP_MAIL ? "sender" :
			    "recipient");
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

/* ---- before the first round ---- */

/* Can a command name it? 0; -1 with errno. */
static int
check_address(struct round *r, struct span address)
{
	struct span path;

	buf_reset(&r->c->command);
	if (put_path(r, address) == -1)
		return -1;
	return buf_get(&r->c->command, &path);
}

/* Reports recipients that no command can name. false: so is the sender. */
static bool
check_addresses(struct round *r)
{
	bool sender_ok = check_address(r, r->m->sender) == 0;

	if (!sender_ok)
		say_unwritten(r->c, "5.1.7", "sender");
	for (size_t i = 0; i < r->m->n; i++) {
		struct recipient *to = &r->m->recipients[i];

		to->state = RCPT_WAITING;
		if (sender_ok && check_address(r, to->address) == 0)
			continue;
		if (sender_ok)
			say_unwritten(r->c, "5.1.3", "recipient");
		report(r, i);
	}
	return sender_ok;
}

/* A domain has another form; a local part has not. */
static bool
address_needs_utf8(struct span address)
{
	struct span local;

	(void)address_split(address, &local, NULL);
	return !ascii_ok(local);
}

static bool
needs_utf8(const struct round *r)
{
	const struct message *m = r->m;

	if ((m->flags & WORK_SMTPUTF8) && r->content.header_eight_bit)
		return true;
	if (address_needs_utf8(m->sender))
		return true;
	for (size_t i = 0; i < m->n; i++)
		if (m->recipients[i].state == RCPT_WAITING &&
		    address_needs_utf8(m->recipients[i].address))
			return true;
	return false;
}

/* Looks for a target that offers SMTPUTF8. false: c->why. */
static bool
find_utf8_peer(struct client *c)
{
	while (!c->offers.smtputf8) {
		client_quit(c);
		if (++c->next >= c->targets.n) {
			why_set(&c->why, c->unsure ? 'Z' : 'D', c->unsure ?
			    "4.6.7" : "5.6.7", "No mail exchanger of"
			    " the recipient takes internationalized mail,"
			    "\nlast asked: %s.", c->peer.name);
			c->next = 0;
			return false;
		}
		if (client_connect(c) == -1) {
			c->next = 0;
			return false;
		}
	}
	return true;
}

/* Is there anything that forbids sending m over this connection at all? */
static bool
refused_here(struct round *r)
{
	struct client *c = r->c;

	if (r->m->flags & WORK_REQUIRETLS) {
		why_set(&c->why, 'D', "5.7.30", "The sender requires TLS on"
		    " the whole way, which is not to be had.");
		return true;
	}
	if (needs_utf8(r) && !find_utf8_peer(c))
		return true;
	r->utf8 = c->offers.smtputf8 &&
	    (needs_utf8(r) || (r->m->flags & WORK_SMTPUTF8));
	if (c->offers.size_max > 0 && r->content.wire_size >
	    c->offers.size_max) {
		why_set(&c->why, 'D', "5.3.4", "%s takes no message of more"
		    " than %llu bytes.", c->peer.name,
		    (unsigned long long)c->offers.size_max);
		return true;
	}
	return false;
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
		if (!have_connection(c) || refused_here(r))
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
