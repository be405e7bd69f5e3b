/*
 * postern-sendmail - the programs sendmail, mailq and newaliases
 *
 * runs as    whoever calls it
 * hears      its caller: a message on descriptor 0, arguments, environment
 * reads      control files, /etc/passwd; the queue, to list it
 * starts     postern-queue, or what $POSTERNQUEUE or $QMAILQUEUE name;
 *            becomes postern-smtpd for -bs
 * asks       the users door, for -bv
 * exits      0 queued; otherwise as sysexits.h: 64 usage, 65 message or
 *            address, 67 unknown (-bv), 69 refused, 70 71 73 74 trouble on our
 *            side, 77 not permitted. With QMAILEXIT=qmail 100 and 111 instead
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/mail/dsn.h"
#include "lib/os/die.h"
#include "lib/os/order.h"
#include "lib/os/paths.h"
#include "queue/frontend.h"
#include "queue/mailq.h"
#include "queue/submit.h"
#include "queue/verify.h"

enum { QMAIL_BAD = 100, QMAIL_TROUBLE = 111 };

/* How qmail's programs would say it, for callers that want it so. */
static int
exit_code(int code)
{
	const char *style = getenv("QMAILEXIT");

	if (style == NULL || strcmp(style, "qmail") != 0)
		return code;
	switch (code) {
	case EX_USAGE:
	case EX_DATAERR:
	case EX_NOUSER:
	case EX_UNAVAILABLE:
		return QMAIL_BAD;
	default:
		return QMAIL_TROUBLE;
	}
}

/*
 * What the injector said. Not queued is never 75: some callers take that for
 * success, and for others it means "queued, not yet sent".
 */
static int
verdict_code(const struct injector_verdict *v)
{
	if (v->text[0] == 'D')
		return v->code == 11 ? EX_DATAERR : EX_UNAVAILABLE;
	if (v->code >= 61 && v->code <= 66)
		return EX_CANTCREAT;
	if (v->code == 52 || v->code == 53 || v->code == 54)
		return EX_IOERR;
	return v->code == 81 || v->code == 91 ? EX_SOFTWARE : EX_OSERR;
}

/* Ends the program unless r is SUBMIT_OK. */
static void
need(const struct submission *s, enum submit_result r)
{
	if (r != SUBMIT_OK)
		diex(exit_code(r == SUBMIT_BAD ? EX_DATAERR : EX_OSERR), "%s",
		    s->why);
}

/* Without control characters, which no address or name may bring along. */
static struct span
harmless(char *text)
{
	size_t kept = 0;

	for (size_t i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] >= ' ' && text[i] != 127)
			text[kept++] = text[i];
	text[kept] = '\0';
	return span_trim((struct span){ text, kept });
}

/* Is text a list of addresses? Then all of them are recipients. */
static bool
add_list(struct submission *s, struct span text)
{
	struct buf found;
	struct address_list l;
	struct address a;
	struct span all;
	int r;

	buf_init(&found, COMPOSE_RECIPIENTS_MAX);
	address_list_init(&l, text);
	while ((r = address_next(&l, &a)) == 1)
		if (a.kind == ADDRESS_MAILBOX && a.whole.len > 0) {
			buf_span(&found, a.whole);
			buf_char(&found, '\0');
		}
	address_list_free(&l);
	if (r == -1 || buf_get(&found, &all) == -1 || all.len == 0) {
		buf_free(&found);
		return false;
	}
	while (all.len > 0)
		submission_add(s, span_cut(&all, '\0'));
	buf_free(&found);
	return true;
}

/* "a@b", "<a@b>", "Name <a@b>"; "" and "<>" are the null sender. */
static void
set_sender(struct submission *s, struct span text)
{
	struct address_list l;
	struct address a;

	address_list_init(&l, text);
	if (!span_is(text, "#@[]") && address_next(&l, &a) == 1 &&
	    a.kind == ADDRESS_MAILBOX && l.rest.len == 0)
		text = a.whole;
	submission_set_sender(s, text);
	if (text.len > 0) {
		buf_reset(&s->from_address);
		address_complete(&s->from_address, text, &s->how.hosts);
		s->how.from = buf_peek(&s->from_address);
	}
	address_list_free(&l);
}

static void
settle(struct submission *s, const struct frontend *f)
{
	const char *letters = getenv("QMAILINJECT");

	if (letters != NULL)
		submission_letters(s, letters);
	if (f->name != NULL)
		s->how.name = harmless((char *)f->name);
	if (f->sender != NULL)
		set_sender(s, harmless((char *)f->sender));
	s->want_full_name = f->name == NULL;
	s->verp_any = f->verp;
	s->notify = f->notify;
	s->sender.flags = f->flags;
	if (f->envid != NULL)
		s->sender.envid = span_str(f->envid);
	s->add_header_recipients = f->header_recipients;
	for (char **r = f->recipients; *r != NULL; r++) {
		struct span text = harmless(*r);

		if (!add_list(s, text))
			submission_add(s, text);
	}
}

