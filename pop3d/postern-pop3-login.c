/*
 * postern-pop3-login - let somebody log in by POP3, and become the server
 *
 * runs as    root, one process per session, until the login; and its child,
 *            which alone hears the network, as a user of its own in an empty
 *            directory, with nothing but its descriptors
 * asks       the auth door (-d), or a checkpassword program
 * starts     the server, as the user who logged in
 * never      parses what came from the network, as root
 * exits      0 client done or gone; 1 no sign of life; 100 misused; 111 trouble
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/net/ip.h"
#include "lib/net/connect.h"
#include "lib/os/confine.h"
#include "lib/os/control.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/sasl/sasl.h"
#include "pop3d/entry.h"
#include "pop3d/login.h"

struct settings {
	struct entry_settings entry;
	struct login_settings login;
	char peer[IP_TEXT_MAX];
};

/* ---- before the session ---- */

/* A descriptor whose number stands in the environment; -1. */
static int
fd_of(const char *name)
{
	const char *s = getenv(name);
	uint64_t n;

	if (s == NULL || num_parse(span_str(s), 65535, &n) == -1 ||
	    fcntl((int)n, F_GETFD) == -1)
		return -1;
	return (int)n;
}

/* UCSPI-TLS: all three or none; or encrypted before we started. */
static void
find_tls(struct settings *s)
{
	struct login_settings *l = &s->login;
	struct span proto = span_str(getenv("PROTO") != NULL ?
	    getenv("PROTO") : "");

	l->tls_ctl = fd_of("SSLCTLFD");
	l->tls_read = fd_of("SSLREADFD");
	l->tls_write = fd_of("SSLWRITEFD");
	if (l->tls_ctl == -1 || l->tls_read == -1 || l->tls_write == -1)
		l->tls_ctl = l->tls_read = l->tls_write = -1;
	l->tls = l->tls_ctl == -1 && (getenv("SSL_PROTOCOL") != NULL ||
	    span_starts(proto, SPAN("SSL")) || span_starts(proto, SPAN("TLS")));
	s->entry.tls_ctl = l->tls_ctl;
	s->entry.tls_read = l->tls_read;
	s->entry.tls_write = l->tls_write;
}

/* The client's address, of our parent or of the socket. Is it this host? */
static bool
find_peer(struct settings *s)
{
	const char *env = getenv("TCPREMOTEIP");
	const char *told = env;
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	struct ip ip = { 0 };
	uint16_t port;

	if (env == NULL)
		env = getenv("REMOTE_ADDR");	/* systemd */
	if (env != NULL) {
		if (!ip_parse(span_str(env), &ip))
			return false;
	} else if (getpeername(0, (struct sockaddr *)&from, &len) == -1 ||
	    !ip_from_sockaddr(&from, &ip, &port)) {
		return true;		/* a pipe, or a socket of this host */
	}
	ip_format(&ip, s->peer);
	if (told == NULL || strcmp(told, s->peer) != 0)
		setenv("TCPREMOTEIP", s->peer, 1);
	return ip_is_loopback(&ip);
}

/* Whom the front end vouches for: in the variable that authexternal names. */
static void
find_vouched(struct settings *s, int control)
{
	struct buf b;
	const char *name, *value = NULL;

	buf_init(&b, 256);
	if (control_line(control, "authexternal", &b) == -1)
		die(111, "cannot read control/authexternal");
	if (b.len > 0 && s->entry.door && (name = buf_cstr(&b)) != NULL)
		value = getenv(name);
	if (value != NULL && value[0] != '\0' &&
	    strlen(value) <= SASL_NAME_MAX) {
		s->entry.vouched = s->login.vouched = span_str(value);
		s->login.mechanisms |= SASL_EXTERNAL;
	}
	buf_free(&b);
}

static void
get_num(int control, const char *name, uint64_t most, uint64_t *n)
{
	if (control_num(control, name, most, n) == -1)
		die(111, "cannot read control/%s", name);
}

