/*
 * sendmail's options. Callers of forty years pass many that mean nothing here:
 * the table says which of them take a value, so that it is skipped, too.
 */
#include "queue/frontend.h"

#include <stdio.h>
#include <string.h>

#include "lib/mail/dsn.h"
#include "queue/format.h"

enum value {
	NONE,
	VALUE,			/* attached or the next argument */
	ATTACHED		/* attached, or there is none */
};

typedef int handler(struct frontend *f, const char *value);

static int
complain(struct frontend *f, const char *what, const char *value)
{
	snprintf(f->why, sizeof f->why, "%s: %.80s", what, value);
	return -1;
}

static int
ignore(struct frontend *f, const char *value)
{
	(void)f;
	(void)value;
	return 0;
}

/* -b and a letter. */
static int
set_mode(struct frontend *f, const char *value)
{
	static const char letters[] = "mspivdDlthHaz";
	static const enum frontend_mode modes[] = { MODE_DELIVER, MODE_SMTP,
		MODE_LIST, MODE_ALIASES, MODE_VERIFY, MODE_DAEMON, MODE_DAEMON,
		MODE_DAEMON, MODE_NOTHING, MODE_NOTHING, MODE_NOTHING,
		MODE_SMTP, MODE_NOTHING };
	const char *found = *value != '\0' ? strchr(letters, *value) : NULL;

	if (found == NULL || value[1] != '\0')
		return complain(f, "unknown mode", value);
	f->mode = modes[found - letters];
	return 0;
}

static int
set_body(struct frontend *f, const char *value)
{
	f->flags &= ~(unsigned)(QUEUE_7BIT | QUEUE_8BITMIME);
	if (span_case_is(span_str(value), "7BIT"))
		f->flags |= QUEUE_7BIT;
	else if (span_case_is(span_str(value), "8BITMIME"))
		f->flags |= QUEUE_8BITMIME;
	return 0;
}

static int
set_name(struct frontend *f, const char *value)
{
	f->name = value;
	return 0;
}

static int
set_sender(struct frontend *f, const char *value)
{
	f->sender = value;
	return 0;
}

static int
set_notify(struct frontend *f, const char *value)
{
	if (dsn_notify_parse(span_str(value), &f->notify) == -1)
		return complain(f, "bad -N", value);
	return 0;
}

static int
set_ret(struct frontend *f, const char *value)
{
	f->flags &= ~(unsigned)(QUEUE_RET_FULL | QUEUE_RET_HDRS);
	if (span_case_is(span_str(value), "full"))
		f->flags |= QUEUE_RET_FULL;
	else if (span_case_is(span_str(value), "hdrs"))
		f->flags |= QUEUE_RET_HDRS;
	else
		return complain(f, "bad -R", value);
	return 0;
}

static int
set_envid(struct frontend *f, const char *value)
{
	size_t n = 0;

	while (value[n] > ' ' && value[n] < 127)
		n++;
	if (value[n] != '\0' || n == 0 || n > QUEUE_ENVID_MAX)
		return complain(f, "bad -V", value);
	f->envid = value;
	return 0;
}

/* -O Name=value; what we do not know is the business of another system. */
static int
set_long(struct frontend *f, const char *value)
{
	struct span text = span_str(value);
	struct span name = span_trim(span_cut(&text, '='));
	bool off = span_case_is(text, "no") || span_case_is(text, "false");

	if (span_case_is(name, "IgnoreDots"))
		f->ignore_dots = !off;
	else if (span_case_is(name, "RequireTLS") && !off)
		f->flags |= QUEUE_REQUIRETLS;
	else if (span_case_is(name, "SMTPUTF8") && !off)
		f->flags |= QUEUE_SMTPUTF8;
	return 0;
}

/* -o and a letter: of the old options only this one concerns us. */
static int
set_old(struct frontend *f, const char *value)
{
	if (strcmp(value, "i") == 0)
		f->ignore_dots = true;
	return 0;
}

/*
 * -q flushes; -q1h would be a daemon, which postern-send is already, and with
 * -bd the whole system.
 */
static int
set_queue_run(struct frontend *f, const char *value)
{
	if (*value == '\0' || strchr("IRS!", *value) != NULL)
		f->mode = MODE_FLUSH;
	else if (f->mode != MODE_DAEMON)
		f->mode = MODE_NOTHING;
	return 0;
}

