/*
 * Maildirs as large as they may be, and one in which much moves during a
 * session: other programs' work is looked at as a whole. Directories are read
 * by a function of ours in the place of libc's.
 */
#include "pop3d/maildrop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/maildir.h"
#include "tests/tap.h"

enum { LONG_NAMES = 300000, MOVING = 300, CALLS_OF_A_LISTING = 10 };

static const char *host;	/* in the names of a directory made up here */
static size_t left;		/* how many it still has */
static unsigned calls;
static const char *missed;	/* not seen, since it is renamed meanwhile */

/* As many entries as there is room for. */
static long
make_up(char *to, size_t room)
{
	struct dirent64 e = { .d_type = DT_REG };
	size_t used = 0;

	while (left > 0 && used + sizeof e <= room) {
		int n = snprintf(e.d_name, sizeof e.d_name, "%zu%s", left, host);
		size_t len = offsetof(struct dirent64, d_name) + (size_t)n + 1;

		e.d_reclen = (unsigned short)((len + 7) / 8 * 8);
		memcpy(to + used, &e, e.d_reclen);
		used += e.d_reclen;
		left--;
	}
	return (long)used;
}

/* The entries of a block without the one that is missed. */
static long
overlook(char *block, long n)
{
	for (long at = 0; at < n;) {
		const struct dirent64 *e = (const void *)(block + at);
		long len = e->d_reclen;

		if (strcmp(e->d_name, missed) == 0) {
			missed = NULL;
			box_run("mv cur/b cur/b:2,S");
			n -= len;
			memmove(block + at, block + at + len, (size_t)(n - at));
			break;
		}
		at += len;
	}
	return n;
}

/* In the place of libc's. */
long
syscall(long number, ...)
{
	va_list args;
	int dir;
	void *to;
	size_t room;
	long n;

	if (number != SYS_getdents64) {
		errno = ENOSYS;
		return -1;
	}
	va_start(args, number);
	dir = va_arg(args, int);
	to = va_arg(args, void *);
	room = va_arg(args, size_t);
	va_end(args);
	calls++;
	if (host != NULL)
		return make_up(to, room);
	n = (long)getdents64(dir, to, room);
	return missed != NULL ? overlook(to, n) : n;
}

static int
list_made_up(size_t count)
{
	struct maildir_list l;
	int r;

	host = "";
	left = count;
	maildir_list_init(&l);
	r = maildir_list_read(&l, box);
	if (r == 0 && l.count != count)
		r = -2;
	maildir_list_free(&l);
	host = NULL;
	return r;
}

static void
has_a_maximum(void)
{
	ok(list_made_up(MAILDIR_MESSAGES_MAX) == 0, "as many as there may be");
	ok(list_made_up(MAILDIR_MESSAGES_MAX + (size_t)1) == -1 &&
	    errno == EMSGSIZE, "and not one more");
}

/* None of them is an identifier, so all are made. */
static void
has_long_names(void)
{
	static struct maildrop d;
	bool good;

	host = ".a-host-with-a-name-as-long-as-hosts-have-where-a-company-is-"
	    "large.example,S=1,W=2:2,";
	left = LONG_NAMES;
	good = maildrop_open(&d, dup(box), MAILDIR_UIDL_FORMAT) == 0;
	host = NULL;
	ok(good && d.list.count == LONG_NAMES, "many long names");
	good = good && d.messages[0].uidl.len == 32 &&
	    d.messages[LONG_NAMES - 1].uidl.len == 32 &&
	    !span_eq(d.messages[0].uidl, d.messages[LONG_NAMES - 1].uidl);
	ok(good, "each has its identifier");
}

/* How many of the messages from one to another can be opened. */
static size_t
count_open(struct maildrop *d, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		int fd = maildrop_message(d, i);

		n += fd != -1;
		close(fd);
	}
	return n;
}

static void
moves(void)
{
	static struct maildrop d;
	char name[64];
	bool good = true;

	for (int i = 0; i < MOVING; i++) {
		snprintf(name, sizeof name, "new/%d.a", i);
		good = box_write(name, SPAN("a\n")) && good;
	}
	ok(good && maildrop_open(&d, dup(box), MAILDIR_UIDL_FORMAT) == 0 &&
	    d.list.count == MOVING, "a maildrop");
	calls = 0;
	ok(count_open(&d, 0, MOVING) == MOVING && calls == 0,
	    "nothing has moved, nothing is listed");
	box_run("for f in new/*; do mv $f cur/${f#new/}:2,R; done");
	ok(count_open(&d, 0, MOVING) == MOVING, "all have moved");
	ok(calls <= CALLS_OF_A_LISTING, "one listing finds them");
	box_run("rm cur/?.a:2,R cur/??.a:2,R");
	calls = 0;
	ok(count_open(&d, 0, MOVING) == MOVING - 100, "some are gone");
	ok(calls <= CALLS_OF_A_LISTING, "another one tells");
	box_run("for f in cur/*; do mv $f ${f%R}S; done");
	for (size_t i = 0; i < MOVING; i++)
		d.messages[i].deleted = true;
	calls = 0;
	ok(maildrop_update(&d) == 0 && calls <= CALLS_OF_A_LISTING,
	    "moved again, gone or not, they are removed");
	box_run("test -z \"$(ls -A cur)$(ls -A new)\" && touch empty");
	ok(faccessat(box, "empty", F_OK, 0) == 0, "all of them");
}

/* A rename may hide a name from who reads the directory. */
static void
misses_nothing(void)
{
	struct maildir_list l;
	char path[MAILDIR_PATH_MAX] = "";

	ok(box_write("cur/a", SPAN("")) && box_write("cur/b", SPAN("")) &&
	    box_write("cur/c", SPAN("")), "three messages");
	missed = "b";
	maildir_list_init(&l);
	ok(maildir_list_read(&l, box) == 0 && missed == NULL && l.count == 3,
	    "all are seen, though one is renamed");
	if (l.count == 3)
		maildir_entry_path(&l.entries[1], path);
	ok(strcmp(path, "cur/b:2,S") == 0, "under its new name");
	maildir_list_free(&l);
}

int
main(void)
{
	ok(box_make(), "a Maildir");
	has_a_maximum();
	has_long_names();
	moves();
	misses_nothing();
	box_remove();
	return tap_done();
}
