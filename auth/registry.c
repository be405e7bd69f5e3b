/* The files that know people, changed together. */
#include "auth/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/owner.h"
#include "conf.h"
#include "lib/base/cdb.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/os/replace.h"
#include "lib/os/rewriting.h"

#define UNFINISHED "passwd.unfinished"

static void
load(struct registry *r)
{
	int found;

	if (linefile_load(&r->people, r->control, "passwd") == -1)
		die(111, "cannot read %s/passwd", path_control());
	if (r->users != -1 &&
	    linefile_load(&r->assign, r->users, "assign") == -1)
		die(111, "cannot read %s/users/assign", path_control());
	if (linefile_load(&r->domains, r->control, "virtualdomains") == -1)
		die(111, "cannot read %s/virtualdomains", path_control());
	if (linefile_load(&r->rcpthosts, r->control, "rcpthosts") == -1)
		die(111, "cannot read %s/rcpthosts", path_control());
	found = control_line(r->control, UNFINISHED, &r->unfinished);
	if (found == -1)
		die(111, "cannot read %s/%s", path_control(), UNFINISHED);
	r->is_unfinished = found == 1;
}

static void
load_rules(struct registry *r)
{
	const char *what;

	if (rewriting_read(r->control, SPAN(""), &r->rules, &what) == -1)
		die(111, "cannot read %s/%s", path_control(), what);
}

static void
open_control(struct registry *r)
{
	memset(r, 0, sizeof *r);
	r->users = r->lock = -1;
	buf_init(&r->unfinished, PEOPLE_ADDRESS_MAX + 1);
	if ((r->control = control_open()) == -1)
		die(111, "cannot open %s", path_control());
}

void
registry_look(struct registry *r)
{
	open_control(r);
	load(r);
}

/* All files follow passwd, as the interrupted command would have had them. */
static void
finish_unfinished(struct registry *r)
{
	struct people_entry e;

	if (!r->is_unfinished)
		return;
	for (size_t at = 0; registry_next(r, &at, &e);)
		if ((r->unfinished.len == 0 ||
		    registry_was_unfinished(r, e.address)) &&
		    registry_has_mail(&e))
			(void)registry_put(r, &e);
	if (r->unfinished.len == 0)
		registry_prune(r);
	r->assign.changed = r->domains.changed = true;
	registry_commit(r, buf_peek(&r->unfinished));
}

