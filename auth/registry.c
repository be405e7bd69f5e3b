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

#include "conf.h"
#include "lib/base/cdb.h"
#include "lib/os/child.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/os/replace.h"

static void
load(struct registry *r)
{
	if (linefile_load(&r->people, r->control, "passwd") == -1)
		die(111, "cannot read %s/passwd", path_control());
	if (r->users != -1 &&
	    linefile_load(&r->assign, r->users, "assign") == -1)
		die(111, "cannot read %s/users/assign", path_control());
	if (linefile_load(&r->domains, r->control, "virtualdomains") == -1)
		die(111, "cannot read %s/virtualdomains", path_control());
	if (linefile_load(&r->rcpthosts, r->control, "rcpthosts") == -1)
		die(111, "cannot read %s/rcpthosts", path_control());
}

static void
open_control(struct registry *r)
{
	memset(r, 0, sizeof *r);
	r->users = r->lock = -1;
	if ((r->control = control_open()) == -1)
		die(111, "cannot open %s", path_control());
}

void
registry_look(struct registry *r)
{
	open_control(r);
	load(r);
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
}

void
registry_close(struct registry *r)
{
	linefile_free(&r->people);
	linefile_free(&r->assign);
	linefile_free(&r->domains);
	linefile_free(&r->rcpthosts);
	if (r->users != -1)
		close(r->users);
	if (r->lock != -1)
		close(r->lock);
	close(r->control);
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

static bool
in_locals(const struct registry *r, struct span domain)
{
	struct buf list;
	struct span all, one;
	bool found = false;
	int got;

	buf_init(&list, CONTROL_MAX);
	got = control_list(r->control, "locals", &list);
	if (got == 0)
		got = control_list(r->control, "me", &list);
	if (got == -1)
		die(111, "cannot read %s/locals", path_control());
	for (all = buf_peek(&list); !found && control_next(&all, &one);)
		found = span_case_eq(one, domain);
	buf_free(&list);
	return found;
}

/*
 * The local part under which users knows the address: itself in a local
 * domain, else with what virtualdomains puts before it. add: the domain may be
 * added to virtualdomains. false: its mail goes elsewhere.
 */
static bool
route_key(struct registry *r, struct span address, bool add, struct buf *key)
{
	size_t at = span_rfind(address, '@');
	struct span local = span_head(address, at);
	struct span domain = span_tail(address, at + 1);
	struct span line, prepend;
	struct buf fresh;

	if (!in_locals(r, domain)) {
		buf_init(&fresh, 2 * PEOPLE_ADDRESS_MAX + 2);
		buf_span(&fresh, domain);
		buf_char(&fresh, ':');
		buf_span(&fresh, domain);
		if (add && !linefile_find(&r->domains, domain, &line) &&
		    linefile_set(&r->domains, buf_peek(&fresh)) == -1)
			die(111, "cannot change virtualdomains");
		buf_free(&fresh);
		if (!linefile_find(&r->domains, domain, &line))
			return false;
		prepend = span_trim_end(span_tail(line, domain.len + 1));
		if (prepend.len == 0)
			return false;
		buf_span(key, prepend);
		buf_char(key, CONF_BREAK);
	}
	buf_span(key, local);
	return true;
}

/* "=KEY:" for the address, "+KEY-:" for its extensions. */
static void
put_route(struct registry *r, const struct people_entry *e, char kind,
    struct span key)
{
	struct buf line;

	buf_init(&line, PEOPLE_LINE_MAX);
	buf_char(&line, kind);
	buf_span(&line, key);
	if (kind == '+')
		buf_char(&line, CONF_BREAK);
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

static void
accept_domain(struct registry *r, struct span address)
{
	struct span domain = span_tail(address, span_rfind(address, '@') + 1);
	struct span line;

	if (!linefile_find(&r->rcpthosts, domain, &line) &&
	    linefile_set(&r->rcpthosts, domain) == -1)
		die(111, "cannot change rcpthosts");
}

bool
registry_put(struct registry *r, const struct people_entry *e)
{
	struct buf b;
	bool routed = true;

	buf_init(&b, PEOPLE_LINE_MAX);
	if (span_find(e->address, '@') < e->address.len) {
		routed = route_key(r, e->address, true, &b);
		if (routed) {
			put_route(r, e, '=', buf_peek(&b));
			put_route(r, e, '+', buf_peek(&b));
			accept_domain(r, e->address);
		} else {
			warn_plain("%.*s: virtualdomains sends this domain's "
			    "mail elsewhere", (int)e->address.len,
			    e->address.p);
		}
	}
	buf_reset(&b);
	people_put_line(&b, e);
	if (routed && (b.err != 0 ||
	    linefile_set(&r->people, span_head(buf_peek(&b), b.len - 1)) ==
	    -1))
		die(111, "cannot change passwd");
	buf_free(&b);
	return routed;
}

void
registry_remove(struct registry *r, struct span address)
{
	struct buf key, route;

	buf_init(&key, PEOPLE_LINE_MAX);
	buf_init(&route, PEOPLE_LINE_MAX);
	if (span_find(address, '@') < address.len &&
	    route_key(r, address, false, &key)) {
		buf_char(&route, '=');
		buf_span(&route, buf_peek(&key));
		linefile_remove(&r->assign, buf_peek(&route));
		buf_reset(&route);
		buf_char(&route, '+');
		buf_span(&route, buf_peek(&key));
		buf_char(&route, CONF_BREAK);
		linefile_remove(&r->assign, buf_peek(&route));
	}
	linefile_remove(&r->people, address);
	buf_free(&key);
	buf_free(&route);
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

static void
compile_assign(void)
{
	char path[PATH_MAX];
	char *argv[] = { (char *)"postern-newu", NULL };
	struct child newu = { .path = path, .argv = argv };
	int status;
	pid_t pid;

	snprintf(path, sizeof path, "%s/postern-newu", path_bin());
	pid = child_start(&newu);
	if (pid == -1 || child_wait(pid, &status) == -1)
		die(111, "cannot run postern-newu");
	if (child_code(status) != 0)
		diex(111, "postern-newu failed");
}

/* users/assign ends with a dot. */
static void
save_assign(struct registry *r)
{
	linefile_remove(&r->assign, SPAN("."));
	if (linefile_set(&r->assign, SPAN(".")) == -1)
		die(111, "cannot change users/assign");
	save(&r->assign, r->users, "assign", 0644);
	compile_assign();
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

/*
 * passwd comes last: all else follows from it, and a command that was
 * interrupted finds there what it found before, and does it all again.
 */
void
registry_commit(struct registry *r)
{
	bool routes = r->assign.changed || r->domains.changed;

	save_people_cdb(r);
	if (r->assign.changed)
		save_assign(r);
	if (r->domains.changed)
		save(&r->domains, r->control, "virtualdomains", 0644);
	if (r->rcpthosts.changed)
		save(&r->rcpthosts, r->control, "rcpthosts", 0644);
	if (routes)
		tell_send();
	if (r->people.changed)
		save(&r->people, r->control, "passwd", 0600);
}
