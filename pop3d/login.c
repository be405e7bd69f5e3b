/*
 * The commands before the login. A table says which; each handler writes its
 * whole reply. PASS and AUTH end in ask(), which returns only with a no.
 */
#include "pop3d/login.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/mail/encode.h"
#include "lib/os/fdpass.h"
#include "lib/sasl/sasl.h"
#include "lib/wire/auth.h"
#include "lib/wire/packet.h"
#include "pop3d/both.h"

struct session {
	const struct login_settings *set;
	struct in in;
	struct out out;
	char user[AUTH_USER_MAX + 1];	/* of USER; empty: none yet */
	bool tls, utf8, over;
	unsigned failures, errors;
	char room[AUTH_PACKET_MAX];	/* the parent's last answer */
};

/* ---- replies ---- */

static void
say(struct session *s, const char *text)
{
	out_str(&s->out, text);
	out_str(&s->out, "\r\n");
}

static void
refuse(struct session *s, const char *text)
{
	say(s, text);
	if (++s->errors >= LOGIN_ERRORS_MAX)
		s->over = true;
}

static bool
plain_ok(const struct session *s)
{
	return s->tls || s->set->plain_ok;
}

static unsigned
mechanisms(const struct session *s)
{
	return sasl_offered(s->set->mechanisms, plain_ok(s));
}

/* ---- the parent ---- */

/* The answer to b, and to the pending bytes when there are some. */
static struct auth_answer
ask(struct session *s, struct buf *b, bool with_pending)
{
	struct auth_answer a = { .type = AUTH_LATER };
	struct span pending = { s->in.bytes + s->in.at,
		s->in.len - s->in.at };
	struct buf raw;
	struct span packet;
	int r;

	if (out_flush(&s->out) == -1 ||
	    fdpass_send(s->set->parent, b, NULL, 0) == -1)
		_exit(111);
	if (with_pending && pending.len > 0) {
		buf_init(&raw, IN_SIZE);
		buf_span(&raw, pending);
		if (fdpass_send(s->set->parent, &raw, NULL, 0) == -1)
			_exit(111);
		buf_free(&raw);
	}
	r = fdpass_recv(s->set->parent, s->room, sizeof s->room, &packet,
	    NULL, 0);
	if (r == 0)
		_exit(0);		/* the parent is the server now */
	if (r == -1 || auth_take_answer(packet, &a) != PARSE_OK)
		_exit(111);
	return a;
}

/* What every question ends with that may make the parent the server. */
static void
put_state(const struct session *s, struct buf *b)
{
	packet_num(b, s->tls);
	packet_num(b, s->utf8);
	packet_num(b, s->in.len - s->in.at);
}

static void
say_no(struct session *s, const struct auth_answer *a)
{
	if (a->type == AUTH_NO)
		say(s, "-ERR [AUTH] wrong name or password");
	else
		say(s, "-ERR [SYS/TEMP] cannot check passwords now");
	if (++s->failures >= LOGIN_FAILURES_MAX)
		s->over = true;
}

static void
ask_password(struct session *s, struct span user, struct span password)
{
	struct auth_answer a = { .type = AUTH_NO };
	struct buf b;

	buf_init(&b, LOGIN_PACKET_MAX);
	packet_start(&b, LOGIN_PASSWORD);
	packet_str(&b, user);
	packet_str(&b, password);
	put_state(s, &b);
	if (b.err == 0 && user.len <= AUTH_USER_MAX &&
	    password.len <= AUTH_PASSWORD_MAX)
		a = ask(s, &b, true);
	buf_free(&b);
	say_no(s, &a);
}

/* LOGIN_VOUCHED, LOGIN_GO */
static void
ask_entry(struct session *s, char type)
{
	struct auth_answer a;
	struct buf b;

	buf_init(&b, LOGIN_PACKET_MAX);
	packet_start(&b, type);
	put_state(s, &b);
	a = ask(s, &b, true);
	buf_free(&b);
	say_no(s, &a);
}

