/*
 * Follows a recipe line by line. The first failure ends it; forwards come last,
 * as one message, so that no failure of another line finds them done.
 */
#include "local/deliver.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "lib/os/out.h"
#include "local/command.h"
#include "local/forward.h"
#include "local/lines.h"
#include "local/mbox.h"
#include "local/newsender.h"
#include "local/store.h"
#include "local/surroundings.h"

enum { COMMAND_SECONDS = 24 * 60 * 60 };

struct progress {
	const struct job *j;
	const struct recipe *r;
	struct verdict *v;
	struct newsender as;
	bool forward_only;
	bool stop;		/* a program said 99 */
	unsigned files, forwards, programs;
};

static void
deliver_into(struct progress *p, const struct maildir *box,
    struct quota *quota, struct maildir_item *item)
{
	if (store_write(p->j, box, quota, item, p->v) == -1)
		return;
	if (store_flush(item, p->v) == 0 &&
	    store_move(p->j, p->files - 1, item, p->v) == 0)
		(void)store_sync(box, p->v);
	else
		quota_gave_back(quota, item->size);
}

static void
into_maildir(struct progress *p, const char *path)
{
	struct maildir_item item;
	struct maildir box;
	struct quota quota;

	if (store_open(&box, path, p->r->is_default, p->v) == -1)
		return;
	if (store_quota(&quota, p->j->owner, &box, path, p->v) == 0) {
		deliver_into(p, &box, &quota, &item);
		quota_close(&quota);
	}
	maildir_close(&box);
}

static void
into_file(struct progress *p, const struct dotqmail_line *line)
{
	char path[PATH_MAX];

	p->files++;
	if (p->forward_only)
		verdict_set(p->v, WORK_LATER, "4.7.0", "Uh-oh: .qmail has "
		    "file delivery but has x bit set.");
	else if (span_to_cstr(line->text, path, sizeof path) == -1)
		verdict_errno(p->v, "4.2.1", "Unable to use a file name");
	else if (line->kind == DOTQMAIL_MAILDIR)
		into_maildir(p, path);
	else
		(void)mbox_deliver(p->j, path, p->v);
}

/* How long a program may take: control/timeoutlocal, seconds. 0; -1. */
static int
read_limit(int64_t *ms, struct verdict *v)
{
	uint64_t seconds = COMMAND_SECONDS;
	int dir = control_open();
	int r = dir == -1 ? 0 :
	    control_num(dir, "timeoutlocal", INT32_MAX, &seconds);

	if (r == -1)
		verdict_errno(v, "4.3.0", "Unable to read timeoutlocal");
	if (dir != -1)
		close(dir);
	*ms = (int64_t)seconds * 1000;
	return r == -1 ? -1 : 0;
}

static void
through_program(struct progress *p, struct span command)
{
	struct surroundings s;
	int64_t limit_ms;

	p->programs++;
	if (p->forward_only) {
		verdict_set(p->v, WORK_LATER, "4.7.0", "Uh-oh: .qmail has "
		    "prog delivery but has x bit set.");
		return;
	}
	if (read_limit(&limit_ms, p->v) == -1 ||
	    newsender_find(&p->as, p->j, p->v) == -1)
		return;
	if (surroundings_make(&s, p->j, p->r, buf_peek(&p->as.address)) ==
	    -1) {
		verdict_errno(p->v, "4.3.0", "Unable to run a program");
		return;
	}
	if (command_run(p->j, command, s.envp, limit_ms, p->v) ==
	    COMMAND_STOP)
		p->stop = true;
	surroundings_free(&s);
}

