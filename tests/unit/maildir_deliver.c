/*
 * A message gets into a Maildir whatever lies there under its name, once, and
 * never over anything.
 */
#include "lib/maildir/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/maildir.h"
#include "tests/tap.h"

#define NAME "1.Q1N0.h,S=2,W=3"
#define OTHER "1.Q1N0.h.1,S=2,W=3"

static unsigned flushed;	/* directories */

/* In the place of libc's. */
int
fsync(int fd)
{
	struct stat st;

	flushed += fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	return 0;
}

/* Delivers "a\n" under NAME, or another name when that is taken. 0; -1. */
static int
deliver(const struct maildir *to, struct span host)
{
	struct maildir_item m;

	if (maildir_begin(&m, to, host) == 0 &&
	    maildir_add(&m, SPAN("a\n")) == 0 && maildir_flush(&m) == 0 &&
	    maildir_move(&m, SPAN("1.Q1N0.h"), true) == 0)
		return maildir_sync(to);
	maildir_abandon(&m);
	return -1;
}

static bool
there(const char *name)
{
	return faccessat(box, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
empty(void)
{
	box_run("rm -rf new/* cur/* tmp/*");
}

/* Is it delivered under the other name? */
static bool
avoids(const struct maildir *to)
{
	bool good = deliver(to, SPAN("h")) == 0 && there("new/" OTHER);

	empty();
	return good;
}

int
main(void)
{
	struct maildir to;
	struct buf host;

	ok(box_make() && maildir_open(&to, box, ".") == 0, "a Maildir");
	ok(deliver(&to, SPAN("h")) == 0 && there("new/" NAME), "delivered");
	ok(deliver(&to, SPAN("h")) == 0 && !there("new/" OTHER), "once");
	box_run("mv new/* cur/" NAME ":2,RS");
	flushed = 0;
	ok(deliver(&to, SPAN("h")) == 0 && !there("new/" NAME),
	    "also when it was read");
	ok(flushed == 2, "then cur/ is flushed too");
	empty();
	ok(box_write("new/" NAME, SPAN("b\n")) && avoids(&to),
	    "beside another message");
	ok(mkfifoat(box, "new/" NAME, 0600) == 0 && avoids(&to), "a FIFO");
	ok(box_socket("new/" NAME) && avoids(&to), "a socket");
	ok(mkdirat(box, "new/" NAME, 0700) == 0 && avoids(&to), "a directory");
	ok(box_link("new/" NAME, NAME) && avoids(&to), "a loop of links");
	ok(box_write("other", SPAN("a\n")) && box_link("new/" NAME, "../other")
	    && avoids(&to), "a link");
	ok(mkfifoat(box, "cur/" NAME ":2,", 0600) == 0 &&
	    box_socket("cur/" NAME ":2,S") && deliver(&to, SPAN("h")) == 0 &&
	    there("new/" NAME), "and what was never a message");
	empty();

	buf_init(&host, 200);
	for (int i = 0; i < 60; i++)
		buf_str(&host, "\xc3\xbc");
	ok(deliver(&to, buf_peek(&host)) == 0, "whatever the host is called");
	buf_free(&host);
	maildir_close(&to);
	box_remove();
	return tap_done();
}
