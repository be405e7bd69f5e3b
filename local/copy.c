/*
 * A private copy in memory, or, when it is large, in an unlinked file. It is
 * for one program: what that does to it (seek, write, truncate) hurts nobody.
 */
#include "local/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/os/in.h"
#include "lib/os/out.h"

enum { IN_MEMORY_MAX = 1 << 20, PIECE = 65536, CLOEXEC_FLAG = 1 };

static int
in_memory(void)
{
	return (int)syscall(SYS_memfd_create, "message", CLOEXEC_FLAG);
}

static int
in_directory(const char *dir)
{
	char path[200];
	int fd;

#ifdef O_TMPFILE
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
#endif
	snprintf(path, sizeof path, "%s/postern.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd != -1)
		(void)unlink(path);
	return fd;
}

static int
open_copy(uint64_t size)
{
	int fd = -1;

	if (size > IN_MEMORY_MAX) {
		fd = in_directory("/var/tmp");
		if (fd == -1)
			fd = in_directory("/tmp");
	}
	return fd == -1 ? in_memory() : fd;
}

static int
fill(int to, const struct job *j)
{
	static char room[PIECE];
	uint64_t at = 0;
	ssize_t n;

	for (; (n = job_piece(j, at, room, PIECE)) > 0; at += (uint64_t)n)
		if (write_all(to, room, (size_t)n) == -1)
			return -1;
	return n == -1 || lseek(to, 0, SEEK_SET) == -1 ? -1 : 0;
}

int
copy_stream(int from)
{
	static char room[PIECE];
	int fd = open_copy(IN_MEMORY_MAX + 1);
	ssize_t n;

	if (fd == -1)
		return -1;
	while ((n = read_full(from, room, sizeof room)) > 0)
		if (write_all(fd, room, (size_t)n) == -1)
			break;
	if (n == 0)
		return fd;
	close(fd);
	return -1;
}

int
copy_message(const struct job *j)
{
	int fd = open_copy(j->size);
	int err;

	if (fd == -1 || fill(fd, j) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}
