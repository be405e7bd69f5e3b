/*
 * postern-maildirmake - make a Maildir
 *
 * runs as    its caller
 * exits      0 made; 100 wrong usage; 111 trouble
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/maildir/deliver.h"
#include "lib/os/die.h"
#include "local/tool.h"

int
main(int argc, char **argv)
{
	die_name("maildirmake");
	if (argc != 2)
		diex(TOOL_PERMANENT, "usage: postern-maildirmake directory");
	umask(077);
	if (mkdir(argv[1], 0700) == -1)
		die(TOOL_TEMPORARY, "cannot make %s", argv[1]);
	if (maildir_make(AT_FDCWD, argv[1]) == -1)
		die(TOOL_TEMPORARY, "cannot make what belongs in %s", argv[1]);
	return 0;
}
