/*
 * RCPT decides in qmail's order: is the sender unwanted, may this client send
 * there at all, and then, through the users door, does the address exist. A
 * client that pipelines gets all its look-ups under way before the first
 * answer is waited for; replies keep the order of the commands.
 */
#include "smtpd/rcpt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/mail/dsn.h"
#include "lib/mail/path.h"
#include "lib/net/ip.h"
#include "smtpd/params.h"
#include "smtpd/policy.h"

enum {
	REPLY_MAX = 512,	/* RFC 5321 section 4.5.3.1.5 */
	RECORDS_MAX = 2048,	/* one recipient's, with NOTIFY and ORCPT */
};

/* A recipient whose name, and nothing else, is in doubt. */
struct candidate {
	struct path path;
	struct buf address;	/* as it goes into the queue */
	struct buf orcpt;
	unsigned notify;
};

static void
take_recipient(struct session *s, const struct queue_recipient *r)
{
	struct transaction *t = &s->mail;

	queue_recipient_write(&t->rcpts, r);
	if (t->rcpts.err != 0) {
		refuse(s, "rcpt", r->address, "452 4.5.3 too many recipients");
		session_over(s, "out of memory");
		return;
	}
	t->count++;
	s->state = HAS_RCPT;
	reply(s, "250 2.1.5 ok");
}

/* ---- answers of the users door ---- */

static void
say_no(struct session *s, struct span address,
    const struct exists_answer *a)
{
	bool gone = a->verdict == EXISTS_NO;
	char text[REPLY_MAX];

	snprintf(text, sizeof text, "%s %s %s", gone ? "550" : "451",
	    a->code[0] == (gone ? '5' : '4') ? a->code :
	    gone ? "5.1.1" : "4.3.0",
	    a->text[0] != '\0' ? a->text : "no such recipient");
	refuse(s, "rcpt", address, text);
	if (gone && s->set.unknown_max > 0 &&
	    ++s->tally.unknown > s->set.unknown_max &&
	    s->tally.unknown > s->tally.recipients + s->mail.count)
		hang_up(s, "421 4.7.0 too many unknown recipients");
}

static void
answer(struct session *s, const struct queue_recipient *r,
    const struct exists_answer *a)
{
	if (s->over)
		return;
	if (a->verdict == EXISTS_YES)
		take_recipient(s, r);
	else
		say_no(s, r->address, a);
}

void
rcpt_settle(struct session *s)
{
	struct exists_answer answers[EXISTS_ASKED_MAX];
	struct transaction *t = &s->mail;
	struct span records;
	size_t base = 0, count = t->asked_count;

	if (count == 0)
		return;
	t->asked_count = 0;
	exists_collect(&s->door, count, answers);
	records = buf_peek(&t->asked);
	for (size_t i = 0; i < count; i++) {
		struct queue_recipient r;

		if (queue_recipient_take(&records, &base, &r) != 1) {
			refuse(s, "rcpt", SPAN(""), "451 4.3.0 out of memory");
			continue;
		}
		exists_remember(&s->door, r.address, &answers[i]);
		answer(s, &r, &answers[i]);
	}
	buf_reset(&t->asked);
}

/* ---- the command ---- */

static bool
take_to(struct span *in)
{
	if (!span_case_starts(*in, SPAN("TO:")))
		return false;
	*in = span_trim(span_tail(*in, 3));
	return true;
}

/* box@[our own address] is box@localiphost. */
static bool
our_literal(const struct session *s, struct span domain)
{
	struct ip ip;

	return domain.len > 0 && domain.p[0] == '[' &&
	    ip_literal_parse(domain, &ip) && s->peer.local.family != 0 &&
	    ip_eq(&ip, &s->peer.local);
}

static void
build_address(const struct session *s, struct candidate *c)
{
	buf_span(&c->address, path_local(&c->path));
	if (c->path.has_domain) {
		buf_char(&c->address, '@');
		if (our_literal(s, path_domain(&c->path)))
			buf_span(&c->address, buf_peek(&s->set.localiphost));
		else
			buf_span(&c->address, path_domain(&c->path));
	}
}