static void
follow(struct progress *p, const struct dotqmail_line *line, bool first)
{
	switch (line->kind) {
	case DOTQMAIL_BLANK:
		if (first)
			verdict_set(p->v, WORK_LATER, "4.2.1", "Uh-oh: first "
			    "line of .qmail file is blank.");
		break;
	case DOTQMAIL_MAILDIR:
	case DOTQMAIL_MBOX:
		into_file(p, line);
		break;
	case DOTQMAIL_PROGRAM:
		through_program(p, line->text);
		break;
	case DOTQMAIL_FORWARD:
		p->forwards++;
		break;
	case DOTQMAIL_LIST:
		p->forward_only = true;
		break;
	case DOTQMAIL_COMMENT:
	case DOTQMAIL_RESERVED:
		break;
	}
}

/* All lines but the forwards. How much of the recipe was followed. */
static struct span
follow_all(struct progress *p)
{
	struct span all = buf_peek(&p->r->text);
	struct span rest = all;
	struct dotqmail_line line;

	for (bool first = true; p->v->class == 0 && !p->stop &&
	    dotqmail_next(&rest, &line); first = false)
		follow(p, &line, first);
	return span_head(all, all.len - rest.len);
}

static void
finish(struct progress *p, struct span followed)
{
	bool others = p->files + p->programs > 0;
	const char *action = "delivered";
	unsigned qp = 0;

	if (p->forwards > 0 && (newsender_find(&p->as, p->j, p->v) == -1 ||
	    forward_all(p->j, followed, others, &p->as, &qp, &action,
	    p->v) == -1))
		return;
	p->v->class = WORK_DONE;
	strcpy(p->v->code, "2.0.0");
	buf_fmt(&p->v->text, "did %u+%u+%u\n", p->files, p->forwards,
	    p->programs);
	if (p->forwards > 0)
		buf_fmt(&p->v->text, "qp %u\n", qp);
	p->v->action = action;
}

void
deliver(const struct job *j, const struct recipe *r, struct verdict *v)
{
	struct progress p = { .j = j, .r = r, .v = v,
	    .forward_only = r->forward_only };
	int loops = line_loops(j, SPAN(""));
	struct span followed;

	if (loops == -1)
		verdict_errno(v, "4.3.0", "Unable to read message");
	if (loops == 1)
		verdict_set(v, WORK_NEVER, "5.4.6", "This message is looping: "
		    "it already has my Delivered-To line.");
	newsender_init(&p.as);
	followed = follow_all(&p);
	if (v->class == 0)
		finish(&p, followed);
	newsender_free(&p.as);
}

static int
describe(struct out *o, const struct dotqmail_line *line, bool forward_only,
    struct verdict *v)
{
	static const char *const words[] = {
		[DOTQMAIL_PROGRAM] = "program ", [DOTQMAIL_MAILDIR] =
		"maildir ", [DOTQMAIL_MBOX] = "mbox ", [DOTQMAIL_FORWARD] =
		"forward ", [DOTQMAIL_RESERVED] = NULL,
	};

	if (words[line->kind] == NULL)
		return 0;
	if (forward_only && line->kind != DOTQMAIL_FORWARD) {
		verdict_set(v, WORK_LATER, "4.7.0", "Uh-oh: .qmail has file "
		    "or prog delivery but has x bit set.");
		return -1;
	}
	out_str(o, words[line->kind]);
	out_span(o, line->text);
	out_str(o, "\n");
	return 0;
}

int
deliver_describe(const struct recipe *r, struct verdict *v)
{
	static struct out o;
	struct span rest = buf_peek(&r->text);
	struct dotqmail_line line;
	bool forward_only = r->forward_only;
	int result = 0;

	out_init(&o, 1, -1);
	for (bool first = true; result == 0 && dotqmail_next(&rest, &line);
	    first = false) {
		if (first && line.kind == DOTQMAIL_BLANK) {
			verdict_set(v, WORK_LATER, "4.2.1", "Uh-oh: first "
			    "line of .qmail file is blank.");
			result = -1;
		} else if (line.kind == DOTQMAIL_LIST) {
			forward_only = true;
		} else {
			result = describe(&o, &line, forward_only, v);
		}
	}
	(void)out_flush(&o);
	return result;
}
