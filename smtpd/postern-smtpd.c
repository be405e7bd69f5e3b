/*
 * postern-smtpd - take mail from one client, on descriptors 0 and 1
 *
 * runs as    postern-d, one process per connection
 * hears      the network, before any login: believes nothing
 * reads      control files, all before confine()
 * starts     nothing: postern-queue is asked over its socket or, where nobody
 *            listens, run by a launcher that was forked before confine()
 * asks       the users door whether a recipient exists
 * never      writes a file, opens a mailbox, reads a password database
 * exits      0 client done; 1 client gone; 111 trouble on our side
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/confine.h"
#include "lib/os/die.h"
#include "smtpd/session.h"

enum { MEMORY_MAX = 64 << 20, DESCRIPTORS_MAX = 32 };

/* No path at all, no program; the users door and the log are sockets. */
static const struct confine_profile profile = {
	.name = "postern-smtpd",
	.may = CONFINE_UNIX | CONFINE_FDPASS,
	.nofile = DESCRIPTORS_MAX,
	.memory = MEMORY_MAX,
};

static void
usage(void)
{
	diex(100, "usage: postern-smtpd [-bl]");
}

/* -l: LMTP, also by the name of postern-lmtpd. -b: as sendmail -bs. */
static void
options(struct session *s, int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	int c;

	base = base != NULL ? base + 1 : argv[0];
	s->lmtp = strcmp(base, "postern-lmtpd") == 0;
	while ((c = getopt(argc, argv, "bl")) != -1) {
		if (c == 'l')
			s->lmtp = true;
		else if (c == 'b')
			s->local = true;
		else
			usage();
	}
	if (argc != optind)
		usage();
}

/* Descriptors 0, 1 and 2 are ours to use, or nothing is. */
static void
check_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    (fd < 2 || open("/dev/null", O_WRONLY) != 2))
			_exit(111);
}

/*
 * Under inetd descriptor 2 is the client's, so neither our log nor a word of
 * the queue program may go there; a user of sendmail -bs wants no log either.
 */
static void
choose_log(const struct session *s)
{
	bool theirs = die_is_heard_by(0);
	int null;

	if (theirs || s->local)
		die_to_syslog();
	if (!theirs)
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null == -1 || dup2(null, 2) == -1)
		die(111, "cannot open /dev/null");
	close(null);
}

/* No service now: the log gets the cause, the client an answer. */
static _Noreturn void
give_up(struct session *s, const char *what)
{
	warn_errno("%s: %s", s->peer.ip, what);
	reply(s, "421 4.3.0 no service now");
	out_flush(&s->out);
	exit(111);
}

int
main(int argc, char **argv)
{
	static struct session s;	/* large, and zero until it is used */

	die_name("postern-smtpd");
	check_descriptors();
	options(&s, argc, argv);
	choose_log(&s);
	signal(SIGPIPE, SIG_IGN);
	session_init(&s, 0, 1);
	if (session_load(&s) == -1)
		return 111;
	if (outlet_init(&s.outlet, !s.local) == -1)
		give_up(&s, "cannot fork");
	if (confine(&profile) == -1)
		give_up(&s, "cannot confine myself");
	session_greet(&s);
	while (session_step(&s) == 1)
		;
	return session_end(&s);
}
