/*
 * postern-pop3d - let one user fetch mail from a Maildir by POP3
 *
 * runs as    the user, from the user's home, after the login
 * hears      the network, authenticated, on descriptors 0 and 1
 * reads      control files before confine(); then that Maildir only
 * starts     forks that help to read a large Maildir, before the first command
 * never      changes a message before QUIT; runs as root
 * exits      0 client done or gone; 1 run as root; 111 trouble on our side
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/maildir/deliver.h"
#include "lib/os/confine.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "pop3d/session.h"

enum { STALL_MS = 300000, DAY_S = 86400, FORMAT_MAX = 128 };

/* Bytes that the login had read already: env POSTERN_PENDING names a fd. */
static void
take_pending(struct session *s)
{
	const char *env = getenv("POSTERN_PENDING");
	uint64_t fd;
	ssize_t n;

	if (env == NULL)
		return;
	if (num_parse(span_str(env), 1000, &fd) == -1)
		diex(111, "POSTERN_PENDING is no descriptor");
	n = read_full((int)fd, s->in.bytes, IN_SIZE);
	if (n == -1)
		die(111, "cannot read descriptor %d", (int)fd);
	s->in.len = (size_t)n;
	close((int)fd);
}

/* What Dovecot's pop3_uidl_format was, where there was one before us. */
static bool
load_uidl_format(struct session *s, int dir)
{
	static struct buf b;

	buf_init(&b, FORMAT_MAX);
	switch (control_line(dir, "pop3uidlformat", &b)) {
	case 0:
		return true;
	case 1:
		s->uidl_format = buf_peek(&b);
		if (maildir_uidl_format_ok(s->uidl_format))
			return true;
		warn_plain("control/pop3uidlformat: not a form we know");
		return false;
	default:
		warn_errno("cannot read control/pop3uidlformat");
		return false;
	}
}

static bool
load_num(int dir, const char *name, uint64_t most, uint64_t *n)
{
	if (control_num(dir, name, most, n) != -1)
		return true;
	warn_errno("cannot read control/%s", name);
	return false;
}

/* false: one of them is not readable, and the log says which. */
static bool
load_controls(struct session *s)
{
	uint64_t idle = SESSION_IDLE_S;
	int dir = control_open();
	bool ok;

	s->expire_days = UINT64_MAX;
	s->uidl_format = MAILDIR_UIDL_FORMAT;
	if (dir == -1 && errno != ENOENT)
		warn_errno("cannot open the control directory");
	ok = dir == -1 ? errno == ENOENT :
	    load_num(dir, "timeoutpop3d", DAY_S, &idle) &&
	    load_num(dir, "pop3expire", 36500, &s->expire_days) &&
	    load_num(dir, "pop3logindelay", DAY_S, &s->login_delay_s) &&
	    load_uidl_format(s, dir);
	if (dir != -1)
		close(dir);
	s->idle_ms = (int64_t)idle * 1000;
	return ok;
}

/* Made by the first delivery; who logs in before that has no mail yet. */
static void
make_missing(const char *maildir)
{
	if (access(maildir, F_OK) == -1 && errno == ENOENT &&
	    maildir_make(AT_FDCWD, maildir) == -1)
		warn_errno("cannot make %s", maildir);
}

static void
confine_to(const char *maildir)
{
	const unsigned all = CONFINE_RPATH | CONFINE_WPATH | CONFINE_CPATH;
	const struct confine_path paths[] = { { maildir, all } };
	const struct confine_profile profile = {
		.name = "postern-pop3d",
		.may = all | CONFINE_SIGNAL | CONFINE_FORK,
		.paths = paths,
		.npaths = 1,
		.close_from = 3,
	};

	if (confine(&profile) == -1)
		die(111, "cannot confine myself");
}

/* The helpers of the opening were the last processes that this one starts. */
static void
start_no_more(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_NPROC, &none) == -1)
		die(111, "cannot limit myself");
}

/*
 * Answers the PASS or AUTH of the login: the lock comes first, so that what is
 * numbered stays. true; false: refused, and said so.
 */
static bool
open_maildrop(struct session *s, const char *maildir)
{
	int box = open(maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int locked = box == -1 ? -1 : lock_take(&s->lock, box);

	if (locked == 0) {
		session_say(s, "-ERR [IN-USE] another session is open");
		return false;
	}
	if (locked == 1 && s->login_delay_s > 0 &&
	    lock_too_soon(box, s->login_delay_s)) {
		lock_drop(&s->lock);
		session_say(s, "-ERR [LOGIN-DELAY] you were here just now");
		return false;
	}
	if (locked == -1 || maildrop_open(&s->drop, box,
	    s->uidl_format) == -1) {
		warn_errno("cannot open %s", maildir);
		if (locked == 1)
			lock_drop(&s->lock);
		session_say(s, "-ERR [SYS/TEMP] cannot open the maildrop");
		return false;
	}
	start_no_more();
	session_say(s, "+OK ready");
	return true;
}

static void
log_session(const struct session *s)
{
	const char *ip = getenv("TCPREMOTEIP");
	const char *user = getenv("USER");

	note_plain("%s user %s: %zu messages, %llu fetched, %llu deleted%s",
	    ip != NULL ? ip : "-", user != NULL ? user : "-",
	    s->drop.list.count, (unsigned long long)s->fetched,
	    (unsigned long long)s->deleted, s->updated ? "" : ", no QUIT");
}

static void
serve(struct session *s, const char *maildir)
{
	make_missing(maildir);
	confine_to(maildir);
	if (!open_maildrop(s, maildir))
		return;
	session_begin(s);
	while (!s->over)
		session_step(s);
	lock_drop(&s->lock);
	log_session(s);
}

int
main(int argc, char **argv)
{
	static struct session s;
	const char *maildir = argc > 1 ? argv[1] : "Maildir";

	die_name("postern-pop3d");
	if (geteuid() == 0)
		diex(1, "refuses to serve root");
	signal(SIGPIPE, SIG_IGN);	/* the lock is to be dropped */
	out_init(&s.out, 1, STALL_MS);
	in_init(&s.in, 0, &s.out);
	take_pending(&s);
	s.utf8 = getenv("POSTERN_UTF8") != NULL;
	s.sasl = getenv("POSTERN_SASL");
	if (load_controls(&s))
		serve(&s, maildir);
	else
		session_say(&s, "-ERR [SYS/TEMP] cannot open the maildrop");
	out_flush(&s.out);
	return 0;
}
