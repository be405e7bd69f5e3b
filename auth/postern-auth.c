/*
 * postern-auth - answer at the auth door: is this the user's password?
 *
 * runs as    root, for the shadow file; no network
 * hears      length-checked packets from root and from smtpd's user
 * reads      passwd.cdb, the shadow file and NSS, a few control files
 * starts     workers (forks of itself) that look up and hash
 * never      says more than yes, no, later, and who it is
 * writes     authsecret in the control directory, once
 * exits      0 its parent is gone; 111 trouble on our side
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/gate.h"
#include "auth/hash.h"
#include "auth/verify.h"
#include "lib/os/confine.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "lib/os/replace.h"

enum {
	LISTENER = 0,
	LIFELINE = 5,
	SECRET_SIZE = 32,
	DEFAULT_DELAY = 2,		/* seconds */
	DEFAULT_WORKERS = 8,
	DEFAULT_PER_PEER = 20,
	DEFAULT_PER_USER = 100,
	DEFAULT_WINDOW = 600,		/* seconds */
};

static volatile sig_atomic_t hung_up;

static void
on_hup(int sig)
{
	(void)sig;
	hung_up = 1;
}

static uint64_t
setting(int control, const char *name, uint64_t most, uint64_t otherwise)
{
	uint64_t n = otherwise;

	if (control_num(control, name, most, &n) == -1) {
		warn_errno("cannot read control/%s, keeping %llu", name,
		    (unsigned long long)otherwise);
		return otherwise;
	}
	return n;
}

static void
read_settings(struct gate_settings *s)
{
	s->delay_ms = 1000 * (int64_t)setting(s->control, "authdelay", 60,
	    DEFAULT_DELAY);
	s->workers = (unsigned)setting(s->control, "concurrencyauth",
	    GATE_WORKERS_MAX, DEFAULT_WORKERS);
	if (s->workers == 0)
		s->workers = 1;
	s->limits->per_peer = (uint32_t)setting(s->control, "authlimitpeer",
	    100000, DEFAULT_PER_PEER);
	s->limits->per_user = (uint32_t)setting(s->control, "authlimituser",
	    100000, DEFAULT_PER_USER);
	s->limits->window_ms = 1000 * (int64_t)setting(s->control,
	    "authlimittime", 1000000, DEFAULT_WINDOW);
	if (s->limits->window_ms == 0)
		s->limits->window_ms = 1000;
}

static void
reload(struct gate_settings *s)
{
	if (!hung_up)
		return;
	hung_up = 0;
	read_settings(s);
}

/* A secret that is there is kept, whatever is wrong: 1; 0 none is there; -1. */
static int
find_secret(int control, unsigned char secret[SECRET_SIZE])
{
	struct buf b;
	int r;

	buf_init(&b, SECRET_SIZE + 1);	/* one more, to see the end */
	r = control_bytes(control, "authsecret", &b);
	if (r == 1 && b.len != SECRET_SIZE) {
		errno = EINVAL;
		r = -1;
	}
	if (r == 1)
		memcpy(secret, b.p, SECRET_SIZE);
	buf_free(&b);
	return r;
}

/*
 * What makes the salts of strangers stable: 32 bytes in control/authsecret,
 * made at the first start. Where that cannot be read or written, until we end.
 */
static void
read_secret(int control, unsigned char secret[SECRET_SIZE])
{
	struct span bytes = { (char *)secret, SECRET_SIZE };
	int found = find_secret(control, secret);

	if (found == 1)
		return;
	if (found == -1)
		warn_errno("cannot use control/authsecret, %d bytes; it stays "
		    "as it is", SECRET_SIZE);
	if (random_bytes(secret, SECRET_SIZE) == -1)
		die(111, "no random numbers");
	if (found == 0 &&
	    file_replace(control, "authsecret", bytes, 0600) == -1)
		warn_errno("cannot write control/authsecret");
}

static void
confine_self(void)
{
	const struct confine_profile profile = {
		.name = "postern-auth",
		.may = CONFINE_RPATH | CONFINE_FORK | CONFINE_UNIX |
		    CONFINE_FDPASS | CONFINE_SIGNAL | CONFINE_LOADER,
	};

	if (confine(&profile) == -1)
		die(111, "cannot confine myself");
}

/* Started by hand, it has none and would ask it for clients without end. */
static void
need_listener(void)
{
	int listens = 0;
	socklen_t len = sizeof listens;

	if (getsockopt(LISTENER, SOL_SOCKET, SO_ACCEPTCONN, &listens,
	    &len) == -1 || listens == 0)
		diex(111, "descriptor 0 is not the auth door, which "
		    "postern-start makes");
}

static void
set_signals(void)
{
	struct sigaction hup = { .sa_handler = on_hup };

	sigaction(SIGHUP, &hup, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
main(void)
{
	static struct limits limits;
	unsigned char secret[SECRET_SIZE];
	struct gate_settings s = { .limits = &limits };
	struct buf dummy;
	int lifeline;

	die_name("postern-auth");
	need_listener();
	lifeline = fcntl(LIFELINE, F_GETFD) == -1 ? -1 : LIFELINE;
	if ((s.control = control_open()) == -1)
		die(111, "cannot open %s", path_control());
	buf_init(&dummy, PEOPLE_HASH_MAX);
	if (verify_dummy(s.control, &dummy) == -1)
		die(111, "control/authscheme");
	s.dummy = buf_peek(&dummy);
	read_secret(s.control, secret);
	s.secret = (struct span){ (char *)secret, sizeof secret };
	if (random_bytes(&limits.seed, sizeof limits.seed) == -1)
		die(111, "no random numbers");
	read_settings(&s);
	set_signals();
	confine_self();
	if (gate_serve(LISTENER, lifeline, &s, reload) == -1)
		die(111, "cannot go on");
	return 0;
}
