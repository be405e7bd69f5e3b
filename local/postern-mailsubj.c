/*
 * postern-mailsubj - send standard input as a message with a subject
 *
 * runs as    its caller
 * hears      the body on descriptor 0, arguments
 * starts     postern-inject
 * exits      as postern-inject: 0 queued, 100, 111
 */
#include "lib/base/buf.h"
#include "lib/os/die.h"
#include "lib/os/paths.h"
#include "local/tool.h"

enum { HEADER_MAX = 1 << 20 };

/* An argument as a part of a field, which it cannot leave. */
static void
add_text(struct buf *to, const char *text)
{
	for (; *text != '\0'; text++)
		buf_char(to, *text == '\n' || *text == '\r' ? ' ' : *text);
}

int
main(int argc, char **argv)
{
	char *command[2] = { NULL, NULL };
	struct buf header, program;
	struct span first;

	die_name("mailsubj");
	if (argc < 3)
		diex(TOOL_PERMANENT, "usage: postern-mailsubj subject "
		    "recipient ...");
	buf_init(&header, HEADER_MAX);
	buf_str(&header, "Subject: ");
	add_text(&header, argv[1]);
	for (int i = 2; i < argc; i++) {
		buf_str(&header, i == 2 ? "\nTo: " : ",\n  ");
		add_text(&header, argv[i]);
	}
	buf_str(&header, "\n\n");
	buf_init(&program, HEADER_MAX);
	buf_fmt(&program, "%s/postern-inject", path_bin());
	command[0] = (char *)buf_cstr(&program);
	if (command[0] == NULL || buf_get(&header, &first) == -1)
		die(TOOL_TEMPORARY, "arguments");
	return tool_feed(command, first);
}
