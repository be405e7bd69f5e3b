/*
 * Maildirs are listed whole and in order, and names are understood; large ones
 * are measured right, whoever of the helpers reads a file, and though files are
 * gone or helpers die.
 */
#include "lib/maildir/measure.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/maildir.h"
#include "tests/tap.h"

enum { MANY = 20000, DISTINCT = 50, LOST_MAX = 500 };

static void
empty_box(void)
{
	box_run("rm -rf new cur && mkdir new cur");
}

static struct maildir_list
list(void)
{
	struct maildir_list l;

	maildir_list_init(&l);
	ok(maildir_list_read(&l, box) == 0, "listed");
	return l;
}

static bool
is_at(const struct maildir_list *l, size_t i, const char *path)
{
	char got[MAILDIR_PATH_MAX] = "";

	if (i < l->count)
		maildir_entry_path(&l->entries[i], got);
	if (strcmp(got, path) != 0)
		printf("# %zu is %s, not %s\n", i, got, path);
	return strcmp(got, path) == 0;
}

static void
orders(void)
{
	static const char *const in_order[] = {
		"cur/x", "new/y", "new/7.a", "cur/7.a2:2,", "new/7.b,S=3,W=4",
		"cur/7.c\xff:2,S", "new/300.a", "cur/70000.a", "new/70000.b",
		"cur/5000000000.a:2,S", "new/5000000001.a",
	};
	static const char *const odd[] = {
		"new/.hidden", "new/5000000000.a", "cur/1.\x01", "new/2.\x7f",
		"tmp/1.a",
	};
	const size_t n = sizeof in_order / sizeof *in_order;
	struct maildir_list l;
	bool good = true;

	for (size_t i = 0; i < n; i++)
		good = box_write(in_order[(i * 7) % n], SPAN("")) && good;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		good = box_write(odd[i], SPAN("")) && good;
	ok(good && mkdirat(box, "new/3.dir", 0700) == 0 &&
	    mkfifoat(box, "new/4.fifo", 0600) == 0 &&
	    symlinkat("7.a", box, "new/5.link") == 0, "messages and oddities");
	l = list();
	ok(l.count == n, "as many as there are");
	for (size_t i = 0; i < n; i++)
		good = is_at(&l, i, in_order[i]) && good;
	ok(good, "by seconds, then by name; once; nothing odd");
	maildir_list_free(&l);
	empty_box();
}

/* Whatever stands wherever in a name, behind however many letters. */
static void
understands(void)
{
	static const char *const parts[] = {
		"", "-", "~", " ", "\x80", "\xff", "\xff\x80", ":", ",", ",:", ":,",
		" ,", ", ", ",W=5", ",S=1,W=67", ",W=8:2,S", ":2,W=9", ",W=x", ",W=",
		":2,\x80", ",\x80", ",W=99999999999999999999", "\x1f", "\x7f",
	};
	const size_t n = sizeof parts / sizeof *parts, max = 80;
	char name[120];
	struct maildir_list l;
	size_t made = 0;
	bool good = true;

	for (size_t at = 1; at < max; at++)
		for (size_t i = 0; i < n; i++) {
			snprintf(name, sizeof name, "new/%zu.%.*s%s%s", at,
			    (int)at, "long-names-are-looked-at-in-pieces-of-8-"
			    "octets-which-begin-where-it-suits-the-machine",
			    parts[i], at % 3 > 0 ? "z" : "");
			good = box_write(name, SPAN("")) && good;
			made++;
		}
	ok(good, "many names");
	l = list();
	ok(l.count > made / 2 && l.count < made, "some of them the same");
	for (size_t i = 0; i < l.count; i++)
		good = box_understood(&l.entries[i]) && good;
	ok(good, "all are understood");
	maildir_list_free(&l);
	empty_box();
}

/* Message i is a link to source i % DISTINCT, of so many lines. */
static bool
fill(void)
{
	char name[64], source[64];

	for (int i = 0; i < DISTINCT; i++) {
		int fd;

		snprintf(source, sizeof source, "sources/%d", i);
		fd = openat(box, source, O_WRONLY | O_CREAT, 0600);
		for (int k = 0; k < i * i; k++)
			(void)!write(fd, k % 3 > 0 ? "ab\n" : "a\r\n", 3);
		close(fd);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(source, sizeof source, "sources/%d", i % DISTINCT);
		snprintf(name, sizeof name, "%s/%d.a-name-of-usual-length%s",
		    i % 3 > 0 ? "cur" : "new", 1000000 + i / 2 * 2,
		    i % 2 > 0 ? "b" : "a");
		if (linkat(box, source, box, name, 0) == -1)
			return false;
	}
	return true;
}

static unsigned forks;

static void
count_fork(void)
{
	forks++;
}

static bool child_dies;

/* In a helper: at once, so that the whole directory is left to its parent. */
static void
die_at_once(void)
{
	if (child_dies)
		_exit(1);
}

