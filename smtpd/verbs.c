/*
 * The command table of RFC 5321 section 4.1 and what has little to do: the
 * greetings, RSET, NOOP, HELP, VRFY, QUIT. MAIL, RCPT and DATA have their own
 * files. A new extension is a row here, and a line in the EHLO reply.
 */
#include "smtpd/verbs.h"

#include "smtpd/mail.h"
#include "smtpd/message.h"
#include "smtpd/rcpt.h"

/*
 * A script that greets nobody may send, too, as with other servers: RFC 5321
 * section 4.1.4 binds the client.
 */
enum { IN_MAIL = HAS_SENDER | HAS_RCPT, UNASKED = FRESH | GREETED };

/* What a verb wants behind it. */
enum wants { NOTHING, SOMETHING, ANYTHING };

/* Who has it. */
enum spoken { SMTP = 1, LMTP = 2, BOTH = 3 };

struct verb {
	const char *name;
	unsigned spoken;
	unsigned allowed;		/* enum state bits */
	const char *otherwise;
	enum wants wants;
	void (*does)(struct session *s, struct span argument);
};

/* ---- greetings ---- */

static void
greet_plainly(struct session *s, struct span name)
{
	session_reset(s);
	buf_reset(&s->helo);
	buf_span(&s->helo, name);
	s->state = GREETED;
	s->extended = false;
	out_str(&s->out, "250 ");
	out_span(&s->out, buf_peek(&s->set.greeting));
	out_str(&s->out, "\r\n");
}

static void
offer(struct session *s, struct span name)
{
	session_reset(s);
	buf_reset(&s->helo);
	buf_span(&s->helo, name);
	s->state = GREETED;
	s->extended = true;
	out_str(&s->out, "250-");
	out_span(&s->out, buf_peek(&s->set.greeting));
	out_str(&s->out, "\r\n250-PIPELINING\r\n250-SIZE ");
	out_num(&s->out, s->set.databytes);
	out_str(&s->out, "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"
	    "250 ENHANCEDSTATUSCODES\r\n");
}

/* A name is taken as it comes, if it is one word that a log line can hold. */
static bool
name_ok(struct session *s, struct span name)
{
	if (name.len <= SESSION_HELO_MAX)
		return true;
	protest(s, "501 5.5.4 that name is too long");
	return false;
}

static void
helo(struct session *s, struct span name)
{
	if (name_ok(s, name))
		greet_plainly(s, name);
}

static void
ehlo(struct session *s, struct span name)
{
	if (name_ok(s, name))
		offer(s, name);
}

/* ---- the rest ---- */

static void
rset(struct session *s, struct span none)
{
	(void)none;
	session_reset(s);
	reply(s, "250 2.0.0 flushed");
}

static void
noop(struct session *s, struct span any)
{
	(void)any;
	reply(s, "250 2.0.0 ok");
}

static void
help(struct session *s, struct span any)
{
	(void)any;
	reply(s, "214 2.0.0 postern, a mail system; this speaks RFC 5321");
}

/* Who exists is told at RCPT, to those who have mail for them. */
static void
vrfy(struct session *s, struct span any)
{
	(void)any;
	reply(s, "252 2.0.0 send some mail and see");
}

static void
quit(struct session *s, struct span none)
{
	(void)none;
	out_str(&s->out, "221 2.0.0 ");
	out_span(&s->out, s->set.host);
	out_str(&s->out, "\r\n");
	session_over(s, "quit");
}

static void
not_here(struct session *s, struct span any)
{
	(void)any;
	protest(s, "502 5.5.1 not offered here");
}

/*
 * What follows BDAT would be message text read as commands, and what comes
 * with the verbs of a web browser is no mail: both end the session.
 */
static void
not_mail(struct session *s, struct span any)
{
	(void)any;
	refuse(s, "command", SPAN(""), "502 5.5.1 not offered here");
	session_over(s, "not a mail client");
}

/* ---- the table ---- */

