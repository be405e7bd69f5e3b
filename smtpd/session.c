/*
 * The course of a session: greeting, one command after another, the last
 * line in the log. Replies are gathered and leave when the client must be
 * waited for (RFC 2920 section 3.2).
 */
#include "smtpd/session.h"

#include <errno.h>
#include <string.h>

#include "lib/os/die.h"
#include "smtpd/rcpt.h"
#include "smtpd/verbs.h"

void
session_init(struct session *s, int in, int out)
{
	out_init(&s->out, out, SETTINGS_TIMEOUT_S * 1000);
	in_init(&s->in, in, &s->out);
	s->state = FRESH;
	buf_init(&s->helo, SESSION_HELO_MAX);
	buf_init(&s->mail.sender, QUEUE_ADDRESS_MAX);
	buf_init(&s->mail.envid, QUEUE_ENVID_MAX);
	buf_init(&s->mail.rcpts, SESSION_RCPTS_ROOM);
	buf_init(&s->mail.asked, SESSION_RCPTS_ROOM);
	exists_init(&s->door);
	peer_find(&s->peer, in);
}

int
session_load(struct session *s)
{
	const char *bad = settings_load(&s->set);

	if (bad == NULL) {
		s->out.stall_ms = (int64_t)s->set.timeout_ms;
		in_timed(&s->in, s->out.stall_ms);
		return 0;
	}
	if (errno != 0)
		warn_errno("%s: cannot read %s", s->peer.ip, bad);
	else
		warn_plain("%s: missing or malformed: %s", s->peer.ip, bad);
	reply(s, "421 4.3.5 cannot read the configuration");
	out_flush(&s->out);
	return -1;
}

void
session_greet(struct session *s)
{
	out_str(&s->out, "220 ");
	out_span(&s->out, buf_peek(&s->set.greeting));
	out_str(&s->out, s->lmtp ? " LMTP\r\n" : " ESMTP\r\n");
}

void
session_reset(struct session *s)
{
	buf_reset(&s->mail.sender);
	buf_reset(&s->mail.envid);
	buf_reset(&s->mail.rcpts);
	buf_reset(&s->mail.asked);
	s->mail.flags = 0;
	s->mail.bad_sender = false;
	s->mail.count = s->mail.asked_count = 0;
	if (s->state != FRESH)
		s->state = GREETED;
}

void
session_over(struct session *s, const char *why)
{
	if (!s->over)
		s->why_over = why;
	s->over = true;
}

void
reply(struct session *s, const char *text)
{
	out_str(&s->out, text);
	out_str(&s->out, "\r\n");
}

/* Printable ASCII as it is; the rest as "?". At most size - 1 bytes. */
static void
escape(struct span from, char *room, size_t size)
{
	size_t n = 0;

	for (; n < from.len && n < size - 1; n++) {
		char c = from.p[n];

		room[n] = c > ' ' && c < 127 ? c : '?';
	}
	room[n] = '\0';
}

void
refuse(struct session *s, const char *what, struct span subject,
    const char *text)
{
	char shown[256];

	s->tally.refused++;
	escape(subject, shown, sizeof shown);
	if (subject.len > 0 || strcmp(what, "rcpt") == 0 ||
	    strcmp(what, "mail") == 0)
		note_plain("%s refused %s <%s>: %s", s->peer.ip, what, shown,
		    text);
	else
		note_plain("%s refused %s: %s", s->peer.ip, what, text);
	reply(s, text);
	s->tally.in_vain++;
}

void
hang_up(struct session *s, const char *text)
{
	reply(s, text);
	session_over(s, text);
}

void
protest(struct session *s, const char *text)
{
	reply(s, text);
	if (++s->tally.errors >= SESSION_ERRORS_MAX)
		hang_up(s, "421 4.7.0 too many errors");
}

/* Is a whole line in the buffer already? */
static bool
line_waits(const struct in *in)
{
	return in_pending(in) &&
	    memchr(in->bytes + in->at, '\n', in->len - in->at) != NULL;
}

/* What in_line had to say when it had no line for us. */
static void
no_line(struct session *s, int r)
{
	if (r == 0)
		session_over(s, "client closed the connection");
	else if (errno == EMSGSIZE)
		protest(s, "500 5.5.2 line too long");
	else if (errno == EPROTO)
		/* What stands behind it must not pass for a command. */
		hang_up(s, "500 5.5.2 lines end with CR LF");
	else if (errno == ETIMEDOUT)
		hang_up(s, "421 4.4.2 timeout");
	else
		session_over(s, "connection lost");
}

int
session_step(struct session *s)
{
	struct span line;
	int r;

	if (!line_waits(&s->in))
		rcpt_settle(s);
	if (!s->over) {
		r = in_line(&s->in, &line, SESSION_LINE_MAX,
		    s->local ? IN_LF_OK : IN_CRLF,
		    deadline_in_ms((int64_t)s->set.timeout_ms));
		if (r == 1) {
			verbs_run(s, line);
		} else {
			rcpt_settle(s);
			no_line(s, r);
		}
	}
	if ((s->tally.idle > SESSION_IDLE_MAX ||
	    s->tally.in_vain > SESSION_REFUSED_MAX) && !s->over)
		hang_up(s, "421 4.7.0 too many commands");
	return !s->over;
}

int
session_end(struct session *s)
{
	bool gone = out_flush(&s->out) == -1;
	const struct tally *t = &s->tally;

	if (gone)
		s->why_over = "connection lost";
	note_plain("%s end messages %lu recipients %lu refused %lu errors %u: %s",
	    s->peer.ip, t->messages, t->recipients, t->refused, t->errors,
	    s->why_over);
	outlet_close(&s->outlet);
	return gone ? 1 : 0;
}
