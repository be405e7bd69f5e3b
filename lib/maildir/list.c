/*
 * Listing a Maildir: names are read in large blocks from the kernel, copied
 * into chunks that never move, and sorted by arrival.
 */
#include "lib/maildir/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/maildir/names.h"

enum { CHUNK_SIZE = 32768, READ_SIZE = 32768, FIRST_ROOM = 256 };

struct maildir_chunk {
	struct maildir_chunk *next;
	size_t used;
	char bytes[CHUNK_SIZE];
};

/* As getdents64(2) writes them. */
struct raw_entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

void
maildir_list_init(struct maildir_list *l)
{
	*l = (struct maildir_list){ NULL, 0, 0, NULL };
}

void
maildir_list_free(struct maildir_list *l)
{
	while (l->names != NULL) {
		struct maildir_chunk *next = l->names->next;

		free(l->names);
		l->names = next;
	}
	free(l->entries);
	maildir_list_init(l);
}

static const char *
keep_name(struct maildir_list *l, struct span name)
{
	struct maildir_chunk *c = l->names;
	char *to;

	if (c == NULL || name.len + 1 > CHUNK_SIZE - c->used) {
		c = malloc(sizeof *c);
		if (c == NULL)
			return NULL;
		c->next = l->names;
		c->used = 0;
		l->names = c;
	}
	to = c->bytes + c->used;
	memcpy(to, name.p, name.len);
	to[name.len] = '\0';
	c->used += name.len + 1;
	return to;
}

/* The seconds in front of a name; without digits, the beginning of time. */
static uint64_t
seconds_of(const char *name)
{
	uint64_t n = 0;

	while (char_is_digit(*name) && n < UINT64_MAX / 100)
		n = n * 10 + (uint64_t)(*name++ - '0');
	return n;
}