#define MAIL_FIRST "503 5.5.1 MAIL first"
#define RCPT_FIRST "503 5.5.1 RCPT first"

static const struct verb verbs[] = {
/* name       by    allowed when  otherwise   wants      does */
{ "HELO",     SMTP, ANY,          NULL,       SOMETHING, helo },
{ "EHLO",     SMTP, ANY,          NULL,       SOMETHING, ehlo },
{ "LHLO",     LMTP, ANY,          NULL,       SOMETHING, ehlo },
{ "MAIL",     SMTP, UNASKED,      NULL,       ANYTHING,  mail },
{ "MAIL",     LMTP, GREETED,      NULL,       ANYTHING,  mail },
{ "RCPT",     BOTH, IN_MAIL,      MAIL_FIRST, ANYTHING,  rcpt },
{ "DATA",     BOTH, HAS_RCPT,     RCPT_FIRST, NOTHING,   message },
{ "RSET",     BOTH, ANY,          NULL,       NOTHING,   rset },
{ "NOOP",     BOTH, ANY,          NULL,       ANYTHING,  noop },
{ "HELP",     BOTH, ANY,          NULL,       ANYTHING,  help },
{ "VRFY",     BOTH, ANY,          NULL,       SOMETHING, vrfy },
{ "QUIT",     BOTH, ANY,          NULL,       NOTHING,   quit },
{ "EXPN",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "ETRN",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "ATRN",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "TURN",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "SEND",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "SOML",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "SAML",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "AUTH",     BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "STARTTLS", BOTH, ANY,          NULL,       ANYTHING,  not_here },
{ "BDAT",     BOTH, ANY,          NULL,       ANYTHING,  not_mail },
{ "GET",      BOTH, ANY,          NULL,       ANYTHING,  not_mail },
{ "POST",     BOTH, ANY,          NULL,       ANYTHING,  not_mail },
{ "PUT",      BOTH, ANY,          NULL,       ANYTHING,  not_mail },
{ "HEAD",     BOTH, ANY,          NULL,       ANYTHING,  not_mail },
{ "CONNECT",  BOTH, ANY,          NULL,       ANYTHING,  not_mail },
{ "OPTIONS",  BOTH, ANY,          NULL,       ANYTHING,  not_mail },
};

static const struct verb *
find(struct span name, unsigned spoken)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if ((verbs[i].spoken & spoken) &&
		    span_case_is(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}

/* Why a verb may not come now. */
static const char *
too_early(const struct verb *v, const struct session *s)
{
	if (s->lmtp && s->state == FRESH)
		return "503 5.5.1 LHLO first";
	if (v->otherwise == NULL)
		return "503 5.5.1 a message is under way, RSET first";
	return s->state & UNASKED ? MAIL_FIRST : v->otherwise;
}

static bool
argument_ok(const struct verb *v, struct span argument)
{
	return v->wants == ANYTHING ||
	    (v->wants == NOTHING) == (argument.len == 0);
}

/* Verbs that do not bring a message forward, as probes are made of. */
static bool
moves_mail(const struct verb *v)
{
	return v->does == mail || v->does == rcpt || v->does == message;
}

void
verbs_run(struct session *s, struct span line)
{
	struct span argument = span_trim_end(line);
	struct span name = span_cut(&argument, ' ');
	const struct verb *v = find(name, s->lmtp ? LMTP : SMTP);

	argument = span_trim(argument);
	if (v == NULL || v->does != rcpt)
		rcpt_settle(s);
	if (s->over)
		return;
	if (v == NULL)
		protest(s, "500 5.5.1 no such command");
	else if (!(v->allowed & s->state))
		protest(s, too_early(v, s));
	else if (!argument_ok(v, argument))
		protest(s, v->wants == NOTHING ?
		    "501 5.5.4 nothing may follow this command" :
		    "501 5.5.4 something is missing behind this command");
	else
		v->does(s, argument);
	if (v == NULL || !moves_mail(v))
		s->tally.idle++;
}
