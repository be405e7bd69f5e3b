/*
 * postern-preline - give a message with its envelope lines to a program
 *
 * runs as    the owner of the address
 * hears      its message on descriptor 0, variables of postern-local
 * starts     the program
 * exits      as the program; 100 wrong usage; 111 trouble
 */
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/os/die.h"
#include "local/tool.h"

enum { LINES_MAX = 16384 };

struct options {
	bool from, return_path, delivered_to;
};

static void
read_options(int argc, char **argv, struct options *o)
{
	int c;

	opterr = 0;	/* we say it ourselves, in one line */
	while ((c = getopt(argc, argv, "+frdFRD")) != -1)
		switch (c) {
		case 'f':
		case 'F':
			o->from = c == 'F';
			break;
		case 'r':
		case 'R':
			o->return_path = c == 'R';
			break;
		case 'd':
		case 'D':
			o->delivered_to = c == 'D';
			break;
		default:
			optind = argc;
		}
	if (optind == argc)
		diex(TOOL_PERMANENT, "usage: postern-preline [-frdFRD] program "
		    "[argument ...]");
}

int
main(int argc, char **argv)
{
	struct options o = { true, true, true };
	struct buf lines;
	struct span first;

	die_name("preline");
	read_options(argc, argv, &o);
	buf_init(&lines, LINES_MAX);
	if (o.from)
		buf_span(&lines, tool_need("UFLINE"));
	if (o.return_path)
		buf_span(&lines, tool_need("RPLINE"));
	if (o.delivered_to)
		buf_span(&lines, tool_need("DTLINE"));
	if (buf_get(&lines, &first) == -1)
		die(TOOL_TEMPORARY, "envelope lines");
	return tool_feed(argv + optind, first);
}
