/*
 * postern-rspawn - start postern-remote, one for a destination
 *
 * runs as    postern-r
 * hears      send, on descriptor 0: a destination's name, passed on unread
 * starts     postern-remote -w, a fresh program each time, so that its memory
 *            lies elsewhere each time
 * never      sees a message or a byte from the network
 * exits      0 when send is gone; 111 trouble
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf.h"
#include "lib/os/child.h"
#include "lib/os/confine.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "lib/os/spawner.h"

enum { SEND = 0 };

static pid_t
start(void *program, const char *key, int sock, struct spawner_why *why)
{
	char *args[] = { (char *)"postern-remote", (char *)"-w", (char *)key,
	    NULL };
	const struct child_fd fds[] = { { sock, 0 }, { 2, 1 }, { 2, 2 } };
	const struct child c = { .path = program, .argv = args, .fds = fds,
	    .nfds = 3, .close_from = 3 };
	pid_t pid = child_start(&c);

	(void)why;
	return pid == -1 ? 0 : pid;
}

/* Programs of others that stand in for postern-remote may need anything. */
static void
confine_myself(void)
{
	static const struct confine_profile profile = {
		.name = "postern-rspawn",
		.may = CONFINE_FORK | CONFINE_EXEC | CONFINE_RPATH |
		    CONFINE_INET | CONFINE_FDPASS,
	};
	const char *wrapped = getenv("QMAILREMOTE");

	if (wrapped != NULL && wrapped[0] != '\0')
		return;
	if (confine(&profile) == -1)
		die(111, "cannot confine myself");
}

int
main(void)
{
	static const int clients[] = { SEND };
	char program[PATH_MAX];
	const struct spawner s = { .limit = CONF_SPAWN, .start = start,
	    .self = program };

	die_name("postern-rspawn");
	confine_myself();
	snprintf(program, sizeof program, "%s/postern-remote", path_bin());
	if (spawner_run(&s, clients, 1) == -1)
		die(111, "cannot go on");
	return 0;
}