void
registry_open(struct registry *r)
{
	open_control(r);
	r->lock = openat(r->control, "passwd.lock",
	    O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (r->lock == -1 || flock(r->lock, LOCK_EX) == -1)
		die(111, "cannot lock %s/passwd.lock", path_control());
	if (mkdirat(r->control, "users", 0755) == -1 && errno != EEXIST)
		die(111, "cannot make %s/users", path_control());
	r->users = openat(r->control, "users",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->users == -1)
		die(111, "cannot open %s/users", path_control());
	load(r);
	load_rules(r);
	finish_unfinished(r);
}

void
registry_close(struct registry *r)
{
	linefile_free(&r->people);
	linefile_free(&r->assign);
	linefile_free(&r->domains);
	linefile_free(&r->rcpthosts);
	rewrite_free(&r->rules);
	buf_free(&r->unfinished);
	if (r->users != -1)
		close(r->users);
	if (r->lock != -1)
		close(r->lock);
	close(r->control);
}

bool
registry_has_mail(const struct people_entry *e)
{
	return people_has_domain(e->address) &&
	    (e->uid != 0 || path_rootless()) &&
	    e->home.len > 0 && e->home.p[0] == '/';
}

bool
registry_was_unfinished(const struct registry *r, struct span address)
{
	return r->is_unfinished &&
	    span_eq(buf_peek(&r->unfinished), address);
}

bool
registry_find(const struct registry *r, struct span address,
    struct people_entry *out)
{
	struct span line;

	return linefile_find(&r->people, address, &line) &&
	    people_take_line(line, out) == PARSE_OK;
}

bool
registry_next(const struct registry *r, size_t *at,
    struct people_entry *out)
{
	struct span line;

	while (linefile_next(&r->people, at, &line))
		if (people_take_line(line, out) == PARSE_OK)
			return true;
	return false;
}

/* ---- routes ---- */

/* What virtualdomains has for the domain, or will: a new one, itself. */
static struct span
prepend_of(const struct registry *r, struct span domain)
{
	struct span line;

	if (!linefile_find(&r->domains, domain, &line))
		return domain;
	return span_trim_end(span_tail(line, domain.len + 1));
}

/*
 * The local part under which users knows the address: what the rules that mail
 * follows make of it, or (*by_domain) will, with its domain in virtualdomains.
 * false: its mail goes elsewhere.
 */
static bool
route_key(const struct registry *r, struct span address, struct buf *key,
    bool *by_domain)
{
	size_t at = span_rfind(address, '@');
	struct span prepend = prepend_of(r, span_tail(address, at + 1));
	struct rewritten now;

	if (rewrite_address(&r->rules, address, key, &now) == -1)
		die(111, "cannot find the way of an address");
	*by_domain = !now.local;
	if (now.local) {
		key->len = now.user.len;
		return true;
	}
	buf_reset(key);
	if (prepend.len == 0)
		return false;
	buf_span(key, prepend);
	buf_char(key, CONF_BREAK);
	buf_span(key, span_head(address, at));
	return true;
}

/* The key of a line of users/assign: "=KEY", or "+KEY-" for the extensions. */
static void
put_route_key(struct buf *to, char kind, struct span key)
{
	buf_char(to, kind);
	buf_span(to, key);
	if (kind == '+')
		buf_char(to, CONF_BREAK);
}

/* Cuts a line of users/assign: whose it is; empty: not a route. */
static struct span
owner_of_line(struct span line, struct span *key)
{
	*key = span_cut(&line, ':');
	if (key->len == 0 || (key->p[0] != '=' && key->p[0] != '+'))
		return SPAN("");
	return span_cut(&line, ':');
}

/* Whose the route is: empty for none. */
static struct span
route_owner(const struct registry *r, char kind, struct span key)
{
	struct buf b;
	struct span line, found, owner = SPAN("");

	buf_init(&b, PEOPLE_LINE_MAX);
	put_route_key(&b, kind, key);
	if (linefile_find(&r->assign, buf_peek(&b), &line))
		owner = owner_of_line(line, &found);
	buf_free(&b);
	return owner;
}

static void
put_route(struct registry *r, const struct people_entry *e, char kind,
    struct span key)
{
	struct buf line;

	buf_init(&line, PEOPLE_LINE_MAX);
	put_route_key(&line, kind, key);
	buf_char(&line, ':');
	buf_span(&line, e->address);
	buf_fmt(&line, ":%lu:%lu:", (unsigned long)e->uid,
	    (unsigned long)e->gid);
	buf_span(&line, e->home);
	buf_str(&line, kind == '+' ? ":-::" : ":::");
	if (line.err != 0 || linefile_set(&r->assign, buf_peek(&line)) == -1)
		die(111, "cannot change users/assign");
	buf_free(&line);
}

/* The domain is its own account in virtualdomains, where it has none yet. */
static void
add_domain(struct registry *r, struct span domain)
{
	struct buf fresh;
	struct span line;

	if (linefile_find(&r->domains, domain, &line))
		return;
	buf_init(&fresh, 2 * PEOPLE_ADDRESS_MAX + 2);
	buf_span(&fresh, domain);
	buf_char(&fresh, ':');
	buf_span(&fresh, domain);
	if (linefile_set(&r->domains, buf_peek(&fresh)) == -1)
		die(111, "cannot change virtualdomains");
	buf_free(&fresh);
}

static void
accept_domain(struct registry *r, struct span domain)
{
	struct span line;

	if (!linefile_find(&r->rcpthosts, domain, &line) &&
	    linefile_set(&r->rcpthosts, domain) == -1)
		die(111, "cannot change rcpthosts");
}

/* The key of a route that may be made. false: a warning has been said. */
static bool
find_route(const struct registry *r, const struct people_entry *e,
    struct buf *key, bool *by_domain)
{
	struct span owner;

	if (!route_key(r, e->address, key, by_domain)) {
		warn_plain("%.*s: virtualdomains sends this domain's mail "
		    "elsewhere", (int)e->address.len, e->address.p);
		return false;
	}
	owner = route_owner(r, '=', buf_peek(key));
	if (owner.len > 0 && !span_eq(owner, e->address)) {
		warn_plain("%.*s: users/assign gives its mail to %.*s",
		    (int)e->address.len, e->address.p, (int)owner.len,
		    owner.p);
		return false;
	}
	return true;
}

static bool
route(struct registry *r, const struct people_entry *e)
{
	struct span domain = span_tail(e->address,
	    span_rfind(e->address, '@') + 1);
	struct buf key;
	bool by_domain;
	bool found;

	buf_init(&key, PEOPLE_LINE_MAX);
	found = find_route(r, e, &key, &by_domain);
	if (found) {
		if (by_domain)
			add_domain(r, domain);
		put_route(r, e, '=', buf_peek(&key));
		put_route(r, e, '+', buf_peek(&key));
		accept_domain(r, domain);
	}
	buf_free(&key);
	return found;
}

bool
registry_may_put(const struct registry *r, const struct people_entry *e)
{
	struct buf key;
	bool by_domain;
	bool may;

	buf_init(&key, PEOPLE_LINE_MAX);
	may = !people_has_domain(e->address) ||
	    find_route(r, e, &key, &by_domain);
	buf_free(&key);
	return may;
}

void
registry_set(struct registry *r, const struct people_entry *e)
{
	struct buf b;

	buf_init(&b, PEOPLE_LINE_MAX);
	people_put_line(&b, e);
	if (b.err != 0 || linefile_set(&r->people,
	    span_head(buf_peek(&b), b.len - 1)) == -1)
		die(111, "cannot change passwd");
	buf_free(&b);
}

bool
registry_put(struct registry *r, const struct people_entry *e)
{
	if (people_has_domain(e->address) && !route(r, e))
		return false;
	registry_set(r, e);
	return true;
}

bool
registry_remove(struct registry *r, struct span address)
{
	struct span line, key;
	bool found = linefile_remove(&r->people, address);

	for (size_t at = 0; linefile_next(&r->assign, &at, &line);)
		if (span_eq(owner_of_line(line, &key), address) &&
		    linefile_remove(&r->assign, key))
			found = true;
	r->removing = true;
	return found;
}

void
registry_prune(struct registry *r)
{
	struct span line, key, his;

	for (size_t at = 0; linefile_next(&r->assign, &at, &line);) {
		struct span owner = owner_of_line(line, &key);

		/* without '@' it is a Unix account's */
		if (people_has_domain(owner) &&
		    !linefile_find(&r->people, owner, &his))
			linefile_remove(&r->assign, key);
	}
}

/* ---- writing ---- */

static void
save(const struct linefile *f, int dir, const char *name, mode_t mode)
{
	struct buf b;

	buf_init(&b, LINEFILE_MAX);
	linefile_write(f, &b);
	if (b.err != 0)
		errno = b.err;
	if (b.err != 0 || file_replace(dir, name, buf_peek(&b), mode) == -1)
		die(111, "cannot write %s", name);
	buf_free(&b);
}

static void
save_people_cdb(struct registry *r)
{
	struct people_entry e;
	struct cdb_make make;
	struct buf out, data;

	buf_init(&out, LINEFILE_MAX);
	buf_init(&data, PEOPLE_LINE_MAX);
	cdb_make_start(&make, &out);
	for (size_t at = 0; registry_next(r, &at, &e);) {
		buf_reset(&data);
		people_put_record(&data, &e);
		cdb_make_add(&make, e.address, buf_peek(&data));
	}
	if (cdb_make_finish(&make) == -1 || file_replace(r->control,
	    "passwd.cdb", buf_peek(&out), 0600) == -1)
		die(111, "cannot write passwd.cdb");
	buf_free(&out);
	buf_free(&data);
}

/*
 * users/assign ends with a dot. It is compiled before anything is written: a
 * line that somebody has got wrong by hand stops us in time.
 */
static void
compile_assign(struct registry *r, struct buf *cdb)
{
	struct buf text;
	unsigned long line;
	const char *why;

	linefile_remove(&r->assign, SPAN("."));
	if (linefile_set(&r->assign, SPAN(".")) == -1)
		die(111, "cannot change users/assign");
	buf_init(&text, LINEFILE_MAX);
	linefile_write(&r->assign, &text);
	if (assign_compile(buf_peek(&text), cdb, &line, &why) == -1)
		diex(111, "%s/users/assign: line %lu: %s", path_control(),
		    line, why);
	buf_free(&text);
}

static void
save_assign(struct registry *r, struct span cdb)
{
	if (flock(r->users, LOCK_EX) == -1)	/* as postern-newu */
		die(111, "cannot lock %s/users", path_control());
	save(&r->assign, r->users, "assign", 0644);
	if (file_replace(r->users, "cdb", cdb, 0644) == -1)
		die(111, "cannot write users/cdb");
	(void)flock(r->users, LOCK_UN);
}

/*
 * HUP for postern-send, which made the control socket before it became itself
 * by exec: the pid that listens is its own. When it does not run, nobody is
 * to be told.
 */
static void
tell_send(void)
{
	struct ucred peer;
	socklen_t len = sizeof peer;
	int sock = unix_connect(path_queue(), "control", SOCK_SEQPACKET);

	if (sock == -1)
		return;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid > 1 && kill(peer.pid, SIGHUP) == -1)
		warn_errno("cannot tell postern-send to read virtualdomains");
	close(sock);
}

