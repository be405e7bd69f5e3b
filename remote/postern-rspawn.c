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
#include <unistd.h>

#include "conf.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "lib/os/spawner.h"

enum { SEND = 0 };

static pid_t
start(void *program, const char *key, int sock, struct spawner_why *why)
{
	char *args[] = { (char *)"postern-remote", (char *)"-w", (char *)key,
	    NULL };
	pid_t pid = fork();

	(void)why;
	if (pid != 0)
		return pid == -1 ? 0 : pid;
	if (spawner_child(sock) == -1)
		_exit(111);
	execv(program, args);
	spawner_child_fail("Unable to run postern-remote");
}

int
main(void)
{
	static const int clients[] = { SEND };
	char program[PATH_MAX];
	struct spawner s = { CONF_SPAWN, start, program };

	die_name("postern-rspawn");
	snprintf(program, sizeof program, "%s/postern-remote", path_bin());
	if (spawner_run(&s, clients, 1) == -1)
		die(111, "cannot go on");
	return 0;
}