/* The syntax. NULL, or the reply. */
static const char *
parse(const struct session *s, struct span argument, struct candidate *c)
{
	struct rcpt_params params = { .orcpt = &c->orcpt };
	const char *bad;

	if (!take_to(&argument))
		return "501 5.5.4 RCPT TO:<address>";
	switch (path_take_loose(&argument, &c->path)) {
	case PATH_OK:
		break;
	case PATH_LONG:
		return "501 5.1.3 address too long";
	case PATH_NOT_UTF8:
		return "501 5.1.3 address is not UTF-8";
	default:
		return "501 5.1.3 malformed address";
	}
	if (c->path.len == 0)
		return "501 5.1.3 a recipient is needed";
	if ((bad = rcpt_params_parse(argument, &params)) != NULL)
		return bad;
	c->notify = params.notify;
	build_address(s, c);
	return NULL;
}

/* Everything but existence. NULL, or the reply. */
static const char *
judge(struct session *s, const struct candidate *c)
{
	if (c->path.utf8 && !(s->mail.flags & QUEUE_SMTPUTF8))
		return "553 5.6.7 that address needs SMTPUTF8";
	if (s->mail.bad_sender)
		return "553 5.7.1 your envelope sender is unwanted here";
	switch (policy_recipient(&s->set, buf_peek(&c->address))) {
	case 1:
		break;
	case 0:
		return "553 5.7.1 that domain is not in my list of "
		    "allowed rcpthosts";
	default:
		return "451 4.3.0 cannot read my list of domains";
	}
	if (s->mail.count + s->mail.asked_count >= s->set.recipients_max ||
	    s->mail.rcpts.len + s->mail.asked.len >
	    SESSION_RCPTS_ROOM - RECORDS_MAX)
		return "452 4.5.3 too many recipients";
	return NULL;
}

/*
 * Puts the question, or answers from memory. The users door is not for users
 * themselves: what they send is found out at delivery, as with sendmail.
 */
static void
look_up(struct session *s, const struct candidate *c)
{
	struct queue_recipient r = {
		.address = buf_peek(&c->address),
		.notify = c->notify,
		.orcpt = buf_peek(&c->orcpt),
	};
	struct exists_answer a;

	if (s->local) {
		take_recipient(s, &r);
		return;
	}
	if (exists_known(&s->door, r.address, &a)) {
		rcpt_settle(s);
		answer(s, &r, &a);
		return;
	}
	queue_recipient_write(&s->mail.asked, &r);
	exists_ask(&s->door, r.address);
	if (++s->mail.asked_count == EXISTS_ASKED_MAX)
		rcpt_settle(s);
}

/* Does it still fit, with what was added here? NULL, or the reply. */
static const char *
measure(const struct candidate *c)
{
	if (c->address.err == EMSGSIZE)
		return "553 5.1.3 address too long";
	return c->address.err != 0 || c->orcpt.err != 0 ?
	    "451 4.3.0 out of memory" : NULL;
}

static void
consider(struct session *s, struct span argument, struct candidate *c)
{
	const char *bad = parse(s, argument, c);
	bool nonsense = bad != NULL && bad[0] == '5';

	if (bad == NULL) {
		buf_span(&c->address, s->set.relay_suffix);
		bad = measure(c);
	}
	if (bad == NULL)
		bad = judge(s, c);
	if (bad == NULL) {
		look_up(s, c);
		return;
	}
	rcpt_settle(s);
	if (s->over)
		return;
	if (nonsense)
		protest(s, bad);
	else
		refuse(s, "rcpt", buf_peek(&c->address), bad);
}

void
rcpt(struct session *s, struct span argument)
{
	struct candidate c = { .notify = 0 };

	buf_init(&c.address, QUEUE_ADDRESS_MAX);
	buf_init(&c.orcpt, QUEUE_ORCPT_MAX);
	consider(s, argument, &c);
	buf_free(&c.address);
	buf_free(&c.orcpt);
}
