/* A mapped file that follows its name: replaced by rename, never rewritten. */
#include "auth/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void
forget(struct database *d)
{
	if (d->bytes.len > 0)
		munmap((void *)d->bytes.p, d->bytes.len);
	d->bytes = (struct span){ 0 };
	d->mapped = false;
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
map(struct database *d, int fd)
{
	void *p;

	if (fstat(fd, &d->st) == -1)
		return -1;
	if (d->st.st_size > 0) {
		p = mmap(NULL, (size_t)d->st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
		if (p == MAP_FAILED)
			return -1;
		d->bytes = (struct span){ p, (size_t)d->st.st_size };
	}
	d->mapped = true;
	return 0;
}

int
database_refresh(struct database *d, const char *path)
{
	struct stat st;
	int fd;
	int r;

	if (stat(path, &st) == -1) {
		if (errno != ENOENT)
			return -1;
		forget(d);
		return 0;
	}
	if (d->mapped && same(&st, &d->st))
		return 0;
	forget(d);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	r = map(d, fd);
	close(fd);
	return r;
}