/* Is memory mapped that is shared with helpers? */
static bool
shares_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	bool found = maps == NULL;

	while (!found && fgets(line, sizeof line, maps) != NULL)
		found = strstr(line, "/dev/zero") != NULL;
	if (maps != NULL)
		fclose(maps);
	return found;
}

/* The far half of cur/ is read by a helper, where the file system allows it. */
static void
reads_by_halves(void)
{
	struct statfs fs;
	bool ext4 = fstatfs(box, &fs) == 0 && fs.f_type == 0xef53;
	struct maildir_list l;

	usleep(50000);		/* what changes just now is read again */
	forks = 0;
	l = list();
	ok(l.count == MANY, "all of a large directory are listed");
	ok(forks == ext4, "half of them by a helper, on ext4");
	ok(shares_memory() == ext4, "in memory that it shares");
	maildir_list_free(&l);
	ok(!shares_memory(), "all of which is given back");
	child_dies = true;
	l = list();
	ok(l.count == MANY, "and all of them when it dies");
	maildir_list_free(&l);
	child_dies = false;
}

static uint64_t
size_of(size_t i)
{
	uint64_t lines = i % DISTINCT * (i % DISTINCT);

	return lines * 3 + lines - (lines + 2) / 3;
}

static uint64_t *
unknown_sizes(size_t n)
{
	uint64_t *sizes = malloc((n + 1) * sizeof *sizes);

	for (size_t i = 0; sizes != NULL && i < n; i++)
		sizes[i] = MAILDIR_SIZE_UNKNOWN;
	return sizes;
}

static size_t
count_unknown(const struct maildir_list *l, const uint64_t *sizes)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += sizes[i] == MAILDIR_SIZE_UNKNOWN;
	return n;
}

static size_t
count_wrong(const struct maildir_list *l, const uint64_t *sizes)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += sizes[i] != size_of(i) && sizes[i] != MAILDIR_SIZE_UNKNOWN;
	return n;
}

static void
measures(const struct maildir_list *l)
{
	uint64_t *sizes = unknown_sizes(l->count);

	if (!ok(l->count == MANY && sizes != NULL, "as many as there are"))
		return;
	sizes[1] = 77;
	maildir_measure_list(box, l, sizes);
	ok(sizes[1] == 77, "a size that is known stays");
	sizes[1] = MAILDIR_SIZE_UNKNOWN;
	maildir_measure_list(box, l, sizes);
	ok(count_wrong(l, sizes) == 0 && count_unknown(l, sizes) == 0,
	    "the others are found");
	free(sizes);
}

/* Run in each helper when it is forked. */
static void
die_soon(void)
{
	const struct itimerval soon = { { 0, 0 }, { 0, 1000 } };

	setitimer(ITIMER_REAL, &soon, NULL);
}

static void
helpers_die(const struct maildir_list *l)
{
	uint64_t *sizes = unknown_sizes(l->count);
	size_t unknown;

	if (!ok(sizes != NULL && pthread_atfork(NULL, NULL, die_soon) == 0,
	    "helpers may die"))
		return;
	maildir_measure_list(box, l, sizes);
	unknown = count_unknown(l, sizes);
	printf("# %zu not measured\n", unknown);
	ok(count_wrong(l, sizes) == 0, "what they found is right");
	ok(unknown < LOST_MAX, "and little is lost with them");
	free(sizes);
}

static void
loses_files(const struct maildir_list *l)
{
	uint64_t *sizes = unknown_sizes(l->count);
	const char *gone = "new/1000000.a-name-of-usual-lengtha";
	const char *fifo = "cur/1000050.a-name-of-usual-lengtha";
	const char *link = "new/1000006.a-name-of-usual-lengtha";

	ok(unlinkat(box, gone, 0) == 0 && unlinkat(box, fifo, 0) == 0 &&
	    unlinkat(box, link, 0) == 0 && mkfifoat(box, fifo, 0600) == 0 &&
	    symlinkat("../sources/9", box, link) == 0,
	    "gone, a link, and a FIFO");
	maildir_measure_list(box, l, sizes);
	ok(count_unknown(l, sizes) == 2 && sizes[0] == MAILDIR_SIZE_UNKNOWN &&
	    sizes[6] == MAILDIR_SIZE_UNKNOWN, "stay unknown");
	free(sizes);
}

int
main(void)
{
	struct maildir_list l;

	ok(box_make() && mkdirat(box, "sources", 0700) == 0, "a Maildir");
	orders();
	understands();
	ok(fill(), "many messages");
	ok(pthread_atfork(count_fork, NULL, die_at_once) == 0, "forks are seen");
	reads_by_halves();
	l = list();
	measures(&l);
	loses_files(&l);
	helpers_die(&l);
	maildir_list_free(&l);
	box_remove();
	return tap_done();
}
