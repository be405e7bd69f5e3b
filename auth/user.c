/*
 * The subcommands of "postern user". Each loads the registry, changes it, and
 * commits; what a user needs on disk is there before any mail is sent to it.
 */
#include "auth/user.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/hash.h"
#include "auth/import.h"
#include "auth/mailbox.h"
#include "auth/work.h"
#include "conf.h"
#include "lib/base/num.h"
#include "lib/mail/path.h"
#include "lib/net/idn.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "lib/sasl/sasl.h"

enum { APP_LETTERS = 20, MADE_LETTERS = 16 };

static const char app_alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

/* ---- small things ---- */

/* That of control/authscheme. */
static const char *
default_scheme(void)
{
	static char room[16] = "scram";
	struct buf b;
	int control;

	if ((control = control_open()) == -1)
		die(111, "cannot open %s", path_control());
	buf_init(&b, sizeof room - 1);
	if (control_default(control, "authscheme", NULL, "scram", &b) == -1 ||
	    span_to_cstr(buf_peek(&b), room, sizeof room) == -1)
		die(111, "cannot read %s/authscheme", path_control());
	buf_free(&b);
	close(control);
	return room;
}

const char *
work_scheme(const struct work *w)
{
	const char *scheme = w->o.scheme != NULL ? w->o.scheme :
	    default_scheme();

	if (!hash_scheme_ok(scheme))
		diex(MISUSED, "%s: not a scheme; there are scram, sha512 and "
		    "default", scheme);
	return scheme;
}

/* The address of the command line, in lower case, in w->address. */
static void
take_address(struct work *w, const char *s, bool with_domain)
{
	buf_reset(&w->address);
	if (!people_address(span_str(s), &w->address) ||
	    (with_domain && strchr(s, '@') == NULL))
		diex(MISUSED, "%s: not an address", s);
}

/* Has it a domain that SMTP knows for one? */
bool
work_deliverable(struct span address)
{
	struct span domain;

	return address_split(address, NULL, &domain) && domain_ok(domain);
}

static _Noreturn void
no_such_user(const struct work *w)
{
	diex(FAILED, "%.*s: no such user", (int)w->address.len, w->address.p);
}

static void
must_exist(const struct work *w, struct people_entry *e)
{
	if (!registry_find(&w->r, buf_peek(&w->address), e))
		no_such_user(w);
}

static bool
is_locked(const struct people_entry *e)
{
	return e->hash.len > 0 && e->hash.p[0] == '!';
}

/*
 * Who was added by a command that was interrupted can be added again; one that
 * locked somebody, or concerned applications, was another command.
 */
static void
must_be_new(const struct work *w)
{
	struct span address = buf_peek(&w->address);
	struct people_entry e;

	if (registry_find(&w->r, address, &e) &&
	    (!registry_was_unfinished(&w->r, address) || is_locked(&e) ||
	    e.apps.len > 0))
		diex(FAILED, "%.*s: exists already", (int)address.len,
		    address.p);
}

/* uid and gid: of -u, else of the user for everybody's mail. */
void
work_owner(const struct options *o, struct people_entry *e)
{
	struct span s = span_str(o->owner != NULL ? o->owner : "");
	struct passwd *pw;
	uint64_t uid, gid;

	if (o->owner != NULL &&
	    num_parse(span_cut(&s, ':'), UINT32_MAX - 1, &uid) == 0 &&
	    num_parse(s, UINT32_MAX - 1, &gid) == 0) {
		e->uid = (uint32_t)uid;
		e->gid = (uint32_t)gid;
	} else if (o->owner == NULL && path_rootless()) {
		e->uid = (uint32_t)getuid();
		e->gid = (uint32_t)getgid();
		return;
	} else {
		const char *name = o->owner != NULL ? o->owner :
		    CONF_USER_VIRTUAL;

		if ((pw = getpwnam(name)) == NULL)
			diex(111, "there is no user %s: make it, or say "
			    "-u user", name);
		e->uid = (uint32_t)pw->pw_uid;
		e->gid = (uint32_t)pw->pw_gid;
	}
	if (e->uid == 0)
		diex(MISUSED, "nobody's mail belongs to root");
}

