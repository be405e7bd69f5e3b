/*
 * By hand, as qmail-local(8): one message on descriptor 0, one recipient in
 * the arguments, the outcome in words on descriptors 1 or 2 and in the exit
 * code. With -n, what would be done.
 */
#include "local/hand.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/out.h"
#include "local/copy.h"
#include "local/deliver.h"

enum { ARGUMENTS = 8 };

struct hand {
	struct owner owner;
	struct job job;
	struct buf address;
	struct verdict v;
};

/* A pipe, say, becomes a file first: it must be read more than once. */
static void
take_message(struct hand *h)
{
	struct stat st;

	if (fstat(0, &st) == -1)
		die(111, "no message on descriptor 0");
	h->job.fd = 0;
	if (!S_ISREG(st.st_mode)) {
		h->job.fd = copy_stream(0);
		if (h->job.fd == -1 || fstat(h->job.fd, &st) == -1)
			die(111, "cannot read the message");
	}
	h->job.size = (uint64_t)st.st_size;
}

static void
take_arguments(struct hand *h, char **a)
{
	struct job *j = &h->job;

	if (a[1][0] != '/')
		diex(100, "homedir must begin with a slash");
	j->owner = &h->owner;
	j->birth_us = clock_wall_us();
	buf_init(&h->address, 2 * WORK_ADDRESS_MAX);
	buf_str(&h->address, a[2]);
	buf_char(&h->address, '@');
	buf_str(&h->address, a[5]);
	if (buf_get(&h->address, &j->address) == -1)
		die(111, "cannot begin");
	j->local = span_str(a[2]);
	j->domain = span_str(a[5]);
	j->dash = span_str(a[3]);
	j->ext = span_str(a[4]);
	j->sender = span_str(a[6]);
}

static int
tell(const struct verdict *v)
{
	struct span text = buf_peek(&v->text);

	(void)write_all(v->class == WORK_DONE ? 1 : 2, text.p, text.len);
	switch (v->class) {
	case WORK_DONE:
		return 0;
	case WORK_NEVER:
		return 100;
	default:
		return 111;
	}
}

/* The last argument stands in for control/defaultdelivery. */
static void
take_default(struct owner *o, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_reset(&o->fallback);
	buf_str(&o->fallback, text);
	if (o->fallback.err != 0)
		o->control_err = o->fallback.err;
}

static int
run(struct hand *h, char **a, bool describe)
{
	struct recipe r;

	verdict_init(&h->v);
	take_arguments(h, a);
	if (owner_take_place(&h->owner, a[0], a[1], &h->v) == -1)
		return tell(&h->v);
	take_default(&h->owner, a[7]);
	if (recipe_read(&h->job, &r, &h->v) == -1)
		return tell(&h->v);
	if (describe)
		return deliver_describe(&r, &h->v) == 0 ? 0 : tell(&h->v);
	take_message(h);
	deliver(&h->job, &r, &h->v);
	return tell(&h->v);
}

int
by_hand(int argc, char **argv)
{
	static struct hand h;
	bool describe = false;

	while (argc > 1 && argv[1][0] == '-' && argv[1][1] != '\0') {
		bool end = strcmp(argv[1], "--") == 0;

		for (const char *p = argv[1] + 1; *p != '\0' && !end; p++) {
			if (*p != 'n' && *p != 'N')
				argc = 0;
			describe = *p == 'n';
		}
		argc--;
		argv++;
		if (end)
			break;
	}
	if (argc != ARGUMENTS + 1)
		diex(100, "usage: postern-local [-nN] user homedir local dash "
		    "ext domain sender defaultdelivery");
	return run(&h, argv + 1, describe);
}
