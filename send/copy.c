/*
 * A message without its envelope, for workers that must not see who else gets
 * it: a sealed memfd, or an unlinked file when it is large and the file system
 * has such. Each transaction opens it anew, since a shared offset would be a
 * channel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "send/send.h"

enum { MEMORY_MAX = 1 << 20, AT_ONCE = 1 << 20 };

static int
fill(int to, int from, uint64_t len)
{
	off_t at = QUEUE_HEADER_SIZE;

	while (len > 0) {
		ssize_t n = sendfile(to, from, &at,
		    len < AT_ONCE ? (size_t)len : AT_ONCE);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EPROTO;
		if (n <= 0)
			return -1;
		len -= (uint64_t)n;
	}
	return 0;
}

static int
make(struct send *s)
{
	uint64_t len = s->file.h.message_len;
	bool in_memory = len <= MEMORY_MAX;
	int fd = -1;
	int err;

	if (!in_memory) {
		fd = openat(s->cur_dir, ".",
		    O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		/* not every file system has such files */
		in_memory = fd == -1 && errno == EOPNOTSUPP;
	}
	if (in_memory)
		fd = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (fill(fd, s->file.fd, len) == 0 && (!in_memory ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE | F_SEAL_SEAL) == 0))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int
copy_open(struct send *s, struct message *msg)
{
	struct rare *rare = message_rare(s, msg);
	char path[64];

	if (rare == NULL)
		return -1;
	if (rare->copy_fd == -1) {
		rare->copy_fd = make(s);
		if (rare->copy_fd == -1)
			return -1;
		s->copies++;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", rare->copy_fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void
copy_drop(struct send *s, struct rare *rare)
{
	if (rare->copy_fd == -1)
		return;
	close(rare->copy_fd);
	rare->copy_fd = -1;
	s->copies--;
}
