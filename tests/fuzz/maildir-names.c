/*
 * Names of messages, between slashes, in new/ and cur/ by turns: all are listed
 * that may be, each once, in order, and understood as the functions for single
 * names understand it; and each is found again. The directories are made up by
 * a function in the place of libc's.
 *
 * links: lib/maildir/list.o lib/maildir/names.o lib/maildir/index.o
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "tests/maildir.h"

enum { NAMES_MAX = 200, ROOM = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct span names[NAMES_MAX];
static size_t count, next, step;
static bool read_whole;

/* The entries of one directory, all at once, and then none. */
static long
make_up(char *to, size_t room)
{
	size_t used = 0;

	if (read_whole) {
		read_whole = false;
		next = 1;
		return 0;
	}
	for (; next < count && used + sizeof(struct dirent64) <= room;
	    next += step) {
		struct dirent64 e = { .d_type = DT_REG };
		size_t len = offsetof(struct dirent64, d_name) +
		    names[next].len + 1;

		memcpy(e.d_name, names[next].p, names[next].len);
		e.d_reclen = (unsigned short)((len + 7) / 8 * 8);
		memcpy(to + used, &e, e.d_reclen);
		used += e.d_reclen;
	}
	read_whole = next >= count;
	return used > 0 ? (long)used : make_up(to, room);
}

long
syscall(long number, ...)
{
	va_list args;
	char *to;
	size_t room;

	if (number != SYS_getdents64) {
		errno = ENOSYS;
		return -1;
	}
	va_start(args, number);
	(void)va_arg(args, int);
	to = va_arg(args, char *);
	room = va_arg(args, size_t);
	va_end(args);
	return make_up(to, room);
}

static bool
may_be_listed(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 127)
			return false;
	return name.p[0] != '.';
}

/* How many messages there are: of each base one. */
static size_t
count_bases(void)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		bool seen = !may_be_listed(names[i]);

		for (size_t k = 0; k < i && !seen; k++)
			seen = may_be_listed(names[k]) &&
			    span_eq(maildir_name_base(names[k]),
			    maildir_name_base(names[i]));
		n += !seen;
	}
	return n;
}

static bool
in_order(const struct maildir_entry *a, const struct maildir_entry *b)
{
	int r = span_compare(maildir_entry_unique(a), maildir_entry_unique(b));

	if (a->arrival_s != b->arrival_s)
		return a->arrival_s < b->arrival_s;
	return r != 0 ? r < 0 : span_compare(maildir_entry_base(a),
	    maildir_entry_base(b)) < 0;
}

static void
check(const struct maildir_list *l)
{
	char path[MAILDIR_PATH_MAX];

	if (l->count != count_bases())
		abort();
	for (size_t i = 0; i < l->count; i++) {
		const struct maildir_entry *e = &l->entries[i];

		maildir_entry_path(e, path);
		if (!box_understood(e) || maildir_list_find(l, e) != e ||
		    strcmp(path + 4, e->name) != 0 ||
		    (i > 0 && !in_order(e - 1, e)))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };
	struct maildir_list l;

	if (box == -1 && (!box_make() || atexit(box_remove) != 0))
		abort();
	for (count = 0; in.len > 0 && count < NAMES_MAX;) {
		struct span name = span_cut(&in, '/');

		name = span_head(name, span_find(name, '\0'));
		name = span_head(name, MAILDIR_NAME_MAX);
		if (name.len > 0)
			names[count++] = name;
	}
	next = 0;
	step = 2;
	read_whole = false;
	maildir_list_init(&l);
	if (maildir_list_read(&l, box) == -1)
		abort();
	check(&l);
	maildir_list_free(&l);
	return 0;
}
