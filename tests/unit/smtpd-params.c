/* What the parameters of MAIL and RCPT that are wrong have for a reply. */
#include "smtpd/params.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "queue/format.h"
#include "tests/tap.h"

/* err: what has happened to the room that the caller gave. */
static bool
mail_gets(const char *code, const char *text, int err)
{
	struct mail_params p = { .flags = 0 };
	struct buf envid;
	const char *bad;

	buf_init(&envid, QUEUE_ENVID_MAX);
	envid.err = err;
	p.envid = &envid;
	bad = mail_params_parse(span_str(text), &p);
	buf_free(&envid);
	return bad == NULL ? code == NULL :
	    code != NULL && strncmp(bad, code, 3) == 0;
}

static bool
rcpt_gets(const char *code, const char *text, int err)
{
	struct rcpt_params p = { .notify = 0 };
	struct buf orcpt;
	const char *bad;

	buf_init(&orcpt, QUEUE_ORCPT_MAX);
	orcpt.err = err;
	p.orcpt = &orcpt;
	bad = rcpt_params_parse(span_str(text), &p);
	buf_free(&orcpt);
	return bad == NULL ? code == NULL :
	    code != NULL && strncmp(bad, code, 3) == 0;
}

int
main(void)
{
	char envid[300], orcpt[1200];

	snprintf(envid, sizeof envid, " ENVID=%0*d", QUEUE_ENVID_MAX + 1, 0);
	snprintf(orcpt, sizeof orcpt, " ORCPT=rfc822;%0*d",
	    QUEUE_ORCPT_MAX + 1, 0);
	ok(mail_gets(NULL, " ENVID=a+2Bb", 0), "an ENVID");
	ok(mail_gets("501", " ENVID=a+b", 0), "no xtext");
	ok(mail_gets("501", envid, 0), "one that is too long");
	ok(mail_gets("451", " ENVID=a", ENOMEM), "no memory is for now");
	ok(rcpt_gets(NULL, " ORCPT=rfc822;a@b.example", 0), "an ORCPT");
	ok(rcpt_gets("501", " ORCPT=rfc822", 0), "no address in it");
	ok(rcpt_gets("501", orcpt, 0), "one that is too long");
	ok(rcpt_gets("451", " ORCPT=rfc822;a@b.example", ENOMEM),
	    "no memory is for now");
	return tap_done();
}
