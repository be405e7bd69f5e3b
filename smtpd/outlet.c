/*
 * The two ways out, behind one face. The session with postern-queue carries
 * every message of a client on one socket; a program of the administrator's
 * ($POSTERNQUEUE, $QMAILQUEUE) is started for each one, by the launcher, and
 * spoken to by qmail-queue's interface: message, envelope, exit code, text.
 */
#include "smtpd/outlet.h"

#include <errno.h>
#include <unistd.h>

#include "lib/os/in.h"

enum { EXIT_WRITE = 53, EXIT_CRASHED = 81 };

int
outlet_init(struct outlet *o)
{
	buf_init(&o->envelope, QUEUE_ENVELOPE_MAX);
	return launcher_fork(&o->launcher);
}

void
outlet_prepare(struct outlet *o)
{
	launcher_start(&o->launcher);
}

int
outlet_begin(struct outlet *o)
{
	if (o->launcher.per_message) {
		if (launcher_run(&o->launcher, &o->program) == -1)
			return -1;
		out_init(&o->message, o->program.message, -1);
		return 0;
	}
	if (!o->joined) {
		launcher_start(&o->launcher);
		injector_join(&o->session, o->launcher.sock);
		o->joined = true;
	}
	return 0;
}

void
outlet_data(struct outlet *o, struct span bytes)
{
	if (o->launcher.per_message)
		out_span(&o->message, bytes);
	else
		injector_data(&o->session, bytes.p, bytes.len);
}

/* ---- a program for one message ---- */

/* qmail-queue's records, and nothing that a wrapper would not know. */
static void
plain_envelope(struct buf *to, const struct outlet_envelope *e)
{
	struct span records = e->recipients;
	struct queue_recipient r;
	size_t base = 0;

	buf_char(to, 'F');
	buf_span(to, e->sender.address);
	buf_char(to, '\0');
	while (queue_recipient_take(&records, &base, &r) == 1) {
		buf_char(to, 'T');
		buf_span(to, r.address);
		buf_char(to, '\0');
	}
	buf_char(to, '\0');
}

static void
full_envelope(struct buf *to, const struct outlet_envelope *e)
{
	queue_sender_write(to, &e->sender);
	buf_span(to, e->recipients);
	queue_end_write(to);
}

static void
close_program(struct outlet *o)
{
	close(o->program.message);
	close(o->program.envelope);
}

/*
 * The program may end without reading all (it refuses), so a failed write is
 * no verdict; its exit code is. But success without having been given all is
 * none.
 */
static int
feed_program(struct outlet *o, const struct outlet_envelope *e)
{
	struct span records = { "", 0 };
	int all = out_flush(&o->message);

	buf_reset(&o->envelope);
	if (o->launcher.plain)
		plain_envelope(&o->envelope, e);
	else
		full_envelope(&o->envelope, e);
	close(o->program.message);
	if (all == 0 && (buf_get(&o->envelope, &records) == -1 ||
	    write_all(o->program.envelope, records.p, records.len) == -1))
		all = -1;
	close(o->program.envelope);
	return all;
}

static void
commit_program(struct outlet *o, const struct outlet_envelope *e,
    struct injector_verdict *v)
{
	char text[INJECTOR_TEXT_MAX];
	int all = feed_program(o, e);
	ssize_t n = read_full(o->program.custom, text, sizeof text);
	int code;

	close(o->program.custom);
	code = launcher_wait(&o->launcher);
	if (code == -1)
		code = EXIT_CRASHED;
	if (code == 0 && all == -1)
		code = EXIT_WRITE;
	injector_explain(code, (struct span){ text, n > 0 ? (size_t)n : 0 },
	    v);
	v->pid = o->program.pid;
}

void
outlet_commit(struct outlet *o, const struct outlet_envelope *e,
    struct injector_verdict *v)
{
	struct span records = e->recipients;
	struct queue_recipient r;
	size_t base = 0;

	if (o->launcher.per_message) {
		commit_program(o, e, v);
		return;
	}
	injector_envelope_begin(&o->session);
	injector_sender(&o->session, &e->sender);
	while (queue_recipient_take(&records, &base, &r) == 1)
		injector_recipient(&o->session, &r);
	injector_commit(&o->session, v);
}

void
outlet_abort(struct outlet *o)
{
	if (!o->launcher.per_message) {
		injector_abort(&o->session);
		return;
	}
	/* The program gets no end of its envelope, so it must give up. */
	close_program(o);
	close(o->program.custom);
	launcher_wait(&o->launcher);
}

void
outlet_close(struct outlet *o)
{
	if (o->joined)
		injector_close(&o->session);
}