static struct auth_answer
ask_scram(struct session *s, bool first, struct span message)
{
	struct auth_answer a;
	struct buf b;

	buf_init(&b, LOGIN_PACKET_MAX);
	packet_start(&b, first ? LOGIN_SCRAM : LOGIN_PROOF);
	packet_str(&b, message);
	a = ask(s, &b, false);
	buf_free(&b);
	return a;
}

/* ---- commands ---- */

static void
user(struct session *s, struct span args)
{
	s->user[0] = '\0';
	if (!plain_ok(s))
		refuse(s, "-ERR not without encryption");
	else if (args.len == 0 ||
	    span_to_cstr(args, s->user, sizeof s->user) == -1)
		refuse(s, "-ERR what name?");
	else
		say(s, "+OK");
}

/* The whole rest of the line is the password, blanks and all. */
static void
pass(struct session *s, struct span args)
{
	struct span name = span_str(s->user);

	if (name.len == 0) {
		refuse(s, "-ERR USER first");
		return;
	}
	if (span_find(args, '\0') < args.len) {
		refuse(s, "-ERR [AUTH] no password");
		return;
	}
	ask_password(s, name, args);
	s->user[0] = '\0';
}

static void
challenge(struct session *s, struct span text)
{
	struct buf b;

	buf_init(&b, SASL_LINE_MAX);
	base64_encode(&b, text);
	out_str(&s->out, "+ ");
	out_span(&s->out, buf_peek(&b));
	out_str(&s->out, "\r\n");
	buf_free(&b);
}

/* A response to a challenge. false: the client is gone. */
static bool
read_response(struct session *s, struct span *line)
{
	int r = in_line(&s->in, line, SASL_LINE_MAX + 2, IN_LF_OK,
	    s->set->until);

	if (r == 1)
		return true;
	if (r == -1 && (errno == EMSGSIZE || errno == EPROTO)) {
		*line = SPAN("!");	/* never base64 */
		return true;
	}
	s->over = true;
	return false;
}

/* Hands a message on to the door. What comes of it. */
static enum sasl_next
relay(struct session *s, struct sasl *sasl, bool *first)
{
	struct auth_answer a = ask_scram(s, *first, buf_peek(&sasl->out));
	bool was_first = *first;

	*first = false;
	if (a.type == AUTH_CHALLENGE)
		return sasl_relayed(sasl, a.text, !was_first);
	say_no(s, &a);
	return SASL_CANCELLED;
}

static void
finish(struct session *s, struct sasl *sasl, enum sasl_next next)
{
	struct span act_as = buf_peek(&sasl->act_as);
	struct span name = buf_peek(&sasl->user);

	switch (next) {
	case SASL_PASSWORD:
		if (act_as.len > 0 && !span_case_eq(act_as, name))
			refuse(s, "-ERR [AUTH] nobody acts for others here");
		else
			ask_password(s, name, buf_peek(&sasl->password));
		break;
	case SASL_VOUCHED:
		ask_entry(s, LOGIN_VOUCHED);
		break;
	case SASL_DONE:
		ask_entry(s, LOGIN_GO);
		break;
	default:
		refuse(s, "-ERR authentication malformed");
	}
}

static void
exchange(struct session *s, struct sasl *sasl, const struct span *initial)
{
	enum sasl_next next = sasl_begin(sasl, initial);
	struct span line;
	bool first = true;

	while (next == SASL_CHALLENGE || next == SASL_RELAY) {
		if (next == SASL_RELAY) {
			next = relay(s, sasl, &first);
			if (next == SASL_CANCELLED)
				return;		/* said so already */
			continue;
		}
		challenge(s, buf_peek(&sasl->out));
		if (!read_response(s, &line))
			return;
		next = sasl_line(sasl, line);
	}
	if (next == SASL_CANCELLED)
		refuse(s, "-ERR cancelled");
	else
		finish(s, sasl, next);
}

static void
list_mechanisms(struct session *s)
{
	struct buf b;
	struct span all;

	buf_init(&b, 256);
	sasl_names(&b, mechanisms(s));
	say(s, "+OK");
	for (all = span_tail(buf_peek(&b), 1); all.len > 0;) {
		out_span(&s->out, span_cut(&all, ' '));
		say(s, "");
	}
	say(s, ".");
	buf_free(&b);
}