/* Names whom the command is for, until it has written everything. */
static void
mark(struct registry *r, struct span address)
{
	struct buf b;

	buf_init(&b, PEOPLE_ADDRESS_MAX + 1);
	buf_span(&b, address);
	buf_char(&b, '\n');
	if (file_replace(r->control, UNFINISHED, buf_peek(&b), 0600) == -1)
		die(111, "cannot write %s", UNFINISHED);
	buf_free(&b);
}

/* The domain is accepted when postern-send knows that it is ours. */
static void
publish(struct registry *r, struct span users_cdb)
{
	bool routes = r->assign.changed || r->domains.changed;

	save_people_cdb(r);
	if (r->assign.changed)
		save_assign(r, users_cdb);
	if (r->domains.changed)
		save(&r->domains, r->control, "virtualdomains", 0644);
	if (routes)
		tell_send();
	if (r->rcpthosts.changed)
		save(&r->rcpthosts, r->control, "rcpthosts", 0644);
	r->assign.changed = r->domains.changed = r->rcpthosts.changed = false;
}

static void
save_people(struct registry *r)
{
	if (r->people.changed)
		save(&r->people, r->control, "passwd", 0600);
	r->people.changed = false;
}

static void
write_files(struct registry *r, struct span address, bool people)
{
	struct buf cdb;

	buf_init(&cdb, LINEFILE_MAX);
	if (r->assign.changed)
		compile_assign(r, &cdb);
	mark(r, address);
	if (people && !r->removing)
		save_people(r);
	publish(r, buf_peek(&cdb));
	if (people) {
		save_people(r);
		if (unlinkat(r->control, UNFINISHED, 0) == -1)
			die(111, "cannot remove %s", UNFINISHED);
	}
	buf_free(&cdb);
}

void
registry_publish(struct registry *r, struct span address)
{
	write_files(r, address, false);
}

void
registry_commit(struct registry *r, struct span address)
{
	write_files(r, address, true);
}
