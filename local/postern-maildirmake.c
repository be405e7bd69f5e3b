/*
 * postern-maildirmake - make a Maildir
 *
 * runs as    its caller
 * exits      0 made; 100 wrong usage; 111 trouble
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/die.h"
#include "local/tool.h"

int
main(int argc, char **argv)
{
	static const char *const names[] = { "tmp", "new", "cur" };

	die_name("maildirmake");
	if (argc != 2)
		diex(TOOL_PERMANENT, "usage: postern-maildirmake directory");
	umask(077);
	if (mkdir(argv[1], 0700) == -1)
		die(TOOL_TEMPORARY, "cannot make %s", argv[1]);
	if (chdir(argv[1]) == -1)
		die(TOOL_TEMPORARY, "cannot enter %s", argv[1]);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (mkdir(names[i], 0700) == -1)
			die(TOOL_TEMPORARY, "cannot make %s/%s", argv[1],
			    names[i]);
	return 0;
}
