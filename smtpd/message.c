/*
 * DATA. Bytes pass from the client through data.c to the injector as they
 * come; nothing is kept here. What makes a message impossible is noticed on the
 * way, nothing more is passed on from then, and the reply waits for the end.
 * Only a commit puts anything into the queue, so an end of the connection at
 * any point leaves nothing.
 */
#include "smtpd/message.h"

#include <errno.h>
#include <stdio.h>

#include "lib/mail/dsn.h"
#include "smtpd/data.h"
#include "smtpd/lmtp.h"
#include "smtpd/received.h"

enum {
	/* At least a hundred bytes a second, taken over the whole message. */
	MS_PER_BYTE = 10,
	/* So much of a message that is refused already is still read. */
	SWALLOW_MAX = 64 << 20,
	REPLY_MAX = 512,
	RECEIVED_MAX = 4096,
};

/* The keyword of RFC 3848, RFC 6531 section 4.3, RFC 2033. */
static const char *
protocol(const struct session *s)
{
	bool utf8 = s->mail.flags & QUEUE_SMTPUTF8;

	if (s->lmtp)
		return utf8 ? "UTF8LMTP" : "LMTP";
	if (utf8)
		return "UTF8SMTP";
	return s->extended ? "ESMTP" : "SMTP";
}

/* The one recipient, or nothing when there are several. */
static struct span
sole_recipient(const struct session *s)
{
	struct span records = buf_peek(&s->mail.rcpts);
	struct queue_recipient r;
	size_t base = 0;

	if (s->mail.count != 1 ||
	    queue_recipient_take(&records, &base, &r) != 1)
		return SPAN("");
	return r.address;
}

/* Passes on the Received field. 0; -1 for want of memory. */
static int
put_received(struct session *s)
{
	struct received r = {
		.remote_host = s->peer.host,
		.remote_info = s->peer.info,
		.remote_ip = s->peer.ip,
		.helo = buf_peek(&s->helo),
		.by = s->peer.local_host != NULL ?
		    span_str(s->peer.local_host) : s->set.host,
		.with = protocol(s),
		.recipient = sole_recipient(s),
		.seconds = clock_wall_us() / 1000000,
	};
	struct buf field;
	struct span bytes;
	int got;

	buf_init(&field, RECEIVED_MAX);
	received_write(&field, &r);
	if ((got = buf_get(&field, &bytes)) == 0)
		outlet_data(&s->outlet, bytes);
	buf_free(&field);
	return got;
}

/* ---- the bytes ---- */

/* Why the message so far cannot be taken; or NULL. */
static const char *
objection(const struct session *s, const struct data *d)
{
	if (d->faults & DATA_BARE_LF)
		return "550 5.6.0 bare LF in the message, "
		    "see RFC 5321 section 2.3.8";
	if (d->faults & DATA_BARE_CR)
		return "550 5.6.0 bare CR in the message, "
		    "see RFC 5321 section 2.3.8";
	if (d->faults & DATA_NUL)
		return "550 5.6.0 NUL in the message";
	if (d->hops >= DATA_HOPS_MAX)
		return "554 5.4.6 too many hops, this message is looping";
	if (s->set.databytes > 0 && d->bytes > s->set.databytes)
		return "552 5.3.4 message too large";
	return NULL;
}

/* The next block must come in time, and all of them at some pace. */
static struct deadline
patience(const struct session *s, int64_t start_ms, uint64_t seen)
{
	int64_t timeout = (int64_t)s->set.timeout_ms;
	uint64_t cap = (uint64_t)INT64_MAX / 4 / MS_PER_BYTE;
	struct deadline pace = { start_ms + timeout +
	    (int64_t)(seen < cap ? seen : cap) * MS_PER_BYTE };

	return deadline_min(deadline_in_ms(timeout), pace);
}

/* One block through the machine. True at the end of the data. */
static bool
pass_block(struct session *s, struct data *d, struct span block)
{
	struct in *in = &s->in;
	/* The bytes are ours and count as read: they are changed in place. */
	char *room = in->bytes + (block.p - in->bytes);
	size_t len;
	bool ended = data_feed(d, &block, room, &len) == PARSE_OK;

	if (objection(s, d) == NULL)
		outlet_data(&s->outlet, (struct span){ room, len });
	in_unread(in, block.len);
	return ended;
}

