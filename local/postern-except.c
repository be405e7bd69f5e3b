/*
 * postern-except - turn a program's exit code round, in a .qmail file
 *
 * runs as    its caller
 * starts     the program
 * exits      100 when that exits 0; 111 when it exits 111; otherwise 0
 */
#include "lib/os/die.h"
#include "local/tool.h"

int
main(int argc, char **argv)
{
	int code;

	die_name("except");
	if (argc < 2)
		diex(TOOL_PERMANENT, "usage: postern-except program "
		    "[argument ...]");
	code = tool_run(argv + 1);
	return code == 0 ? TOOL_PERMANENT :
	    code == TOOL_TEMPORARY ? TOOL_TEMPORARY : 0;
}
