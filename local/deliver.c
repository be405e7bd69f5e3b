/* Follows a recipe line by line; the first failure ends it. */
#include "local/deliver.h"

#include <limits.h>

#include "local/store.h"

static void
into_maildir(const struct job *j, struct span where, unsigned instruction,
    bool make, struct verdict *v)
{
	struct maildir_item item;
	struct maildir box;
	char path[PATH_MAX];

	if (span_to_cstr(where, path, sizeof path) == -1) {
		verdict_errno(v, "4.2.1", "Bad maildir line");
		return;
	}
	if (store_open(&box, path, make, v) == -1)
		return;
	if (store_write(j, &box, &item, v) == 0 &&
	    store_flush(&item, v) == 0 &&
	    store_move(j, instruction, &item, v) == 0)
		(void)store_sync(&box, v);
	maildir_close(&box);
}

void
deliver(const struct job *j, const struct recipe *r, struct verdict *v)
{
	struct span rest = buf_peek(&r->text);
	struct dotqmail_line line;
	unsigned files = 0;

	while (v->class == 0 && dotqmail_next(&rest, &line))
		if (line.kind == DOTQMAIL_MAILDIR)
			into_maildir(j, line.text, files++, r->is_default, v);
	verdict_set(v, WORK_DONE, "2.0.0", "did %u+0+0", files);
	v->action = v->class == WORK_DONE ? "delivered" : "";
}