/* -XV: expand the sender for each recipient. Otherwise a log file: no. */
static int
set_verp(struct frontend *f, const char *value)
{
	if (value[0] == 'V' && strlen(value) <= 3)
		f->verp = true;
	return 0;
}

static int
set_aliases(struct frontend *f, const char *value)
{
	(void)value;
	f->mode = MODE_ALIASES;
	return 0;
}

static int
set_dots(struct frontend *f, const char *value)
{
	(void)value;
	f->ignore_dots = true;
	return 0;
}

static int
set_header_recipients(struct frontend *f, const char *value)
{
	(void)value;
	f->header_recipients = true;
	return 0;
}

static int
set_json(struct frontend *f, const char *value)
{
	(void)value;
	f->json = true;
	return 0;
}

static const struct option {
	char letter;
	enum value value;
	handler *does;
} options[] = {
	{ 'A', VALUE, ignore },			/* which configuration */
	{ 'B', VALUE, set_body },
	{ 'C', VALUE, ignore },			/* configuration file: ours */
	{ 'D', VALUE, ignore },			/* debug log */
	{ 'F', VALUE, set_name },
	{ 'I', NONE, set_aliases },
	{ 'L', VALUE, ignore },			/* tag for the log */
	{ 'M', VALUE, ignore },			/* a macro */
	{ 'N', VALUE, set_notify },
	{ 'O', VALUE, set_long },
	{ 'Q', ATTACHED, ignore },		/* quarantine */
	{ 'R', VALUE, set_ret },
	{ 'V', VALUE, set_envid },
	{ 'X', VALUE, set_verp },
	{ 'b', VALUE, set_mode },
	{ 'd', ATTACHED, ignore },		/* debugging */
	{ 'e', ATTACHED, ignore },		/* how to tell of errors */
	{ 'f', VALUE, set_sender },
	{ 'h', VALUE, ignore },			/* hop count */
	{ 'i', NONE, set_dots },
	{ 'j', NONE, set_json },
	{ 'o', VALUE, set_old },
	{ 'p', VALUE, ignore },			/* protocol and host */
	{ 'q', ATTACHED, set_queue_run },
	{ 'r', VALUE, set_sender },
	{ 't', NONE, set_header_recipients },
};

static const struct option *
find_option(char letter)
{
	static const struct option unknown = { '\0', NONE, ignore };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].letter == letter)
			return &options[i];
	return &unknown;
}

/*
 * The options of one argument; next is the argument behind it. How many
 * arguments were used, 1 or 2; -1 with why.
 */
static int
take_argument(struct frontend *f, const char *letters, const char *next)
{
	for (; *letters != '\0'; letters++) {
		const struct option *o = find_option(*letters);
		bool separate = o->value == VALUE && letters[1] == '\0';

		if (separate && next == NULL) {
			snprintf(f->why, sizeof f->why,
			    "option requires an argument -- '%c'", *letters);
			return -1;
		}
		if (o->does(f, separate ? next : letters + 1) == -1)
			return -1;
		if (o->value != NONE)
			return separate ? 2 : 1;
	}
	return 1;
}

static void
take_name(struct frontend *f, const char *name)
{
	const char *slash = strrchr(name, '/');

	name = slash != NULL ? slash + 1 : name;
	if (strcmp(name, "mailq") == 0)
		f->mode = MODE_LIST;
	else if (strcmp(name, "newaliases") == 0)
		f->mode = MODE_ALIASES;
	else if (strcmp(name, "runq") == 0)
		f->mode = MODE_FLUSH;
	else if (strcmp(name, "hoststat") == 0 ||
	    strcmp(name, "purgestat") == 0)
		f->mode = MODE_NOTHING;
}

int
frontend_parse(int argc, char **argv, struct frontend *out)
{
	int i = 1;

	memset(out, 0, sizeof *out);
	if (argc > 0)
		take_name(out, argv[0]);
	while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
		int used;

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (argv[i][1] == '-')
			return complain(out, "unknown option", argv[i]);
		used = take_argument(out, argv[i] + 1, argv[i + 1]);
		if (used == -1)
			return -1;
		i += used;
	}
	out->recipients = argv + (i < argc ? i : argc);
	return 0;
}