/* RFC 5034: AUTH mechanism [initial response] */
static void
auth(struct session *s, struct span args)
{
	struct span name = span_cut(&args, ' ');
	unsigned m = sasl_by_name(name);
	struct sasl sasl;

	if (name.len == 0) {
		list_mechanisms(s);
		return;
	}
	if ((m & s->set->mechanisms) == 0) {
		refuse(s, "-ERR no such mechanism");
		return;
	}
	if ((m & mechanisms(s)) == 0) {
		refuse(s, "-ERR not without encryption");
		return;
	}
	sasl_init(&sasl, (enum sasl_mechanism)m, s->set->vouched);
	exchange(s, &sasl, args.len > 0 ? &args : NULL);
	sasl_free(&sasl);
}

static bool
tls_offered(const struct session *s)
{
	return !s->tls && s->set->tls_ctl != -1;
}

static void
capa(struct session *s, struct span args)
{
	struct capa c = {
		.user = plain_ok(s),
		.stls = tls_offered(s),
		.login_delay = s->set->login_delay,
		.expire_days = s->set->expire_days,
	};
	struct buf names;

	(void)args;
	buf_init(&names, 256);
	sasl_names(&names, mechanisms(s));
	c.sasl = buf_cstr(&names);
	capa_answer(&s->out, &c);
	buf_free(&names);
}

/*
 * RFC 2595 section 4, by UCSPI-TLS. Whatever came in the clear behind the
 * command is thrown away: it may be another's.
 */
static void
stls(struct session *s, struct span args)
{
	if (args.len > 0 || !tls_offered(s)) {
		refuse(s, s->tls ? "-ERR encrypted already" : "-ERR no TLS here");
		return;
	}
	if (s->utf8) {
		refuse(s, "-ERR not after UTF8");
		return;
	}
	say(s, "+OK begin TLS");
	if (out_flush(&s->out) == -1 ||
	    write_all(s->set->tls_ctl, "y", 1) == -1)
		_exit(111);
	in_init(&s->in, s->set->tls_read, &s->out);
	out_init(&s->out, s->set->tls_write, LOGIN_STALL_MS);
	s->tls = true;
	s->user[0] = '\0';
}

/* RFC 6856 section 2.1 */
static void
utf8(struct session *s, struct span args)
{
	if (args.len > 0) {
		refuse(s, "-ERR UTF8 takes no argument");
		return;
	}
	s->utf8 = true;
	say(s, "+OK");
}

static void
lang(struct session *s, struct span args)
{
	if (!lang_answer(&s->out, args))
		refuse(s, "-ERR only English is spoken here");
}

static void
quit(struct session *s, struct span args)
{
	(void)args;
	say(s, "+OK");
	s->over = true;
}

static const struct verb verbs[] = {
	{ "USER", user },
	{ "PASS", pass },
	{ "AUTH", auth },
	{ "CAPA", capa },
	{ "STLS", stls },
	{ "UTF8", utf8 },
	{ "LANG", lang },
	{ "QUIT", quit },
};

static void
run(struct session *s, struct span line)
{
	const struct verb *v = verb_find(verbs,
	    sizeof verbs / sizeof verbs[0], span_cut(&line, ' '));

	if (v != NULL)
		v->run(s, line);
	else
		refuse(s, "-ERR unknown command, or not before the login");
}

static void
step(struct session *s)
{
	struct span line;
	int r = in_line(&s->in, &line, LOGIN_LINE_MAX, IN_LF_OK,
	    s->set->until);

	if (r == 1)
		run(s, line);
	else if (r == -1 && (errno == EMSGSIZE || errno == EPROTO))
		refuse(s, "-ERR bad line");
	else
		s->over = true;
	if (s->out.err != 0)
		s->over = true;
}

int
login_run(const struct login_settings *settings)
{
	static struct session s;

	s.set = settings;
	s.tls = settings->tls;
	out_init(&s.out, 1, LOGIN_STALL_MS);
	in_init(&s.in, 0, &s.out);
	say(&s, "+OK POP3 ready");
	while (!s.over)
		step(&s);
	return out_flush(&s.out) == -1 ? 1 : 0;
}