static int
add(struct maildir_list *l, struct span name, bool in_new)
{
	struct maildir_entry *e;

	if (l->count == MAILDIR_MESSAGES_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (l->count == l->room) {
		size_t room = l->room > 0 ? l->room * 2 : FIRST_ROOM;

		e = realloc(l->entries, room * sizeof *e);
		if (e == NULL)
			return -1;
		l->entries = e;
		l->room = room;
	}
	e = &l->entries[l->count];
	e->name = keep_name(l, name);
	if (e->name == NULL)
		return -1;
	e->arrival_s = seconds_of(e->name);
	e->base_len = (uint32_t)maildir_name_base(name).len;
	e->in_new = in_new;
	l->count++;
	return 0;
}

/* A message's file? Some file systems leave the type to stat(2). */
static bool
is_message(int dir, const struct raw_entry *d, struct span name)
{
	struct stat st;

	if (name.len == 0 || name.p[0] == '.' || name.len > MAILDIR_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 127)
			return false;
	if (d->type != DT_UNKNOWN)
		return d->type == DT_REG;
	return fstatat(dir, name.p, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode);
}

static int
read_directory(struct maildir_list *l, int dir, bool in_new)
{
	union {
		uint64_t align;
		char bytes[READ_SIZE];
	} room;
	long n;

	while ((n = syscall(SYS_getdents64, dir, room.bytes, READ_SIZE)) > 0) {
		for (long at = 0; at < n;) {
			const struct raw_entry *d =
			    (const void *)(room.bytes + at);
			struct span name = span_str(d->name);

			if (is_message(dir, d, name) &&
			    add(l, name, in_new) == -1)
				return -1;
			at += d->len;
		}
	}
	return n == 0 ? 0 : -1;
}

static int
list_directory(struct maildir_list *l, int box, const char *which)
{
	int dir = openat(box, which, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;
	int err;

	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	r = read_directory(l, dir, which[0] == 'n');
	err = errno;
	close(dir);
	errno = err;
	return r;
}

static bool
comes_before(const struct maildir_entry *a, const struct maildir_entry *b)
{
	size_t len = a->base_len < b->base_len ? a->base_len : b->base_len;
	int r;

	if (a->arrival_s != b->arrival_s)
		return a->arrival_s < b->arrival_s;
	r = memcmp(a->name, b->name, len);
	if (r != 0)
		return r < 0;
	if (a->base_len != b->base_len)
		return a->base_len < b->base_len;
	return !a->in_new && b->in_new;		/* cur/ is the newer state */
}

/*
 * A merge sort, since qsort(3) of a large Maildir takes longer than reading it:
 * its moves and comparisons are calls. spare has room for half of the entries.
 */
static void
sort(struct maildir_entry *e, size_t count, struct maildir_entry *spare)
{
	size_t half = count / 2;
	size_t left = 0, right = half, to = 0;

	if (count < 2)
		return;
	sort(e, half, spare);
	sort(e + half, count - half, spare);
	if (!comes_before(&e[half], &e[half - 1]))
		return;
	memcpy(spare, e, half * sizeof *e);
	while (left < half)
		e[to++] = right < count && comes_before(&e[right], &spare[left])
		    ? e[right++] : spare[left++];
}

static int
sort_by_arrival(struct maildir_list *l)
{
	size_t room = l->count / 2 + 1;
	struct maildir_entry *spare = malloc(room * sizeof *spare);

	if (spare == NULL)
		return -1;
	sort(l->entries, l->count, spare);
	free(spare);
	return 0;
}

static void
drop_doubles(struct maildir_list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (kept == 0 ||
		    !span_eq(maildir_entry_base(&l->entries[kept - 1]),
		    maildir_entry_base(&l->entries[i])))
			l->entries[kept++] = l->entries[i];
	l->count = kept;
}

int
maildir_list_read(struct maildir_list *l, int box)
{
	/* new/ first: what moves to cur/ meanwhile is seen twice, not never */
	if (list_directory(l, box, "new") == -1 ||
	    list_directory(l, box, "cur") == -1)
		return -1;
	if (sort_by_arrival(l) == -1)
		return -1;
	drop_doubles(l);
	return 0;
}

struct span
maildir_entry_base(const struct maildir_entry *e)
{
	return (struct span){ e->name, e->base_len };
}

void
maildir_entry_path(const struct maildir_entry *e, char to[MAILDIR_PATH_MAX])
{
	snprintf(to, MAILDIR_PATH_MAX, "%s/%s", e->in_new ? "new" : "cur",
	    e->name);
}

int
maildir_find(int box, struct span base, char path[MAILDIR_PATH_MAX])
{
	struct maildir_list l;
	int r;

	maildir_list_init(&l);
	r = maildir_list_read(&l, box);
	for (size_t i = 0; r == 0 && i < l.count; i++)
		if (span_eq(maildir_entry_base(&l.entries[i]), base)) {
			maildir_entry_path(&l.entries[i], path);
			r = 1;
		}
	maildir_list_free(&l);
	return r;
}

int
maildir_size(int box, const char *path, uint64_t *size)
{
	struct stat st;

	if (maildir_name_size(span_str(path), 'S', size))
		return 0;
	if (fstatat(box, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return 0;
}

int
maildir_measure(int box, const char *path, uint64_t *wire_size)
{
	char block[READ_SIZE];
	uint64_t size = 0;
	char last = '\n';
	bool cr = false;
	ssize_t n;
	int fd = openat(box, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOFOLLOW);

	if (fd == -1)
		return -1;
	while ((n = read(fd, block, sizeof block)) > 0) {
		struct span s = { block, (size_t)n };

		size += s.len + maildir_bare_lf(s, &cr);
		last = block[n - 1];
		if ((size_t)n < sizeof block)
			break;	/* a regular file ends at a short read */
	}
	close(fd);
	if (last != '\n')		/* a CR there is half an end */
		size += last == '\r' ? 1 : 2;
	*wire_size = size;
	return n >= 0 ? 0 : -1;
}
