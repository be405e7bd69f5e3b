/*
 * The SMTP client's connections: from target to target until one greets us
 * properly (RFC 5321 section 5.1). The time-outs are those of section
 * 4.5.3.2, or control/timeoutremote where that is shorter.
 */
#include "remote/client.h"

#include <errno.h>
#include <string.h>

#include "lib/os/confine.h"
#include "remote/phases.h"

enum { ALL_MS = 20 * 60 * 1000 };	/* for trying all the targets */

void
client_init(struct client *c, const struct settings *s, int lifeline)
{
	c->settings = s;
	c->targets.n = 0;
	c->next = 0;
	c->why.class = 0;
	c->used = c->reset = c->esmtp = c->unsure = false;
	buf_init(&c->command, CLIENT_COMMAND_MAX);
	peer_init(&c->peer, lifeline);
}

int
client_confine(void)
{
	static const struct confine_profile profile = {
		.name = "postern-remote",
		.may = CONFINE_INET | CONFINE_FDPASS | CONFINE_TOOLS,
		.close_from = 3,
		.nofile = 32,
		.memory = 16 << 20,
	};

	return confine(&profile);
}

bool
client_connected(const struct client *c)
{
	return c->peer.fd != -1;
}

void
client_drop(struct client *c)
{
	peer_close(&c->peer);
	c->used = c->reset = false;
}

void
client_quit(struct client *c)
{
	int lifeline = c->peer.lifeline;

	if (!client_connected(c))
		return;
	c->peer.lifeline = -1;	/* its end may be why we leave */
	peer_put(&c->peer, SPAN("QUIT\r\n"));
	if (peer_flush(&c->peer, QUIT_MS, deadline_in_ms(QUIT_MS)) == PEER_OK)
		(void)peer_reply(&c->peer, &c->reply, NULL,
		    deadline_in_ms(QUIT_MS));
	client_drop(c);
	c->peer.lifeline = lifeline;
}

int64_t
phase_ms(const struct client *c, int64_t ms)
{
	return ms < c->settings->reply_ms ? ms : c->settings->reply_ms;
}

/* The end of a phase: not after end, not after control/timeoutremote. */
static struct deadline
phase_deadline(const struct client *c, int64_t ms, struct deadline end)
{
	return deadline_min(end, deadline_in_ms(phase_ms(c, ms)));
}

void
client_lost(struct client *c, enum peer_event e, const char *doing)
{
	const char *name = c->peer.name;

	switch (e) {
	case PEER_TIMEOUT:
		why_set(&c->why, 'Z', "4.4.2", "Connected to %s but it took"
		    " too long %s.", name, doing);
		break;
	case PEER_GARBAGE:
		why_set(&c->why, 'Z', "4.5.0", "Connected to %s but it does"
		    " not speak SMTP %s.", name, doing);
		break;
	case PEER_TALKS:
		why_set(&c->why, 'Z', "4.5.0", "Connected to %s but it spoke"
		    " before it was asked %s.", name, doing);
		break;
	case PEER_ABANDON:
		c->why.class = 0;
		break;
	default:
		why_set(&c->why, 'Z', "4.4.2", "Connected to %s but connection"
		    " died %s.", name, doing);
	}
	client_drop(c);
}

/*
 * Sends what is in the buffer and reads a reply. true: it is in c->reply.
 * false: the connection is closed, c->why says why.
 */
bool
client_exchange(struct client *c, struct offers *o, int64_t ms,
    struct deadline end, const char *doing)
{
	enum peer_event e;

	if (c->peer.owed > 0 && peer_pending(&c->peer)) {
		client_lost(c, PEER_TALKS, doing);
		return false;
	}
	e = peer_flush(&c->peer, ms, phase_deadline(c, ms, end));
	if (e == PEER_OK || e == PEER_CLOSED) {
		enum peer_event read = peer_reply(&c->peer, &c->reply, o,
		    phase_deadline(c, ms, end));

		/* it may have said why it hung up on us */
		if (e == PEER_OK || read != PEER_OK)
			e = read;
		else if (reply_class(&c->reply) >= '4')
			e = PEER_OK;
	}
	if (e == PEER_OK)
		return true;
	client_lost(c, e, doing);
	return false;
}

static void
put_command(struct client *c, const char *verb, const char *rest)
{
	peer_put(&c->peer, span_str(verb));
	peer_put(&c->peer, span_str(rest));
	peer_put(&c->peer, SPAN("\r\n"));
}

/* Not wanted: leaves as politely as it can without waiting. */
static void
leave(struct client *c)
{
	peer_put(&c->peer, SPAN("QUIT\r\n"));
	(void)peer_flush(&c->peer, QUIT_MS, deadline_in_ms(0));
	client_drop(c);
}

static bool
greeted(struct client *c, struct deadline end)
{
	char class;

	if (!client_exchange(c, NULL, GREETING_MS, end, "before greeting"))
		return false;
	class = reply_class(&c->reply);
	if (class == '2')
		return true;
	why_said(&c->why, class == '5' ? '5' : '4', &c->reply,
	    "Connected to %s but greeting failed.", c->peer.name);
	leave(c);
	return false;
}

static bool
said_hello(struct client *c, struct deadline end)
{
	char class;

	c->offers = (struct offers){ 0 };
	put_command(c, "EHLO ", c->settings->helo);
	if (!client_exchange(c, &c->offers, HELLO_MS, end, "after EHLO"))
		return false;
	c->esmtp = reply_class(&c->reply) == '2';
	if (reply_class(&c->reply) == '5') {
		c->offers = (struct offers){ 0 };
		put_command(c, "HELO ", c->settings->helo);
		if (!client_exchange(c, NULL, HELLO_MS, end, "after HELO"))
			return false;
	}
	class = reply_class(&c->reply);
	if (class == '2')
		return true;
	why_said(&c->why, class == '5' ? '5' : '4', &c->reply,
	    "Connected to %s but my name was rejected.", c->peer.name);
	leave(c);
	return false;
}

static bool
reached(struct client *c, const struct target *t, struct deadline end)
{
	const struct settings *s = c->settings;
	const struct ip *from = t->ip.family == 4 ? &s->source4 : &s->source6;
	struct deadline d = deadline_min(end, deadline_in_ms(s->connect_ms));

	if (peer_connect(&c->peer, &t->ip, t->port, from, d) == 0)
		return true;
	if (errno == ECANCELED) {
		c->why.class = 0;
		return false;
	}
	why_set(&c->why, 'Z', "4.4.1", "Cannot connect to %s: %s.",
	    c->peer.name, strerror(errno));
	return false;
}

int
client_connect(struct client *c)
{
	struct deadline end = deadline_in_ms(ALL_MS);
	size_t last = c->targets.n;

	client_drop(c);
	c->unsure = c->unsure && c->next > 0;
	for (; c->next < last && !deadline_passed(end); c->next++) {
		if (reached(c, &c->targets.list[c->next], end) &&
		    greeted(c, end) && said_hello(c, end))
			return 0;
		if (c->why.class == 0)
			return -1;
		c->unsure |= c->why.class != 'D';
	}
	if ((c->unsure || c->next < last) && c->why.class == 'D') {
		c->why.class = 'Z';
		c->why.code[0] = '4';
	}
	return -1;
}
