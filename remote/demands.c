/*
 * Before MAIL: what no reply needs to tell us, because the message demands
 * what the offers of the server do not hold.
 */
#include "remote/demands.h"

#include "lib/mail/path.h"
#include "lib/mail/utf8.h"

/* A domain has another form; a local part has not. */
static bool
address_needs_utf8(struct span address)
{
	struct span local;

	(void)address_split(address, &local, NULL);
	return !ascii_ok(local);
}

static bool
needs_utf8(const struct message *m, const struct content *content)
{
	if ((m->flags & WORK_SMTPUTF8) && content->header_eight_bit)
		return true;
	if (address_needs_utf8(m->sender))
		return true;
	for (size_t i = 0; i < m->n; i++)
		if (m->recipients[i].state == RCPT_WAITING &&
		    address_needs_utf8(m->recipients[i].address))
			return true;
	return false;
}

/* Looks for a target that offers SMTPUTF8. 0; -1 with c->why. */
static int
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
			return -1;
		}
		if (client_connect(c) == -1) {
			c->next = 0;
			return -1;
		}
	}
	return 0;
}

int
demands_meet(struct client *c, const struct message *m,
    const struct content *content, bool *utf8)
{
	bool needed = needs_utf8(m, content);

	if (m->flags & WORK_REQUIRETLS) {
		why_set(&c->why, 'D', "5.7.30", "The sender requires TLS on"
		    " the whole way, which is not to be had.");
		return -1;
	}
	if (needed && find_utf8_peer(c) == -1)
		return -1;
	*utf8 = c->offers.smtputf8 && (needed || (m->flags & WORK_SMTPUTF8));
	if (c->offers.size_max > 0 && content->wire_size >
	    c->offers.size_max) {
		why_set(&c->why, 'D', "5.3.4", "%s takes no message of more"
		    " than %llu bytes.", c->peer.name,
		    (unsigned long long)c->offers.size_max);
		return -1;
	}
	return 0;
}