static int
deliver(const struct frontend *f)
{
	static struct submission s;
	struct injector_verdict v;
	unsigned how = READER_LINES;

	if (!f->header_recipients && *f->recipients == NULL)
		diex(exit_code(EX_USAGE), "no recipients: name them, or use "
		    "-t to take them from the message");
	if (!f->ignore_dots && isatty(0))
		how |= READER_DOT;
	submission_init(&s, how);
	need(&s, submission_load(&s));
	settle(&s, f);
	need(&s, submission_read(&s));
	if (s.recipients.len == 0)
		diex(exit_code(EX_USAGE), "no recipients in the message");
	need(&s, submission_queue(&s, &v));
	if (v.code != 0)
		diex(exit_code(verdict_code(&v)), "%s", v.text + 1);
	return 0;
}

/* Becomes another of our programs, with one argument. */
static _Noreturn void
become(const char *name, const char *argument)
{
	char *args[] = { (char *)name, (char *)argument, NULL };
	const char *program;
	struct buf b;

	buf_init(&b, 4096);
	buf_fmt(&b, "%s/%s", path_bin(), name);
	program = buf_cstr(&b);
	if (program != NULL)
		execv(program, args);
	die(exit_code(EX_OSERR), "cannot run %s", name);
}

/* An SMTP server for one caller, who is trusted as far as its uid. */
static _Noreturn void
serve(void)
{
	static const char *const set[][2] = {
		{ "PROTO", "TCP" }, { "TCPREMOTEIP", "127.0.0.1" },
		{ "TCPREMOTEHOST", "localhost" }, { "TCPLOCALIP", "127.0.0.1" },
		{ "TCPREMOTEINFO", "sendmail-bs" },
	};

	for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
		if (setenv(set[i][0], set[i][1], 1) == -1)
			die(exit_code(EX_OSERR), "environment");
	if (setenv("RELAYCLIENT", "", 0) == -1)
		die(exit_code(EX_OSERR), "environment");
	become("postern-smtpd", "-b");
}

/* Would mail to these addresses be delivered? Nothing is sent. */
static int
check(const struct frontend *f)
{
	static struct submission s;
	static struct out out;

	if (*f->recipients == NULL)
		diex(exit_code(EX_USAGE), "no recipients");
	submission_init(&s, 0);
	need(&s, submission_load(&s));
	settle(&s, f);
	out_init(&out, 1, -1);
	switch (verify(buf_peek(&s.recipients), &out)) {
	case VERIFY_YES:
		return 0;
	case VERIFY_NO:
		return exit_code(EX_NOUSER);
	case VERIFY_LATER:
		return exit_code(EX_TEMPFAIL);
	case VERIFY_TROUBLE:
		break;
	}
	if (errno == EACCES || errno == EPERM)
		die(exit_code(EX_NOPERM), "only root may ask who has an "
		    "address");
	die(exit_code(EX_OSERR), "cannot ask who has an address");
}

/*
 * Who may not see all messages sees his own, and hears how many others there
 * are, so that no monitoring program takes a full queue for an empty one.
 */
static int
list_own(struct out *out, bool json)
{
	unsigned long long others;
	uint64_t own, all;

	if (mailq_own(out, json, &own, &all) == -1)
		diex(exit_code(EX_NOPERM), "postern-send does not answer; "
		    "only root may list the queue without it");
	others = all > own ? all - own : 0;
	if (own == 0 && others > 0)
		diex(exit_code(EX_NOPERM), "%llu messages in the queue; only "
		    "root may list them", others);
	if (others > 0)
		warn_plain("only root may list the other messages (%llu)",
		    others);
	return 0;
}

static int
list(const struct frontend *f)
{
	static struct out out;
	int r;

	out_init(&out, 1, -1);
	r = mailq(&out, f->json);
	if (r == -1 && (errno == EACCES || errno == EPERM))
		return list_own(&out, f->json);
	if (r == -1)
		die(exit_code(EX_OSERR), "cannot list the queue");
	return 0;
}

static int
flush(void)
{
	if (order_flush() == 0)
		return 0;
	if (errno == EACCES)
		diex(exit_code(EX_NOPERM), "not allowed to have all mail "
		    "tried now");
	die(exit_code(EX_UNAVAILABLE), "postern-send cannot be asked");
}

int
main(int argc, char **argv)
{
	struct frontend f;

	die_name("sendmail");
	if (frontend_parse(argc, argv, &f) == -1)
		diex(exit_code(EX_USAGE), "%s", f.why);
	switch (f.mode) {
	case MODE_DELIVER:
		return deliver(&f);
	case MODE_SMTP:
		serve();
	case MODE_LIST:
		return list(&f);
	case MODE_FLUSH:
		return flush();
	case MODE_VERIFY:
		return check(&f);
	case MODE_DAEMON:
		diex(exit_code(EX_USAGE), "the mail system is started by "
		    "postern-start, not by this program");
	case MODE_ALIASES:	/* aliases are .qmail files: nothing to build */
	case MODE_NOTHING:
		break;
	}
	return 0;
}
