/* The search for a .qmail file. A name that cannot exist does not. */
#include "lib/os/dotfile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
means_absent(int err)
{
	return err == ENOENT || err == ENOTDIR || err == ENAMETOOLONG ||
	    err == EISDIR || err == ENXIO;
}

/* One name: 1 a regular file; 0 none; -1 with errno. */
static int
try_open(int home, struct dotfile *d)
{
	int err;

	d->fd = openat(home, d->name,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (d->fd == -1)
		return means_absent(errno) ? 0 : -1;
	if (fstat(d->fd, &d->st) == 0) {
		if (S_ISREG(d->st.st_mode))
			return 1;
		errno = 0;
	}
	err = errno;
	close(d->fd);
	d->fd = -1;
	errno = err;
	return err == 0 ? 0 : -1;
}

static int
try_find(int home, struct dotfile *d)
{
	d->fd = -1;
	if (fstatat(home, d->name, &d->st, 0) == -1)
		return means_absent(errno) ? 0 : -1;
	return S_ISREG(d->st.st_mode);
}

static int
search(int home, struct span dash, struct span ext, struct dotfile *out,
    int (*try)(int, struct dotfile *))
{
	struct dotqmail_search s;
	struct buf name;
	struct span text;
	int r = 0;

	buf_init(&name, DOTFILE_NAME_MAX);
	dotqmail_search_start(&s, dash, ext);
	while (r == 0 && dotqmail_search_next(&s, &name, &out->rest)) {
		if (buf_get(&name, &text) == -1) {
			r = errno == EMSGSIZE ? 0 : -1;
			continue;
		}
		if (span_to_cstr(text, out->name, sizeof out->name) == 0)
			r = try(home, out);
	}
	buf_free(&name);
	return r;
}

int
dotfile_open(int home, struct span dash, struct span ext, struct dotfile *out)
{
	return search(home, dash, ext, out, try_open);
}

int
dotfile_find(int home, struct span dash, struct span ext, struct dotfile *out)
{
	return search(home, dash, ext, out, try_find);
}

int
dotfile_exists(int home, struct span dash, struct span ext, const char *suffix)
{
	struct stat st;
	struct buf name;
	const char *text;
	int r = -1;

	buf_init(&name, DOTFILE_NAME_MAX);
	dotqmail_name(&name, dash, ext, suffix);
	text = buf_cstr(&name);
	if (text != NULL && fstatat(home, text, &st, 0) == 0)
		r = 1;
	else if (text == NULL ? errno == EMSGSIZE || errno == EINVAL :
	    means_absent(errno))
		r = 0;
	buf_free(&name);
	return r;
}