/* VIRTUAL/domain/local */
void
work_home(struct work *w, struct span address, struct people_entry *e)
{
	size_t at = span_rfind(address, '@');

	buf_reset(&w->home);
	buf_str(&w->home, path_virtual());
	buf_char(&w->home, '/');
	buf_span(&w->home, span_tail(address, at + 1));
	buf_char(&w->home, '/');
	buf_span(&w->home, span_head(address, at));
	e->home = buf_peek(&w->home);
}

static void
group(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (i > 0 && i % 4 == 0)
			buf_char(to, '-');
		buf_char(to, s.p[i]);
	}
}

/* A password that we choose, in w->made: it is said when all is done. */
static struct span
invent(struct work *w, size_t letters)
{
	struct buf raw;

	buf_init(&raw, letters);
	if (random_text(&raw, app_alphabet, letters) == -1)
		die(111, "no random numbers");
	group(&w->made, buf_peek(&raw));
	buf_free(&raw);
	return buf_peek(&w->made);
}

static void
new_hash(struct work *w)
{
	const char *scheme = work_scheme(w);
	struct buf password;

	if (w->o.hash != NULL) {
		if (!hash_usable(span_str(w->o.hash), &w->known))
			diex(MISUSED, "not a password hash");
		buf_str(&w->hash, w->o.hash);
		return;
	}
	if (w->o.none) {
		buf_char(&w->hash, '*');
		return;
	}
	buf_init(&password, SASL_PASSWORD_MAX);
	if (w->o.generate)
		buf_span(&password, invent(w, MADE_LETTERS));
	else
		password_read(&password, w->argv[0]);
	if (hash_make(&w->hash, scheme, buf_peek(&password)) == -1)
		die(111, "cannot hash the password");
	wipe_bytes(password.p, password.room);
	buf_free(&password);
}

static void
take_quota(struct work *w, const char *s, struct people_entry *e)
{
	buf_reset(&w->quota);
	if (quota_write(span_str(s), &w->quota) != PARSE_OK)
		diex(MISUSED, "%s: not a quota", s);
	e->quota = buf_peek(&w->quota);
}

/* ---- commands ---- */

/*
 * What is asked for before the lock is taken: whoever types a password keeps
 * nobody else waiting.
 */
static void
ask_to_add(struct work *w)
{
	take_address(w, w->argv[0], true);
	if (!work_deliverable(buf_peek(&w->address)))
		diex(MISUSED, "%s: not an address", w->argv[0]);
	registry_look(&w->r);
	must_be_new(w);
	registry_close(&w->r);
	new_hash(w);
}

static void
ask_password(struct work *w)
{
	struct people_entry e;

	take_address(w, w->argv[0], false);
	registry_look(&w->r);
	must_exist(w, &e);
	registry_close(&w->r);
	new_hash(w);
}

static int
add(struct work *w)
{
	struct people_entry e = { 0 };

	must_be_new(w);
	e.address = buf_peek(&w->address);
	e.hash = buf_peek(&w->hash);
	work_owner(&w->o, &e);
	work_home(w, e.address, &e);
	if (w->o.home != NULL)
		e.home = span_str(w->o.home);
	if (e.home.p[0] != '/' || !people_field(e.home))
		diex(MISUSED, "the home directory must be an absolute path");
	if (w->o.quota != NULL)
		take_quota(w, w->o.quota, &e);
	if (!registry_put(&w->r, &e))
		return FAILED;
	if (mailbox_make(&e, true) == -1 ||
	    (e.quota.len == 0 && mailbox_set_quota(&e) == -1))
		return 111;	/* without a quota none is left from before */
	registry_commit(&w->r, e.address);
	return 0;
}

