/*
 * postern-bouncesaying - perhaps bounce a message, from a .qmail file
 *
 * runs as    the owner of the address
 * hears      its message on descriptor 0
 * starts     the program that decides
 * exits      0 the program said no; 100 bounce; 111 it said try again
 */
#include <stdio.h>

#include "lib/os/die.h"
#include "local/tool.h"

int
main(int argc, char **argv)
{
	int code;

	die_name("bouncesaying");
	if (argc < 2)
		diex(TOOL_PERMANENT, "usage: postern-bouncesaying text "
		    "[program [argument ...]]");
	code = argc > 2 ? tool_run(argv + 2) : 0;
	if (code != 0)
		return code == TOOL_TEMPORARY ? TOOL_TEMPORARY : 0;
	printf("%s\n", argv[1]);
	return fflush(stdout) == 0 ? TOOL_PERMANENT : TOOL_TEMPORARY;
}