/*
 * Reads up to the end of the data. 1; 0 when the client has gone or was told
 * to go.
 */
static int
take_data(struct session *s, struct data *d)
{
	int64_t start = clock_monotonic_ms();
	uint64_t seen = 0;
	struct span block;
	int r;

	while ((r = in_some(&s->in, &block, IN_SIZE,
	    patience(s, start, seen))) == 1) {
		seen += block.len;
		if (pass_block(s, d, block))
			return 1;
		if (seen > SWALLOW_MAX && objection(s, d) != NULL) {
			hang_up(s, objection(s, d));
			return 0;
		}
	}
	if (r == -1 && errno == ETIMEDOUT)
		hang_up(s, "421 4.4.2 timeout");
	else
		session_over(s, "connection lost in DATA");
	return 0;
}

/* ---- the verdict ---- */

/*
 * A character beyond ASCII becomes "?": a reply may hold one in an address and
 * nowhere else, whatever the client offers (RFC 6531 section 3.7.4.2).
 */
static void
make_ascii(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x80)
			*to++ = *text;
		else if (c >= 0xc0)
			*to++ = '?';
	}
	*to = '\0';
}

/* What the injector says, as a reply. */
static void
verdict_text(const struct injector_verdict *v, char text[REPLY_MAX])
{
	struct span said = span_str(v->text);
	struct dsn_code code = { v->text[0] == 'D' ? 5 : 4, 3, 0 };
	struct dsn_code named;

	if (v->code == 0) {
		snprintf(text, REPLY_MAX, "250 2.0.0 ok %llu qp %u",
		    (unsigned long long)(clock_wall_us() / 1000000), v->pid);
		return;
	}
	if (dsn_code_find(said, &named) && named.class == code.class)
		code = named;
	said = span_tail(said, 1);
	snprintf(text, REPLY_MAX, "%s %u.%u.%u %.*s",
	    code.class == 5 ? "554" : "451", code.class, code.subject,
	    code.detail, (int)said.len, said.p);
	make_ascii(text);
}

static void
commit(struct session *s)
{
	struct outlet_envelope e = {
		.sender = {
			.address = buf_peek(&s->mail.sender),
			.envid = buf_peek(&s->mail.envid),
			.flags = s->mail.flags,
		},
		.recipients = buf_peek(&s->mail.rcpts),
	};
	struct injector_verdict v;
	char text[REPLY_MAX];

	outlet_commit(&s->outlet, &e, &v);
	verdict_text(&v, text);
	if (v.code == 0) {
		s->tally.messages++;
		s->tally.recipients += s->mail.count;
		s->tally.idle = s->tally.in_vain = s->tally.errors = 0;
	}
	lmtp_reply(s, text, v.code != 0);
}

/* Begins a message in the queue. True, or the client has been told. */
static bool
begin(struct session *s)
{
	if (outlet_begin(&s->outlet) == -1) {
		refuse(s, "data", buf_peek(&s->mail.sender),
		    "421 4.3.0 cannot start the queue program");
		session_over(s, "no queue program");
		return false;
	}
	if (put_received(s) == -1) {
		outlet_abort(&s->outlet);
		refuse(s, "data", buf_peek(&s->mail.sender),
		    "451 4.3.0 out of memory");
		return false;
	}
	reply(s, "354 go ahead");
	return true;
}

/* All of it is here: into the queue, or not. */
static void
conclude(struct session *s, const struct data *d)
{
	const char *why = objection(s, d);

	if (why == NULL) {
		commit(s);
		return;
	}
	outlet_abort(&s->outlet);
	lmtp_reply(s, why, true);
	if (d->faults != 0)
		session_over(s, "broken line ends or NUL");
}

void
message(struct session *s, struct span none)
{
	struct data d;

	(void)none;
	data_init(&d, s->local);
	if (begin(s)) {
		if (take_data(s, &d) == 1)
			conclude(s, &d);
		else
			outlet_abort(&s->outlet);
	}
	session_reset(s);
}
