/*
 * MAIL begins a message. Its sender may be anybody: whom a stranger claims to
 * be decides nothing here, but for badmailfrom, which is told at RCPT as in
 * qmail, so that the log names the recipient too.
 */
#include "smtpd/mail.h"

#include "lib/mail/path.h"
#include "smtpd/params.h"
#include "smtpd/policy.h"

/* "FROM:", case aside, and blanks that many clients put behind it. */
static bool
take_from(struct span *in)
{
	if (!span_case_starts(*in, SPAN("FROM:")))
		return false;
	*in = span_trim(span_tail(*in, 5));
	return true;
}

static const char *
path_trouble(enum path_result r)
{
	switch (r) {
	case PATH_LONG:
		return "501 5.1.7 address too long";
	case PATH_NOT_UTF8:
		return "501 5.1.7 address is not UTF-8";
	default:
		return "501 5.1.7 malformed address";
	}
}

/* What speaks against a sender that is well said. NULL, or the reply. */
static const char *
objection(const struct session *s, const struct path *path,
    const struct mail_params *params)
{
	if (path->utf8 && !(params->flags & QUEUE_SMTPUTF8))
		return "553 5.6.7 that address needs SMTPUTF8";
	if (s->set.databytes > 0 && params->size > s->set.databytes)
		return "552 5.3.4 message too large";
	if (s->mail.sender.err != 0)
		return "451 4.3.0 out of memory";
	return NULL;
}

static void
begin(struct session *s, const struct path *path, struct span rest)
{
	struct mail_params params = { .envid = &s->mail.envid };
	struct span address = path_address(path);
	const char *bad = mail_params_parse(rest, &params);

	if (bad != NULL && bad[1] == '0') {
		protest(s, bad);
		return;
	}
	buf_span(&s->mail.sender, address);
	if (bad == NULL)
		bad = objection(s, path, &params);
	if (bad != NULL) {
		refuse(s, "mail", address, bad);
		return;
	}
	s->mail.flags = params.flags;
	s->mail.bad_sender = policy_bad_sender(&s->set, address);
	s->state = HAS_SENDER;
	outlet_prepare(&s->outlet);
	reply(s, "250 2.1.0 ok");
}

void
mail(struct session *s, struct span argument)
{
	struct path path;
	enum path_result r;

	session_reset(s);
	if (!take_from(&argument))
		protest(s, "501 5.5.4 MAIL FROM:<address>");
	else if ((r = path_take_loose(&argument, &path)) != PATH_OK)
		protest(s, path_trouble(r));
	else
		begin(s, &path, argument);
}
