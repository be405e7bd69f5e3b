/*
 * postern-condredirect - perhaps send a message elsewhere, from a .qmail file
 *
 * runs as    the owner of the address
 * hears      its message on descriptor 0, variables of postern-local
 * starts     the program that decides; postern-queue, or what $POSTERNQUEUE or
 *            $QMAILQUEUE name
 * exits      0 the program said no; 99 sent elsewhere; 100 refused for good;
 *            111 trouble, or the program said so
 */
#include <stdio.h>

#include "lib/os/die.h"
#include "local/tool.h"

enum { STOP_HERE = 99 };

int
main(int argc, char **argv)
{
	char *to[2] = { NULL, NULL };
	struct span sender, first;
	int code;

	die_name("condredirect");
	if (argc < 3)
		diex(TOOL_PERMANENT, "usage: postern-condredirect address "
		    "program [argument ...]");
	to[0] = argv[1];
	code = tool_run(argv + 2);
	if (code != 0)
		return code == TOOL_TEMPORARY ? TOOL_TEMPORARY : 0;
	sender = tool_need("SENDER");
	first = tool_need("DTLINE");
	printf("condredirect: qp %u\n", tool_queue(sender, first, to));
	return fflush(stdout) == 0 ? STOP_HERE : TOOL_TEMPORARY;
}
