/*
 * postern-qreceipt - tell the sender that a message has arrived, if asked to
 *
 * runs as    the owner of the address
 * hears      its message on descriptor 0, variables of postern-local
 * starts     postern-queue, or what $POSTERNQUEUE or $QMAILQUEUE name
 * exits      0 told, or not asked to; 100 wrong usage; 111 trouble
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/mail/address.h"
#include "lib/mail/date.h"
#include "lib/mail/header.h"
#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/in.h"
#include "local/tool.h"

enum { HEADER_MAX = 1 << 20, NOTICE_MAX = 65536 };

/* Does the list in value name address? */
static bool
names(struct span value, struct span address)
{
	struct address_list l;
	struct address a;
	bool found = false;

	address_list_init(&l, value);
	while (!found && address_next(&l, &a) == 1)
		found = a.kind == ADDRESS_MAILBOX &&
		    span_case_eq(a.whole, address);
	address_list_free(&l);
	return found;
}

/* The beginning of the message, which holds its header or most of it. */
static struct span
read_beginning(void)
{
	char *room = malloc(HEADER_MAX);
	ssize_t n;

	if (room == NULL)
		die(TOOL_TEMPORARY, "header");
	n = read_full(0, room, HEADER_MAX);
	if (n == -1)
		die(TOOL_TEMPORARY, "cannot read the message");
	return (struct span){ room, (size_t)n };
}

static void
write_notice(struct buf *to, struct span sender, struct span address,
    const struct header_field *id)
{
	char room[DATE_ROOM];
	uint64_t us = clock_wall_us();
	struct span local, domain;

	address_split(address, &local, &domain);
	buf_str(to, "Date: ");
	buf_span(to, date_write_utc(us / 1000000, room));
	buf_fmt(to, "\nMessage-ID: <%llu.%u.receipt@", (unsigned long long)us,
	    (unsigned)getpid());
	buf_span(to, domain);
	buf_str(to, ">\nFrom: ");
	if (path_write_bare(to, address) == -1)
		diex(TOOL_PERMANENT, "no such address");
	buf_str(to, "\nTo: ");
	if (path_write_bare(to, sender) == -1)
		exit(0);	/* not one that could be told */
	buf_str(to, "\nAuto-Submitted: auto-replied\n"
	    "Subject: success notice\n\nYour message\n\n   ");
	buf_span(to, span_trim(id->value));
	buf_str(to, "\n\nhas been delivered to\n\n   <");
	buf_span(to, address);
	buf_str(to, ">\n\nas you asked to be told.\n");
}

/* An empty message on descriptor 0: all of the notice is in front of it. */
static void
use_up_input(void)
{
	if (lseek(0, 0, SEEK_END) == -1)
		die(TOOL_TEMPORARY, "cannot skip the message");
}

int
main(int argc, char **argv)
{
	struct header_field asked, id = { .value = { "", 0 } };
	struct span sender, address, header, notice;
	char *to[2] = { NULL, NULL };
	struct buf b;

	die_name("qreceipt");
	if (argc != 2)
		diex(TOOL_PERMANENT, "usage: postern-qreceipt address");
	sender = tool_need("SENDER");
	address = span_str(argv[1]);
	header = read_beginning();
	if (sender.len == 0 || !header_find(header,
	    "Notice-Requested-Upon-Delivery-To", &asked) ||
	    !names(asked.value, address))
		return 0;
	if (!header_find(header, "Message-ID", &id))
		id.value = SPAN("(without a Message-ID)");
	buf_init(&b, NOTICE_MAX);
	write_notice(&b, sender, address, &id);
	if (buf_get(&b, &notice) == -1)
		die(TOOL_TEMPORARY, "notice");
	use_up_input();
	to[0] = (char *)sender.p;
	printf("qreceipt: qp %u\n", tool_queue(SPAN(""), notice, to));
	return fflush(stdout) == 0 ? 0 : TOOL_TEMPORARY;
}
