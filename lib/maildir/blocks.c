/*
 * Reading directories in large blocks. On ext4 the place of a name in a
 * directory is its hash: a fork that begins in the middle of all hashes finds
 * the other half of the names. It writes them, and what they say, into memory
 * that is shared; when it fails, the reading goes on here to the end.
 */
#include "lib/maildir/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/os/child.h"

enum {
	CHUNK_SIZE = 256 << 10,	/* untouched pages cost nothing */
	READ_MIN = 32768,	/* the least that is asked for at a time */
	HELP_FROM = 512 << 10,	/* bytes of a directory that are worth a fork */
	ENTRY_MIN = 24,		/* bytes of the shortest, in memory */
	FIRST_ROOM = 256,
	EXT4_MAGIC = 0xef53,
};
#define EXT4_MIDDLE ((off_t)1 << 62)

struct dir_chunk {
	struct dir_chunk *next;
	size_t used, room;	/* multiples of the alignment of entries */
	size_t mapped;		/* bytes, of one that a helper shares; else 0 */
	union {
		uint64_t align;
		char bytes[1];
	} u;
};

/* What the helper finds; lies behind its chunk. */
struct far_half {
	bool whole;		/* all that there is has been found */
	size_t count;
	struct maildir_entry entries[];
};

struct reading {
	int box, dir;
	bool in_new;
	dir_look_fn *look;
	pid_t helper;		/* who reads the far half; 0: nobody */
	struct dir_chunk *chunk;	/* the helper's */
	struct far_half *far;
};

static struct dir_chunk *
chunk_start(void *p, size_t room, size_t mapped)
{
	struct dir_chunk *c = p;

	*c = (struct dir_chunk){ NULL, 0, room, mapped, { 0 } };
	return c;
}

static void
chunk_free(struct dir_chunk *c)
{
	if (c->mapped > 0)
		munmap(c, c->mapped);
	else
		free(c);
}

void
dir_chunks_free(struct dir_chunk *chunks)
{
	while (chunks != NULL) {
		struct dir_chunk *next = chunks->next;

		chunk_free(chunks);
		chunks = next;
	}
}

/* A chunk in which there is room for READ_MIN bytes; NULL with errno. */
static struct dir_chunk *
chunk_with_room(struct dir_chunk **chunks)
{
	struct dir_chunk *c = *chunks;
	void *p;

	if (c != NULL && c->mapped == 0 && c->room - c->used >= READ_MIN)
		return c;
	p = malloc(sizeof *c + CHUNK_SIZE);
	if (p == NULL)
		return NULL;
	c = chunk_start(p, CHUNK_SIZE, 0);
	c->next = *chunks;
	*chunks = c;
	return c;
}

