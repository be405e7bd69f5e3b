/*
 * postern-inject - complete a message and put it into the queue
 *
 * runs as    whoever calls it
 * hears      its caller: a message on descriptor 0, arguments, environment
 * reads      control files, /etc/passwd when the environment names no user
 * starts     postern-queue, or what $POSTERNQUEUE or $QMAILQUEUE name
 * exits      0 queued; 100 wrong usage or a message that cannot be sent;
 *            111 trouble on our side, try again
 */
#include <stdlib.h>
#include <unistd.h>

#include "lib/os/die.h"
#include "queue/submit.h"

enum { EXIT_BAD = 100, EXIT_TROUBLE = 111 };

enum recipients { ARGUMENTS, HEADER, EITHER, BOTH };

struct options {
	enum recipients recipients;
	const char *sender;
	bool print;
};

static void
read_options(int argc, char **argv, struct options *o)
{
	int c;

	opterr = 0;	/* we say it ourselves, in one line */
	while ((c = getopt(argc, argv, "aAhHnNf:")) != -1)
		switch (c) {
		case 'a':
			o->recipients = ARGUMENTS;
			break;
		case 'h':
			o->recipients = HEADER;
			break;
		case 'A':
			o->recipients = EITHER;
			break;
		case 'H':
			o->recipients = BOTH;
			break;
		case 'n':
			o->print = true;
			break;
		case 'N':
			o->print = false;
			break;
		case 'f':
			o->sender = optarg;
			break;
		default:
			diex(EXIT_BAD, "usage: postern-inject [-nNaAhH] "
			    "[-f sender] [recipient ...]");
		}
}

/* Ends the program unless r is SUBMIT_OK. */
static void
need(const struct submission *s, enum submit_result r)
{
	if (r != SUBMIT_OK)
		diex(r == SUBMIT_BAD ? EXIT_BAD : EXIT_TROUBLE, "%s", s->why);
}

static void
settle(struct submission *s, const struct options *o, char **arguments)
{
	const char *letters = getenv("QMAILINJECT");

	s->how.strict = true;
	if (letters != NULL)
		submission_letters(s, letters);
	if (o->sender != NULL)
		submission_set_sender(s, span_str(o->sender));
	s->add_header_recipients = o->recipients == HEADER ||
	    o->recipients == BOTH ||
	    (o->recipients == EITHER && *arguments == NULL);
	if (o->recipients != HEADER)
		for (; *arguments != NULL; arguments++)
			submission_add(s, span_str(*arguments));
}

static int
print(struct submission *s)
{
	static struct out out;

	out_init(&out, 1, -1);
	need(s, submission_print(s, &out));
	return 0;
}

static int
queue(struct submission *s)
{
	struct injector_verdict v;

	if (s->recipients.len == 0)
		diex(EXIT_BAD, "no recipients");
	need(s, submission_queue(s, &v));
	if (v.code != 0)
		diex(v.text[0] == 'D' ? EXIT_BAD : EXIT_TROUBLE, "%s",
		    v.text + 1);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct submission s;
	struct options o = { .recipients = EITHER };

	die_name("postern-inject");
	read_options(argc, argv, &o);
	submission_init(&s, 0);
	need(&s, submission_load(&s));
	settle(&s, &o, argv + optind);
	need(&s, submission_read(&s));
	return o.print ? print(&s) : queue(&s);
}
