/*
 * A Maildir's quota where the file says less than the truth, or what cannot be,
 * and where what is counted is odd.
 */
#include "lib/maildir/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/maildir.h"
#include "tests/tap.h"

enum { NOBODY = 65534 };

/* Is there room for size bytes, where maildirsize says this? 1; 0; -1. */
static int
fits(const char *file, uint64_t size)
{
	struct quota q;
	int r;

	if ((file != NULL && !box_write("maildirsize", span_str(file))) ||
	    quota_open(&q, box, "Maildir", SPAN("")) == -1)
		return -1;
	r = quota_fits(&q, size);
	quota_close(&q);
	return r;
}

/* 300 bytes in three messages. */
static bool
fill(void)
{
	char text[100] = "";
	const struct span hundred = { text, sizeof text };

	return box_write("new/1.a", hundred) && box_write("cur/2.a", hundred) &&
	    box_write("cur/3.a,S=100:2,S", SPAN("another size"));
}

static void
limits(void)
{
	ok(fits("400S\n300 3\n", 100) == 1 && fits("400S\n300 3\n", 101) == 0,
	    "up to the last byte");
	ok(fits("4C\n300 3\n", 1) == 1 && fits("3C\n300 3\n", 1) == 0,
	    "up to the last message");
	ok(fits("400S,3C\n300 3\n", 1) == 0 && fits("300S,9C\n300 3\n", 1) == 0,
	    "whichever comes first");
}

static void
doubts(void)
{
	const struct timespec next_year[2] = { { time(NULL) + 31536000, 0 },
	    { time(NULL) + 31536000, 0 } };

	ok(fits("400S\n", 101) == 0 && fits("400S", 101) == 0,
	    "without sums it is counted");
	ok(fits(NULL, 101) == 0 && fits(NULL, 100) == 1, "and noted");
	ok(fits("400S\n-9999 1\n", 101) == 0 && fits("400S\n0 -1\n", 101) == 0,
	    "less than nothing is in doubt");
	ok(fits("400S\n0 0          \n-12", 101) == 0,
	    "as is what has no end");
	ok(box_write("maildirsize", SPAN("400S\n999 9\n")) &&
	    utimensat(box, "maildirsize", next_year, 0) == 0 &&
	    fits(NULL, 100) == 1, "and what was written in times to come");
	ok(fits("400S\n999 9\n", 1) == 0, "a new count is believed");
}

static void
oddities(void)
{
	ok(mkdirat(box, "cur/4.a,S=1000", 0700) == 0 &&
	    box_link("new/5.a,S=1000", "1.a") &&
	    mkfifoat(box, "new/6.a,S=1000", 0600) == 0 &&
	    box_socket("cur/7.a,S=1000") &&
	    mkdirat(box, ".Secret", 0) == 0 && box_link(".Loop", ".Loop") &&
	    box_link(".Out", "/") && mkfifoat(box, ".Fifo", 0600) == 0,
	    "things that are no messages, and folders");
	ok(fits("400S\n", 100) == 1 && fits(NULL, 101) == 0,
	    "are passed over");
	ok(box_write("new/8.a,S=9223372036854775807", SPAN("")) &&
	    box_write("new/9.a,S=9223372036854775807", SPAN("")) &&
	    fits("400S\n", 1) == 0 && fits(NULL, 1) == 0 &&
	    fits("400C\n", INT64_MAX) == 1, "sizes as large as numbers");
}

/* What is marked as deleted is as good as gone, whatever else it is. */
static void
deleted(void)
{
	ok(box_write("cur/10.a,S=1000:2,T", SPAN("")) &&
	    box_write("cur/11.a,S=1000:2,FST", SPAN("")) &&
	    fits("400C\n", 1) == 1 && fits("400S\n", 100) == 1,
	    "what is marked as deleted does not count");
	ok(box_write("cur/12.a,S=50,T:2,S", SPAN("")) &&
	    fits("400S\n", 50) == 1 && fits("400S\n", 51) == 0 &&
	    unlinkat(box, "cur/12.a,S=50,T:2,S", 0) == 0,
	    "a T elsewhere is no mark");
}

int
main(void)
{
	ok(box_make() && fill(), "a Maildir");
	if (geteuid() == 0) {	/* whom no mode stops */
		char command[40];

		snprintf(command, sizeof command, "chown -R %d .", NOBODY);
		box_run(command);
		ok(seteuid(NOBODY) == 0, "an owner");
	}
	limits();
	doubts();
	deleted();
	oddities();
	if (seteuid(getuid()) == 0)
		box_remove();
	return tap_done();
}