/* Stores the changed entry of somebody who exists. */
static int
store(struct work *w, const struct people_entry *e)
{
	registry_set(&w->r, e);
	registry_commit(&w->r, buf_peek(&w->address));
	return 0;
}

/* Who is locked stays locked. */
static int
set_password(struct work *w)
{
	struct people_entry e;
	struct buf hash;
	int code;

	must_exist(w, &e);
	buf_init(&hash, PEOPLE_HASH_MAX + 1);
	if (is_locked(&e))
		buf_char(&hash, '!');
	buf_span(&hash, buf_peek(&w->hash));
	e.hash = buf_peek(&hash);
	code = store(w, &e);
	buf_free(&hash);
	return code;
}

/*
 * The line in passwd goes last, so that the command can be given again until
 * all is gone, the mail too.
 */
static int
delete(struct work *w)
{
	struct people_entry e = { 0 };
	struct buf home;
	bool found;

	take_address(w, w->argv[0], false);
	found = registry_find(&w->r, buf_peek(&w->address), &e);
	buf_init(&home, PATH_MAX);
	buf_span(&home, e.home);
	e.home = buf_peek(&home);
	if (!registry_remove(&w->r, buf_peek(&w->address)))
		no_such_user(w);
	registry_publish(&w->r, buf_peek(&w->address));
	if (w->o.remove_mail && found && e.home.len > 0 &&
	    mailbox_remove(&e) == -1)
		return 111;
	registry_commit(&w->r, buf_peek(&w->address));
	buf_free(&home);
	return 0;
}

static const char *
state_of(const struct people_entry *e)
{
	if (is_locked(e))
		return "locked";
	if (span_is(e->hash, "*"))
		return "no-password";
	return "active";
}

static size_t
count_apps(struct span apps)
{
	struct span name, hash;
	size_t n = 0;

	while (people_next_app(&apps, &name, &hash))
		n++;
	return n;
}

/* Of a Unix account the system knows whose it is, and where. */
static void
show_owner(const struct people_entry *e)
{
	if (people_has_domain(e->address))
		printf("\t%lu:%lu\t%.*s", (unsigned long)e->uid,
		    (unsigned long)e->gid, (int)e->home.len, e->home.p);
	else
		printf("\t-\t-");
}

static void
show(const struct work *w, const struct people_entry *e)
{
	printf("%.*s", (int)e->address.len, e->address.p);
	if (w->o.long_list) {
		show_owner(e);
		printf("\t%.*s\t%s\t%zu",
		    e->quota.len > 0 ? (int)e->quota.len : 1,
		    e->quota.len > 0 ? e->quota.p : "-", state_of(e),
		    count_apps(e->apps));
	}
	putchar('\n');
}

static int
list(struct work *w)
{
	struct people_entry e;
	struct span wanted;
	bool found = false;

	if (w->argc > 0 && idn_address(span_str(w->argv[0]), &w->address) == -1)
		diex(MISUSED, "%s: not an address", w->argv[0]);
	wanted = buf_peek(&w->address);
	for (size_t at = 0; registry_next(&w->r, &at, &e);) {
		struct span domain = span_tail(e.address,
		    span_rfind(e.address, '@') + 1);

		if (w->argc == 0 || span_case_eq(domain, wanted) ||
		    span_case_eq(e.address, wanted)) {
			show(w, &e);
			found = true;
		}
	}
	if (!found && people_has_domain(wanted))
		no_such_user(w);
	return 0;
}

static int
lock(struct work *w)
{
	struct people_entry e;

	take_address(w, w->argv[0], false);
	must_exist(w, &e);
	if (is_locked(&e))
		return 0;
	buf_char(&w->hash, '!');
	buf_span(&w->hash, e.hash);
	e.hash = buf_peek(&w->hash);
	return store(w, &e);
}

