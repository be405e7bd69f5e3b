/* Maildirs are listed whole and in order, and names are understood. */
#include "lib/maildir/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/maildir/index.h"
#include "lib/maildir/names.h"
#include "tests/tap.h"

static char dir[] = "/tmp/postern-list.XXXXXX";
static int box;

static bool
write_file(const char *name, struct span text)
{
	int fd = openat(box, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool good = fd != -1 && write(fd, text.p, text.len) == (ssize_t)text.len;

	close(fd);
	return good;
}

static void
run(const char *what)
{
	char command[200];

	snprintf(command, sizeof command, "cd %s && %s", dir, what);
	if (system(command) != 0)
		printf("# failed: %s\n", command);
}

static bool
make_box(void)
{
	if (mkdtemp(dir) == NULL)
		return false;
	box = open(dir, O_RDONLY | O_DIRECTORY);
	run("mkdir new cur tmp sources");
	return box != -1;
}

static void
empty_box(void)
{
	run("rm -rf new cur && mkdir new cur");
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
		good = write_file(in_order[(i * 7) % n], SPAN("")) && good;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		good = write_file(odd[i], SPAN("")) && good;
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

/* Does the entry say what its name does? */
static bool
is_understood(const struct maildir_entry *e)
{
	struct span base = maildir_name_base(span_str(e->name));
	struct span unique = span_head(base, span_find(base, ','));
	uint64_t size = MAILDIR_SIZE_UNKNOWN;

	(void)maildir_name_size(base, 'W', &size);
	return strpbrk(e->name, "\x1f\x7f") == NULL &&
	    span_eq(maildir_entry_base(e), base) &&
	    span_eq(maildir_entry_unique(e), unique) &&
	    e->uidl_ok == maildir_uidl_ok(unique) && e->wire_size == size;
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
			good = write_file(name, SPAN("")) && good;
			made++;
		}
	ok(good, "many names");
	l = list();
	ok(l.count > made / 2 && l.count < made, "some of them the same");
	for (size_t i = 0; i < l.count; i++)
		good = is_understood(&l.entries[i]) && good;
	ok(good, "all are understood");
	maildir_list_free(&l);
	empty_box();
}

int
main(void)
{
	ok(make_box(), "a Maildir");
	orders();
	understands();
	run("rm -rf $PWD");
	return tap_done();
}
