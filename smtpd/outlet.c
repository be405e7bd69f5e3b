/*
 * The two ways out, behind one face. The session with postern-queue carries
 * every message of a client on one socket; a program of the administrator's
 * ($POSTERNQUEUE, $QMAILQUEUE) is started for each one, by the launcher.
 */
#include "smtpd/outlet.h"

#include <errno.h>

int
outlet_init(struct outlet *o, bool door)
{
	return launcher_open(&o->launcher, door);
}

void
outlet_prepare(struct outlet *o)
{
	launcher_start(&o->launcher);
}

int
outlet_begin(struct outlet *o)
{
	if (o->launcher.per_message)
		return launcher_inject(&o->launcher, &o->injector);
	if (!o->joined) {
		launcher_start(&o->launcher);
		injector_join(&o->injector, o->launcher.sock);
		o->joined = true;
	}
	if (injector_alive(&o->injector))
		return 0;
	errno = EPIPE;
	return -1;
}

void
outlet_data(struct outlet *o, struct span bytes)
{
	injector_data(&o->injector, bytes.p, bytes.len);
}

void
outlet_commit(struct outlet *o, const struct outlet_envelope *e,
    struct injector_verdict *v)
{
	struct span records = e->recipients;
	struct queue_recipient r;
	size_t base = 0;

	injector_envelope_begin(&o->injector);
	injector_sender(&o->injector, &e->sender);
	while (queue_recipient_take(&records, &base, &r) == 1)
		injector_recipient(&o->injector, &r);
	injector_commit(&o->injector, v);
}

void
outlet_abort(struct outlet *o)
{
	injector_abort(&o->injector);
}

void
outlet_close(struct outlet *o)
{
	if (o->joined)
		injector_close(&o->injector);
	o->joined = false;
}