static int
unlock(struct work *w)
{
	struct people_entry e;

	take_address(w, w->argv[0], false);
	must_exist(w, &e);
	while (is_locked(&e))
		e.hash = span_tail(e.hash, 1);
	buf_span(&w->hash, e.hash);
	e.hash = buf_peek(&w->hash);
	return store(w, &e);
}

static int
quota(struct work *w)
{
	struct people_entry e;

	take_address(w, w->argv[0], true);
	must_exist(w, &e);
	if (w->argc == 1) {
		printf("%.*s\n", e.quota.len > 0 ? (int)e.quota.len : 4,
		    e.quota.len > 0 ? e.quota.p : "none");
		return 0;
	}
	take_quota(w, w->argv[1], &e);
	if (mailbox_set_quota(&e) == -1)
		return 111;
	return store(w, &e);
}

/* e's application passwords without that one, in w->apps. true: it was one. */
static bool
other_apps(struct work *w, const struct people_entry *e, struct span not)
{
	struct span all = e->apps, name, hash;
	bool found = false;

	buf_reset(&w->apps);
	while (people_next_app(&all, &name, &hash)) {
		if (span_eq(name, not)) {
			found = true;
			continue;
		}
		if (w->apps.len > 0)
			buf_char(&w->apps, ' ');
		buf_span(&w->apps, name);
		buf_char(&w->apps, '=');
		buf_span(&w->apps, hash);
	}
	return found;
}

/* A Unix account's first application password makes its line. */
static void
find_or_begin(struct work *w, struct people_entry *e)
{
	if (registry_find(&w->r, buf_peek(&w->address), e))
		return;
	if (strchr(w->argv[0], '@') != NULL || getpwnam(w->argv[0]) == NULL)
		diex(FAILED, "%s: no such user", w->argv[0]);
	memset(e, 0, sizeof *e);
	e->address = buf_peek(&w->address);
	e->hash = SPAN("-");
}

static int
app_add(struct work *w)
{
	struct span name = span_str(w->argv[1]);
	struct people_entry e;

	take_address(w, w->argv[0], false);
	if (!people_app_name(name))
		diex(MISUSED, "%s: not a name", w->argv[1]);
	find_or_begin(w, &e);
	if (other_apps(w, &e, name))
		diex(FAILED, "%s: exists already", w->argv[1]);
	if (count_apps(e.apps) >= PEOPLE_APPS_MAX)
		diex(FAILED, "%s has %d application passwords", w->argv[0],
		    PEOPLE_APPS_MAX);
	if (w->apps.len > 0)
		buf_char(&w->apps, ' ');
	buf_span(&w->apps, name);
	buf_char(&w->apps, '=');
	if (hash_make(&w->apps, "sha512", invent(w, APP_LETTERS)) == -1)
		die(111, "cannot hash the password");
	e.apps = buf_peek(&w->apps);
	return store(w, &e);
}

static int
app_list(struct work *w)
{
	struct people_entry e;
	struct span name, hash;

	take_address(w, w->argv[0], false);
	must_exist(w, &e);
	while (people_next_app(&e.apps, &name, &hash))
		printf("%.*s\n", (int)name.len, name.p);
	return 0;
}

static int
app_revoke(struct work *w)
{
	struct people_entry e;

	take_address(w, w->argv[0], false);
	must_exist(w, &e);
	if (!other_apps(w, &e, span_str(w->argv[1])))
		diex(FAILED, "%s: no such application password", w->argv[1]);
	e.apps = buf_peek(&w->apps);
	return store(w, &e);
}

/* ---- the table ---- */

