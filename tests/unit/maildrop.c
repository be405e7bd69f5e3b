/* sanitizers: no, since memory is made scarce by a limit on addresses */
/*
 * A maildrop opened with too little memory, for every amount that is too
 * little: the index beside the Maildir is whole or absent, and what it held
 * stays.
 */
#include "pop3d/maildrop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/maildir.h"
#include "tests/tap.h"

enum { MESSAGES = 6000, STEP = 32768, STEPS = 200, ENOUGH = 3 };

/* Messages whose sizes no name tells: links to one file. */
static bool
make_box(void)
{
	char name[64];

	if (!box_make() || !box_write("one", SPAN("a\n")))
		return false;
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(name, sizeof name, "new/%d.a", i);
		if (linkat(box, "one", box, name, 0) == -1)
			return false;
	}
	return true;
}

/* Opens it in a process with so many bytes more than we have. Did it? */
static bool
open_with(rlim_t more)
{
	static struct maildrop d;
	unsigned long pages = 0;
	struct rlimit r;
	int status;
	FILE *f;
	pid_t pid = fork();

	if (pid != 0)
		return pid != -1 && waitpid(pid, &status, 0) == pid &&
		    WIFEXITED(status) && WEXITSTATUS(status) == 0;
	f = fopen("/proc/self/statm", "r");
	if (f == NULL || fscanf(f, "%lu", &pages) != 1)
		_exit(2);
	fclose(f);
	r.rlim_cur = r.rlim_max = pages * (rlim_t)getpagesize() + more;
	if (setrlimit(RLIMIT_AS, &r) == -1)
		_exit(2);
	_exit(maildrop_open(&d, dup(box), MAILDIR_UIDL_FORMAT) == 0 ? 0 : 1);
}

/* How many notes there are, those with identifiers if so asked; -1: no index. */
static long
count_notes(bool with_uidl)
{
	struct maildir_index x;
	long n = 0;

	maildir_index_init(&x);
	if (maildir_index_load(&x, box, MAILDIR_UIDL_FORMAT) != 1)
		n = -1;
	for (size_t i = 0; n != -1 && i < x.count; i++)
		n += !with_uidl || x.notes[i].uidl.len > 0;
	maildir_index_free(&x);
	return n;
}

static void
writes_all_or_nothing(void)
{
	int full = 0, failed = 0;
	bool partial = false;

	for (rlim_t i = 0; i < STEPS && full < ENOUGH; i++) {
		long n;

		unlinkat(box, MAILDIR_INDEX_NAME, 0);
		failed += !open_with(i * STEP);
		n = count_notes(false);
		full += n == MESSAGES;
		partial = partial || (n != -1 && n != MESSAGES);
	}
	ok(failed > 0, "with too little memory it does not open");
	ok(full == ENOUGH, "with enough of it the sizes are noted");
	ok(!partial, "and never some of them only");
}

static void
keeps_identifiers(void)
{
	struct maildir_note *notes = calloc(MESSAGES, sizeof *notes);
	static char names[MESSAGES][16];
	int opened = 0, failed = 0;
	bool lost = false;

	for (int i = 0; notes != NULL && i < MESSAGES; i++) {
		snprintf(names[i], sizeof names[i], "%d.a", i);
		notes[i] = (struct maildir_note){ span_str(names[i]), 2,
		    SPAN("an-identifier-of-before") };
	}
	ok(notes != NULL && maildir_index_store(box, notes, MESSAGES) == 0 &&
	    count_notes(true) == MESSAGES, "an index with identifiers");
	for (rlim_t i = 0; i < STEPS && opened < ENOUGH && !lost; i++) {
		bool did;

		/* something new, so that it is written again */
		if (linkat(box, "one", box, "new/99999.a", 0) == -1 ||
		    maildir_index_store(box, notes, MESSAGES) == -1)
			break;
		did = open_with(i * STEP);
		opened += did;
		failed += !did;
		unlinkat(box, "new/99999.a", 0);
		lost = count_notes(true) != MESSAGES;
	}
	ok(failed > 0 && opened == ENOUGH, "opened with any amount of memory");
	ok(!lost, "keeps them all");
	free(notes);
}

/* Files are opened ahead of their reading: as many as there may be. */
static void
needs_few_descriptors(void)
{
	const struct rlimit few = { 12, 12 };
	static struct maildrop d;
	int status;
	pid_t pid;

	unlinkat(box, MAILDIR_INDEX_NAME, 0);
	pid = fork();
	if (pid == 0) {
		if (setrlimit(RLIMIT_NOFILE, &few) == -1)
			_exit(2);
		_exit(maildrop_open(&d, box, MAILDIR_UIDL_FORMAT) == -1 ||
		    d.list.count != MESSAGES || d.messages[0].size != 3);
	}
	ok(pid != -1 && waitpid(pid, &status, 0) == pid && status == 0,
	    "with few descriptors");
	ok(count_notes(false) == MESSAGES, "no message is missed");
}

int
main(void)
{
	ok(make_box(), "a Maildir");
	writes_all_or_nothing();
	keeps_identifiers();
	needs_few_descriptors();
	box_remove();
	return tap_done();
}