static void
load_settings(struct settings *s)
{
	int control = control_open();
	bool here = find_peer(s);
	uint64_t plain = 0, scram;

	if (control == -1)
		die(111, "cannot open %s", path_control());
	/* where nobody can have a verifier, no client shall prefer it */
	scram = faccessat(control, "passwd.cdb", F_OK, 0) == 0;
	get_num(control, "authscram", 1, &scram);
	get_num(control, "plaintextauth", 1, &plain);
	s->login.expire_days = UINT64_MAX;
	get_num(control, "pop3expire", 36500, &s->login.expire_days);
	get_num(control, "pop3logindelay", 86400, &s->login.login_delay);
	s->login.plain_ok = here || plain == 1;
	s->login.mechanisms = SASL_PLAIN | SASL_LOGIN;
	if (s->entry.door && scram == 1)
		s->login.mechanisms |= SASL_SCRAM_SHA_256;
	find_vouched(s, control);
	s->entry.mechanisms = s->login.mechanisms;
	s->entry.plain_ok = s->login.plain_ok;
	close(control);
}

/* ---- the child ---- */

/* An empty directory, and the user who owns queue/login: no NSS. */
static void
change_user(void)
{
	struct stat st;

	if (chdir(path_queue()) == -1 || stat("login", &st) == -1)
		die(111, "cannot see %s/login", path_queue());
	if (st.st_uid == 0 || st.st_gid == 0)
		diex(111, "%s/login is root's, or its group is", path_queue());
	if (chroot("empty") == -1 || chdir("/") == -1)
		die(111, "cannot change root to %s/empty", path_queue());
	if (setgroups(1, &st.st_gid) == -1 || setgid(st.st_gid) == -1 ||
	    setuid(st.st_uid) == -1 || setuid(0) != -1)
		die(111, "cannot become the owner of %s/login", path_queue());
}

static void
give_up_everything(void)
{
	const struct confine_profile profile = {
		.name = "postern-pop3-login",
		.may = CONFINE_FDPASS,
		.nofile = 64,
	};

	if (!path_rootless())
		change_user();
	if (confine(&profile) == -1)
		die(111, "cannot confine myself");
}

static pid_t
start_login(struct settings *s)
{
	int sv[2];
	pid_t pid;

	if (fdpass_pair(sv) == -1 || (pid = fork()) == -1)
		die(111, "cannot start the login");
	if (pid == 0) {
		close(sv[0]);
		s->login.parent = sv[1];
		give_up_everything();
		die_answer(-1, NULL);
		_exit(login_run(&s->login));
	}
	die_answer(-1, NULL);		/* the login greets the client */
	close(sv[1]);
	s->entry.login = sv[0];
	return pid;
}

/* Nobody else sees that a login died. The exit code. */
static int
end_login(pid_t pid, int code)
{
	int status;

	(void)kill(pid, SIGKILL);	/* what has ended stays as it ended */
	if (waitpid(pid, &status, 0) == -1 || !WIFSIGNALED(status) ||
	    WTERMSIG(status) == SIGKILL)
		return code;
	warn_plain("the login died of signal %d", WTERMSIG(status));
	return 111;
}

int
main(int argc, char **argv)
{
	static struct settings s;
	pid_t login;
	int opt;

	die_name("postern-pop3-login");
	while ((opt = getopt(argc, argv, "+d")) != -1)
		switch (opt) {
		case 'd':
			s.entry.door = true;
			break;
		default:
			diex(100, "usage: postern-pop3-login [-d] program "
			    "[argument ...]");
		}
	if (optind == argc)
		diex(100, "no program to run");
	/* under inetd, for what we start as well */
	if (die_is_heard_by(0) && die_turn_away() == -1)
		return 111;
	signal(SIGPIPE, SIG_IGN);
	die_answer(1, "-ERR [SYS/TEMP] no service now\r\n");
	s.entry.program = argv + optind;
	s.entry.service = "pop3";
	s.entry.peer = s.peer;
	find_tls(&s);
	load_settings(&s);
	s.login.until = deadline_in_ms(LOGIN_TIME_MS);
	tcp_undelayed(1);
	login = start_login(&s);
	return end_login(login, entry_serve(&s.entry));
}
