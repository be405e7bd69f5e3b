/*
 * postern - the administrator's command
 *
 * runs as    root (a root-less build: anybody)
 * does       what its first argument says: a subcommand of its own, or the
 *            program postern-NAME of that name
 * exits      0 done; 1 not done, and why; 100 misused; 111 trouble
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/user.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "user", user_main },
};

/* A name of letters and dashes only, so that it stays in the directory. */
static void
run_program(char **argv)
{
	char path[PATH_MAX];

	if (strspn(argv[0], "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	    strlen(argv[0]))
		diex(100, "%s: no such subcommand", argv[0]);
	snprintf(path, sizeof path, "%s/postern-%s", path_bin(), argv[0]);
	execv(path, argv);
	die(100, "%s", path);
}

int
main(int argc, char **argv)
{
	die_name("postern");
	if (argc < 2)
		diex(100, "usage: postern subcommand [argument ...]; "
		    "see postern(8)");
	umask(022);
	for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
	run_program(argv + 1);
	return 100;
}
