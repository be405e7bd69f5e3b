/*
 * From an address to instructions: the safety of the home directory, the
 * search for the .qmail file, and the safety of that file. Whatever keeps us
 * from telling is temporary; only "there is no such file" is for good.
 */
#include "local/recipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "lib/os/dotfile.h"

/* Is the home directory ours, and is it safe? 0; -1 with the verdict. */
static int
check_home(const struct owner *o, struct verdict *v)
{
	struct stat st;

	if (owner_find_home(o, &st, v) == -1)
		return -1;
	if (st.st_mode & CONF_PATRN) {
		verdict_set(v, WORK_LATER, "4.7.0",
		    "Uh-oh: home directory is writable.");
		return -1;
	}
	if (st.st_mode & S_ISVTX) {
		verdict_set(v, WORK_LATER, "4.2.1",
		    "Home directory is sticky: user is editing .qmail files.");
		return -1;
	}
	return 0;
}

static void
no_mailbox(struct verdict *v)
{
	verdict_set(v, WORK_NEVER, "5.1.1",
	    "Sorry, no mailbox here by that name.");
}

/* 1 found; 0 none; -1 with the verdict. */
static int
open_file(struct span dash, struct span ext, struct dotfile *d,
    struct verdict *v)
{
	int found = dotfile_open(AT_FDCWD, dash, ext, d);

	if (found == -1)
		verdict_errno(v, "4.3.0", "Unable to open %.80s", d->name);
	if (found == 1 && (d->st.st_mode & CONF_PATRN)) {
		close(d->fd);
		verdict_set(v, WORK_LATER, "4.7.0",
		    "Uh-oh: %.80s is writable by others.", d->name);
		return -1;
	}
	return found;
}

static int
read_file(const struct dotfile *d, struct buf *out)
{
	for (;;) {
		enum { CHUNK = 4096 };
		char *to = buf_reserve(out, CHUNK);
		ssize_t n = to == NULL ? -1 : read(d->fd, to, CHUNK);

		if (to == NULL)
			errno = out->err;
		else if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		out->len += (size_t)n;
	}
}

static void
use_default(const struct owner *o, struct recipe *r)
{
	r->forward_only = false;
	r->is_default = true;
	buf_reset(&r->text);
	buf_span(&r->text, buf_peek(&o->fallback));
}

static int
fill(const struct job *j, struct recipe *r, struct verdict *v)
{
	struct dotfile d;
	int found = open_file(j->dash, j->ext, &d, v);

	if (found == -1)
		return -1;
	if (found == 0) {
		r->rest = DOTQMAIL_NO_DEFAULT;
		if (j->dash.len > 0) {
			no_mailbox(v);
			return -1;
		}
		use_default(j->owner, r);
		return 0;
	}
	r->rest = d.rest;
	r->forward_only = d.st.st_mode & S_IXUSR;
	if (read_file(&d, &r->text) == -1) {
		verdict_errno(v, "4.3.0", "Unable to read %.80s", d.name);
		close(d.fd);
		return -1;
	}
	close(d.fd);
	if (r->text.len == 0)
		use_default(j->owner, r);
	return 0;
}

int
recipe_read(const struct job *j, struct recipe *r, struct verdict *v)
{
	*r = (struct recipe){ 0 };
	buf_init(&r->text, RECIPE_MAX);
	if (j->owner->control_err != 0) {
		errno = j->owner->control_err;
		verdict_errno(v, "4.3.0", "Unable to read control files");
		return -1;
	}
	if (check_home(j->owner, v) == 0 && fill(j, r, v) == 0) {
		if (r->text.err == 0)
			return 0;
		errno = r->text.err;
		verdict_errno(v, "4.3.0", "Unable to read the .qmail file");
	}
	recipe_free(r);
	return -1;
}

void
recipe_free(struct recipe *r)
{
	buf_free(&r->text);
}

void
recipe_query(const struct owner *o, struct span dash, struct span ext,
    struct verdict *v)
{
	struct dotfile d;
	struct stat st;
	int found;

	if (owner_find_home(o, &st, v) == -1)
		return;
	found = dotfile_find(AT_FDCWD, dash, ext, &d);
	if (found == -1)
		verdict_errno(v, "4.3.0", "Unable to look at %.80s", d.name);
	else if (found == 0 && dash.len > 0)
		no_mailbox(v);
	else
		verdict_set(v, WORK_DONE, "2.1.5", "Mailbox exists.");
}

bool
recipe_one_maildir(const struct recipe *r, char *path, size_t size)
{
	struct span rest = buf_peek(&r->text);
	struct dotqmail_line line;
	bool first = true;
	bool found = false;

	for (; dotqmail_next(&rest, &line); first = false) {
		if (line.kind == DOTQMAIL_COMMENT ||
		    (line.kind == DOTQMAIL_BLANK && !first))
			continue;
		if (line.kind != DOTQMAIL_MAILDIR || found || r->forward_only)
			return false;
		found = true;
		if (span_to_cstr(line.text, path, size) == -1)
			return false;
	}
	return found;
}