static int
open_directory(const struct reading *r)
{
	return openat(r->box, r->in_new ? "new" : "cur",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* 1 and the next entries, put into c; 0 there are no more; -1 with errno. */
static int
read_block(int dir, struct dir_chunk *c, struct span *block)
{
	size_t room = c->room - c->used;
	long n;

	block->p = c->u.bytes + c->used;
	n = syscall(SYS_getdents64, dir, block->p,
	    room < CHUNK_SIZE ? room : CHUNK_SIZE);
	if (n <= 0)
		return (int)n;
	block->len = (size_t)n;
	c->used += block->len;
	return 1;
}

/* Room for some more. 0; -1 with errno. */
static int
make_room(struct maildir_list *l, size_t more)
{
	size_t room = l->room > 0 ? l->room : FIRST_ROOM;
	void *p;

	if (more <= l->room - l->count)
		return 0;
	while (room - l->count < more)
		room *= 2;
	p = realloc(l->entries, room * sizeof *l->entries);
	if (p == NULL)
		return -1;
	l->entries = p;
	l->room = room;
	return 0;
}

static int
not_too_many(const struct maildir_list *l)
{
	if (l->count <= MAILDIR_MESSAGES_MAX)
		return 0;
	errno = EMSGSIZE;
	return -1;
}

/* For all of the block's there is room. */
static int
look_at_block(const struct reading *r, struct span block,
    struct maildir_list *l)
{
	while (block.len > 0) {
		const struct dir_entry *d = (const void *)block.p;

		if (r->look(r->dir, d, &l->entries[l->count]))
			l->entries[l->count++].in_new = r->in_new;
		block = span_tail(block, d->len);
	}
	return not_too_many(l);
}

/* ---- the far half ---- */

static _Noreturn void
read_far_half(struct reading *r)
{
	struct dir_chunk *c = r->chunk;
	/* enough for all entries of the chunk */
	struct maildir_list l = { r->far->entries, 0, c->room / ENTRY_MIN, c };
	struct span block;
	int got = -1;

	/* of its own: a descriptor that is inherited shares its place */
	r->dir = open_directory(r);
	if (r->dir != -1 && lseek(r->dir, EXT4_MIDDLE, SEEK_SET) == EXT4_MIDDLE)
		do
			got = c->room - c->used < READ_MIN ? -1 :
			    read_block(r->dir, c, &block);
		while (got == 1 && look_at_block(r, block, &l) == 0);
	r->far->count = l.count;
	r->far->whole = got == 0;
	_exit(0);
}

/* Memory for a chunk of that room, and for all that may be found in it. */
static int
share_memory(struct reading *r, size_t room)
{
	size_t chunk = sizeof *r->chunk + room;
	size_t mapped = chunk + sizeof *r->far +
	    room / ENTRY_MIN * sizeof *r->far->entries;
	char *p = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	r->chunk = chunk_start(p, room, mapped);
	r->far = (void *)(p + chunk);
	return 0;
}

/* Is the directory worth it? Where there is no help, it is done without. */
static void
call_helper(struct reading *r)
{
	struct statfs fs;
	struct stat st;

	/* entries are at most twice as long in memory as on the disk */
	if (fstat(r->dir, &st) == -1 || st.st_size < HELP_FROM ||
	    fstatfs(r->dir, &fs) == -1 || fs.f_type != EXT4_MAGIC ||
	    share_memory(r, (size_t)st.st_size * 2 / READ_MIN * READ_MIN) == -1)
		return;
	r->helper = fork();
	if (r->helper == 0)
		read_far_half(r);
	if (r->helper == -1) {
		chunk_free(r->chunk);
		r->helper = 0;
	}
}

/* 1 what the helper has found is added; 0 it has not all; -1 with errno. */
static int
take_far_half(struct reading *r, struct maildir_list *l)
{
	(void)child_wait(r->helper, NULL);
	r->helper = 0;
	if (!r->far->whole || make_room(l, r->far->count) == -1) {
		chunk_free(r->chunk);
		return 0;
	}
	memcpy(l->entries + l->count, r->far->entries,
	    r->far->count * sizeof *l->entries);
	l->count += r->far->count;
	r->chunk->next = l->names;
	l->names = r->chunk;
	return not_too_many(l) == 0 ? 1 : -1;
}

static void
send_helper_away(struct reading *r)
{
	(void)kill(r->helper, SIGKILL);
	(void)child_wait(r->helper, NULL);
	chunk_free(r->chunk);
}

/* ---- all of it ---- */

static int
read_entries(struct reading *r, struct maildir_list *l)
{
	for (;;) {
		struct dir_chunk *c = chunk_with_room(&l->names);
		struct span block;
		int got = c != NULL ? read_block(r->dir, c, &block) : -1;

		if (got != 1)
			return got;
		if (make_room(l, block.len / ENTRY_MIN) == -1 ||
		    look_at_block(r, block, l) == -1)
			return -1;
		if (r->helper == 0 || lseek(r->dir, 0, SEEK_CUR) < EXT4_MIDDLE)
			continue;
		got = take_far_half(r, l);
		if (got != 0)
			return got == 1 ? 0 : -1;
	}
}

int
dir_read(int box, bool in_new, struct maildir_list *l, dir_look_fn *look)
{
	struct reading r = { .box = box, .in_new = in_new, .look = look };
	int result, err;

	r.dir = open_directory(&r);
	if (r.dir == -1)
		return errno == ENOENT ? 0 : -1;
	call_helper(&r);
	result = read_entries(&r, l);
	err = errno;
	if (r.helper != 0)
		send_helper_away(&r);
	close(r.dir);
	errno = err;
	return result;
}
