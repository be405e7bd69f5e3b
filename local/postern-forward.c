/*
 * postern-forward - send a message on, from a .qmail file
 *
 * runs as    the owner of the address
 * hears      its message on descriptor 0, variables of postern-local
 * starts     postern-queue, or what $POSTERNQUEUE or $QMAILQUEUE name
 * exits      0 queued; 100 refused for good; 111 trouble
 */
#include <stdio.h>

#include "lib/os/die.h"
#include "local/tool.h"

int
main(int argc, char **argv)
{
	struct span sender, first;

	die_name("forward");
	if (argc < 2)
		diex(TOOL_PERMANENT, "usage: postern-forward address ...");
	sender = tool_need("NEWSENDER");
	first = tool_need("DTLINE");
	printf("forward: qp %u\n", tool_queue(sender, first, argv + 1));
	return fflush(stdout) == 0 ? 0 : TOOL_TEMPORARY;
}
