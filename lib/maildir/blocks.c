/*
 * Reading directories in large blocks. On ext4 the place of a name in a
 * directory is its hash: a fork that begins in the middle of all hashes finds
 * the other half of the names. It writes them into memory that is shared; when
 * it fails, the reading goes on here to the end.
 */
#include "lib/maildir/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHUNK_SIZE = 256 << 10,	/* untouched pages cost nothing */
	READ_MIN = 32768,	/* the least that is asked for at a time */
	HELP_FROM = 512 << 10,	/* bytes of a directory that are worth a fork */
	EXT4_MAGIC = 0xef53,
};
#define EXT4_MIDDLE ((off_t)1 << 62)

struct dir_chunk {
	struct dir_chunk *next;
	size_t used, room;	/* multiples of the alignment of entries */
	bool shared;		/* with a helper; else from malloc(3) */
	bool whole;		/* the helper has put all there is into it */
	union {
		uint64_t align;
		char bytes[1];
	} u;
};

/* The helper that reads the far half. */
struct helper {
	pid_t pid;		/* 0: none */
	struct dir_chunk *chunk;
};

static struct dir_chunk *
chunk_start(void *p, size_t room, bool shared)
{
	struct dir_chunk *c = p;

	*c = (struct dir_chunk){ NULL, 0, room, shared, false, { 0 } };
	return c;
}

static void
chunk_free(struct dir_chunk *c)
{
	if (c->shared)
		munmap(c, sizeof *c + c->room);
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

	if (c != NULL && !c->shared && c->room - c->used >= READ_MIN)
		return c;
	p = malloc(sizeof *c + CHUNK_SIZE);
	if (p == NULL)
		return NULL;
	c = chunk_start(p, CHUNK_SIZE, false);
	c->next = *chunks;
	*chunks = c;
	return c;
}

/* 1 and the next entries, put into c; 0 there are no more; -1 with errno. */
static int
read_block(int dir, struct dir_chunk *c, struct span *block)
{
	long n;

	block->p = c->u.bytes + c->used;
	n = syscall(SYS_getdents64, dir, block->p, c->room - c->used);
	if (n <= 0)
		return (int)n;
	block->len = (size_t)n;
	c->used += block->len;
	return 1;
}

/* ---- the far half ---- */

static _Noreturn void
read_far_half(int box, const char *which, struct dir_chunk *c)
{
	/* of its own: a descriptor that is inherited shares its place */
	int dir = openat(box, which, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct span block;
	int r = -1;

	if (dir != -1 && lseek(dir, EXT4_MIDDLE, SEEK_SET) == EXT4_MIDDLE)
		do
			r = c->room - c->used < READ_MIN ? -1 :
			    read_block(dir, c, &block);
		while (r == 1);
	c->whole = r == 0;
	_exit(0);
}

/* Is the directory worth it? Where there is no help, it is done without. */
static void
call_helper(struct helper *h, int box, const char *which, int dir)
{
	struct statfs fs;
	struct stat st;
	size_t room;
	void *p;

	if (fstat(dir, &st) == -1 || st.st_size < HELP_FROM ||
	    fstatfs(dir, &fs) == -1 || fs.f_type != EXT4_MAGIC)
		return;
	/* entries are at most twice as long in memory as on the disk */
	room = (size_t)st.st_size * 2 / READ_MIN * READ_MIN;
	p = mmap(NULL, sizeof *h->chunk + room, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return;
	h->chunk = chunk_start(p, room, true);
	h->pid = fork();
	if (h->pid == 0)
		read_far_half(box, which, h->chunk);
	if (h->pid == -1) {
		chunk_free(h->chunk);
		h->pid = 0;
	}
}

/* Has the helper read its half? Then that is kept with the other chunks. */
static bool
wait_for_helper(struct helper *h, struct dir_chunk **chunks)
{
	while (waitpid(h->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	h->pid = 0;
	if (!h->chunk->whole) {
		chunk_free(h->chunk);
		return false;
	}
	h->chunk->next = *chunks;
	*chunks = h->chunk;
	return true;
}

static void
send_helper_away(struct helper *h, struct dir_chunk **chunks)
{
	(void)kill(h->pid, SIGKILL);
	(void)wait_for_helper(h, chunks);
}

/* ---- all of it ---- */

static int
read_entries(int dir, struct helper *h, struct dir_chunk **chunks,
    dir_block_fn *take, void *to)
{
	for (;;) {
		struct dir_chunk *c = chunk_with_room(chunks);
		struct span block;
		int r = c != NULL ? read_block(dir, c, &block) : -1;

		if (r != 1)
			return r;
		if (take(to, dir, block) == -1)
			return -1;
		if (h->pid != 0 && lseek(dir, 0, SEEK_CUR) >= EXT4_MIDDLE &&
		    wait_for_helper(h, chunks))
			return take(to, dir, (struct span){
			    h->chunk->u.bytes, h->chunk->used });
	}
}

int
dir_read(int box, const char *which, struct dir_chunk **chunks,
    dir_block_fn *take, void *to)
{
	int dir = openat(box, which, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct helper h = { 0, NULL };
	int r, err;

	if (dir == -1)
		return errno == ENOENT ? 0 : -1;
	call_helper(&h, box, which, dir);
	r = read_entries(dir, &h, chunks, take, to);
	err = errno;
	if (h.pid != 0)
		send_helper_away(&h, chunks);
	close(dir);
	errno = err;
	return r;
}
