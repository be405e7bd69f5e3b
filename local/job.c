/* A job: its address, and its message piece by piece. */
#include "local/job.h"

#include <errno.h>

#include "lib/os/in.h"

void
job_address(struct job *j, struct span address)
{
	size_t at = span_rfind(address, '@');

	j->address = address;
	j->local = span_head(address, at);
	j->domain = span_tail(address, at + 1);
}

ssize_t
job_piece(const struct job *j, uint64_t at, char *to, size_t max)
{
	uint64_t left = j->size - at;
	size_t want = left < max ? (size_t)left : max;
	ssize_t n = want == 0 ? 0 : pread_full(j->fd, to, want, j->offset + at);

	if (n != -1 && (size_t)n < want) {
		errno = EIO;
		return -1;
	}
	return n;
}
