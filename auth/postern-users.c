/*
 * postern-users - whose is an address, and does it exist?
 *
 * runs as    postern-p, started by postern-start
 * hears      questions from send, lspawn and smtpd: addresses that strangers
 *            chose, nothing else of theirs
 * reads      users/cdb, control files, the system's accounts through NSS
 * starts     nothing; helpers that it forks ask NSS
 * never      opens a mailbox; what only an owner can see, that owner's worker
 *            is asked for
 * exits      0 when its lifeline ends; 111 trouble
 */
#include <fcntl.h>
#include <signal.h>

#include "auth/door.h"
#include "lib/os/confine.h"
#include "lib/os/die.h"

enum { LISTENER = 0, LSPAWN = 3, LSPAWN_DOOR = 4, LIFELINE = 5 };

/* A descriptor that start may have given us. */
static int
given(int fd)
{
	return fcntl(fd, F_GETFD) == -1 ? -1 : fd;
}

/* What name services may need: files, the network, sockets, code to load. */
static const struct confine_profile profile = {
	.name = "postern-users",
	.may = CONFINE_RPATH | CONFINE_FORK | CONFINE_SIGNAL | CONFINE_UNIX |
	    CONFINE_DNS | CONFINE_FDPASS | CONFINE_LOADER,
};

static void
on_hup(int sig)
{
	(void)sig;
	door_forget();
}

int
main(void)
{
	struct door *d;

	die_name("postern-users");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);	/* helpers need no burial */
	signal(SIGHUP, on_hup);
	d = door_new(LISTENER, given(LSPAWN), given(LSPAWN_DOOR),
	    given(LIFELINE));
	if (d == NULL)
		die(111, "cannot begin");
	if (confine(&profile) == -1)
		die(111, "cannot confine myself");
	if (door_serve(d) == -1)
		die(111, "cannot wait for events");
	return 0;
}
