/*
 * The forwarding sender, dot-qmail(5): local-owner@domain when there is a
 * .qmail-EXT-owner, a VERP (lib/mail/verp.h) when there is .qmail-EXT-owner-
 * default too; a bounce stays a bounce.
 */
#include "local/newsender.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/os/dotfile.h"

void
newsender_init(struct newsender *n)
{
	*n = (struct newsender){ 0 };
	buf_init(&n->address, 2 * WORK_ADDRESS_MAX);
}

void
newsender_free(struct newsender *n)
{
	buf_free(&n->address);
}

static void
write_owner(struct newsender *n, const struct job *j, bool verp)
{
	n->is_owner = true;
	buf_span(&n->address, j->local);
	buf_str(&n->address, verp ? "-owner-@" : "-owner@");
	buf_span(&n->address, j->domain);
	if (verp)
		buf_str(&n->address, "-@[]");
}

int
newsender_find(struct newsender *n, const struct job *j, struct verdict *v)
{
	int owner = 0, verp = 0;

	if (n->known)
		return 0;
	if (j->sender.len > 0 && !span_is(j->sender, "#@[]"))
		owner = dotfile_exists(AT_FDCWD, j->dash, j->ext, "-owner");
	if (owner == 1)
		verp = dotfile_exists(AT_FDCWD, j->dash, j->ext,
		    "-owner-default");
	if (owner == -1 || verp == -1) {
		verdict_errno(v, "4.3.0", "Unable to look for -owner files");
		return -1;
	}
	if (owner == 1)
		write_owner(n, j, verp == 1);
	else
		buf_span(&n->address, j->sender);
	if (n->address.err != 0) {	/* an empty one would mean a bounce */
		errno = n->address.err;
		verdict_errno(v, "4.3.0", "Unable to write the sender");
		return -1;
	}
	n->known = true;
	return 0;
}
