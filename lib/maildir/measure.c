/*
 * Reading messages to learn their sizes. Each file costs a few microseconds
 * when it is in memory, and otherwise a wait for the disk. So the disk is asked
 * for files some way ahead of the reading, and helpers share in the work: they
 * are forks that take turns at the same list and write what they find into
 * memory that belongs to all. Messages are taken in the order of arrival, which
 * is mostly that of the disk.
 */
#include "lib/maildir/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/maildir/names.h"
#include "lib/os/child.h"

enum {
	BLOCK_SIZE = 65536,
	AHEAD = 64,		/* files that the disk has been asked for */
	TURN = 32,		/* messages that are taken at a time */
	HELP_FROM = 1000,	/* messages that are worth a fork */
	HELPERS_MAX = 3,	/* if not for processors, then for the disk */
	READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
};

static int
measure_file(int fd, uint64_t *wire_size)
{
	static char block[BLOCK_SIZE];
	uint64_t size = 0;
	char last = '\n';
	bool cr = false;
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) > 0) {
		struct span s = { block, (size_t)n };

		size += s.len + maildir_bare_lf(s, &cr);
		last = block[n - 1];
		if ((size_t)n < sizeof block)
			break;	/* a regular file ends at a short read */
	}
	if (last != '\n')		/* a CR there is half an end */
		size += last == '\r' ? 1 : 2;
	if (n >= 0)
		*wire_size = size;
	return n >= 0 ? 0 : -1;
}

int
maildir_measure(int box, const char *path, uint64_t *wire_size)
{
	int fd = openat(box, path, READ_FLAGS);
	int r;

	if (fd == -1)
		return -1;
	r = measure_file(fd, wire_size);
	close(fd);
	return r;
}

/* ---- many of them ---- */

struct work {
	const struct maildir_list *list;
	int dirs[2];			/* cur/ and new/, or -1 */
	struct shared {
		atomic_size_t next;	/* the message that nobody has taken */
		uint64_t sizes[];
	} *shared;
};

struct opened {
	int fd;				/* -1: none */
	uint64_t *size;
};

/* Without a note of the reading, which would be one more thing to write. */
static int
open_quietly(int dir, const char *name)
{
	int fd = openat(dir, name, READ_FLAGS | O_NOATIME);

	if (fd == -1 && errno == EPERM)		/* another's file */
		fd = openat(dir, name, READ_FLAGS);
	return fd;
}

static void
open_ahead(const struct work *w, size_t i, struct opened *o)
{
	const struct maildir_entry *e = &w->list->entries[i];

	o->size = &w->shared->sizes[i];
	o->fd = open_quietly(w->dirs[e->in_new], e->name);
	if (o->fd != -1)
		(void)posix_fadvise(o->fd, 0, BLOCK_SIZE, POSIX_FADV_WILLNEED);
}

static void
finish(struct opened *o)
{
	if (o->fd == -1)
		return;
	(void)measure_file(o->fd, o->size);
	close(o->fd);
	o->fd = -1;
}

/* Takes turns until there is nothing left to take. */
static void
share(const struct work *w)
{
	struct opened ring[AHEAD];
	size_t at = 0;
	size_t i;

	for (i = 0; i < AHEAD; i++)
		ring[i].fd = -1;
	while ((i = atomic_fetch_add(&w->shared->next, TURN)) <
	    w->list->count) {
		size_t end = i + TURN < w->list->count ? i + TURN :
		    w->list->count;

		for (; i < end; i++) {
			struct opened *o = &ring[at % AHEAD];

			if (w->shared->sizes[i] != MAILDIR_SIZE_UNKNOWN)
				continue;
			finish(o);
			open_ahead(w, i, o);
			at++;
		}
	}
	for (i = 0; i < AHEAD; i++)
		finish(&ring[(at + i) % AHEAD]);
}

/* Forks helpers. How many there are. */
static unsigned
call_helpers(const struct work *w, size_t unknown, pid_t pids[HELPERS_MAX])
{
	unsigned n = 0;

	while (n < HELPERS_MAX && unknown / (n + 1) >= HELP_FROM) {
		pids[n] = fork();
		if (pids[n] == 0) {
			share(w);
			_exit(0);
		}
		if (pids[n] == -1)
			break;		/* so there is one less */
		n++;
	}
	return n;
}

static size_t
count_unknown(const uint64_t *sizes, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += sizes[i] == MAILDIR_SIZE_UNKNOWN;
	return n;
}

/* What a helper that died had taken stays unknown. */
static void
share_with_helpers(const struct work *w, size_t unknown)
{
	pid_t pids[HELPERS_MAX];
	unsigned helpers = call_helpers(w, unknown, pids);

	share(w);
	for (unsigned i = 0; i < helpers; i++)
		(void)child_wait(pids[i], NULL);
}

static int
open_directory(int box, const char *name)
{
	return openat(box, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void
maildir_measure_list(int box, const struct maildir_list *l, uint64_t *sizes)
{
	struct work w = { .list = l };
	size_t unknown = count_unknown(sizes, l->count);
	size_t bytes = l->count * sizeof *sizes;

	if (unknown == 0)
		return;
	w.shared = mmap(NULL, sizeof *w.shared + bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.shared == MAP_FAILED)
		return;
	memcpy(w.shared->sizes, sizes, bytes);
	w.dirs[0] = open_directory(box, "cur");
	w.dirs[1] = open_directory(box, "new");
	share_with_helpers(&w, unknown);
	for (size_t i = 0; i < 2; i++)
		if (w.dirs[i] != -1)
			close(w.dirs[i]);
	memcpy(sizes, w.shared->sizes, bytes);
	munmap(w.shared, sizeof *w.shared + bytes);
}