static const struct command {
	const char *name, *options;
	int least, most;		/* arguments behind the options */
	bool changes;
	void (*ask)(struct work *w);	/* before the lock is taken, or NULL */
	int (*run)(struct work *w);
	const char *synopsis;
} commands[] = {
	{ "add", "u:d:q:s:H:gn", 1, 1, true, ask_to_add, add,
	    "[-gn] [-d home] [-H hash] [-q quota] [-s scheme] [-u owner] "
	    "address" },
	{ "passwd", "s:H:gn", 1, 1, true, ask_password, set_password,
	    "[-gn] [-H hash] [-s scheme] address" },
	{ "delete", "r", 1, 1, true, NULL, delete, "[-r] address" },
	{ "list", "l", 0, 1, false, NULL, list, "[-l] [domain | address]" },
	{ "lock", "", 1, 1, true, NULL, lock, "address" },
	{ "unlock", "", 1, 1, true, NULL, unlock, "address" },
	{ "quota", "", 1, 2, true, NULL, quota, "address [quota]" },
	{ "app-add", "", 2, 2, true, NULL, app_add, "address name" },
	{ "app-list", "", 1, 1, false, NULL, app_list, "address" },
	{ "app-revoke", "", 2, 2, true, NULL, app_revoke, "address name" },
	{ "import", "u:D:s:fn", 1, 1, true, NULL, bulk_import,
	    "[-fn] [-D domain] [-s scheme] [-u owner] file" },
	{ "compile", "", 0, 0, true, NULL, bulk_compile, "" },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* Of one command, or of all. */
static _Noreturn void
usage(const struct command *c)
{
	if (c != NULL)
		diex(MISUSED, "usage: postern user %s %s", c->name,
		    c->synopsis);
	for (c = commands; c < commands + COMMANDS; c++)
		fprintf(stderr, "usage: postern user %s %s\n", c->name,
		    c->synopsis);
	diex(MISUSED, "see postern(8)");
}

static void
take_options(struct work *w, const struct command *c, int argc, char **argv)
{
	char spec[32];
	int opt;

	snprintf(spec, sizeof spec, "+%s", c->options);
	optind = 1;
	while ((opt = getopt(argc, argv, spec)) != -1)
		switch (opt) {
		case 'u': w->o.owner = optarg; break;
		case 'd': w->o.home = optarg; break;
		case 'q': w->o.quota = optarg; break;
		case 's': w->o.scheme = optarg; break;
		case 'H': w->o.hash = optarg; break;
		case 'D': w->o.domain = optarg; break;
		case 'g': w->o.generate = true; break;
		case 'n': w->o.none = true; break;
		case 'r': w->o.remove_mail = true; break;
		case 'l': w->o.long_list = true; break;
		case 'f': w->o.force = true; break;
		default: usage(c);
		}
	w->argc = argc - optind;
	w->argv = argv + optind;
	if (w->argc < c->least || w->argc > c->most)
		usage(c);
}

static int
run(const struct command *c, int argc, char **argv)
{
	struct work w;
	int code;

	memset(&w, 0, sizeof w);
	buf_init(&w.address, PEOPLE_ADDRESS_MAX);
	buf_init(&w.hash, PEOPLE_HASH_MAX + 1);
	buf_init(&w.quota, 256);
	buf_init(&w.home, PATH_MAX);
	buf_init(&w.apps, PEOPLE_LINE_MAX / 2);
	buf_init(&w.known, PEOPLE_HASH_MAX + 1);
	buf_init(&w.made, 64);
	take_options(&w, c, argc, argv);
	if (c->ask != NULL)
		c->ask(&w);
	if (c->changes)
		registry_open(&w.r);
	else
		registry_look(&w.r);
	code = c->run(&w);
	registry_close(&w.r);
	if (code == 0 && w.made.len > 0)
		printf("%.*s\n", (int)w.made.len, w.made.p);
	buf_free(&w.address);
	buf_free(&w.hash);
	buf_free(&w.quota);
	buf_free(&w.home);
	buf_free(&w.apps);
	buf_free(&w.known);
	if (w.made.p != NULL)
		wipe_bytes(w.made.p, w.made.room);
	buf_free(&w.made);
	if (fflush(stdout) != 0)
		die(111, "cannot write");
	return code;
}

int
user_main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 2 && i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	usage(NULL);
}
