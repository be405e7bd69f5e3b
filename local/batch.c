/*
 * Batches: the order of the steps is what makes a delivery durable, and doing
 * each step for all before the next begins is what makes many of them cheap.
 */
#include "local/batch.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "local/store.h"
#include "local/transact.h"

void
batch_init(struct batch *b, int sock)
{
	b->sock = sock;
	b->lost = false;
	b->n = 0;
	b->next_box = 0;
	for (size_t i = 0; i < BATCH_BOXES; i++)
		b->boxes[i] = (struct batch_box){
		    .box = { .fd = -1, .tmp = -1, .new = -1 },
		    .quota = { .root = -1 } };
}

bool
batch_full(const struct batch *b)
{
	return b->n == BATCH_MAX;
}

/* Does an item of this batch deliver into it? */
static bool
in_use(const struct batch *b, const struct batch_box *box)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->items[i].over && b->items[i].item.box == &box->box)
			return true;
	return false;
}

/* Closes box for another Maildir; the items that are in the way end first. */
static void
make_room(struct batch *b, struct batch_box *box)
{
	if (in_use(b, box))
		(void)batch_run(b);
	quota_close(&box->quota);
	maildir_close(&box->box);
	box->path[0] = '\0';
	box->touched = false;
}

/* The Maildir at path, open; NULL with the verdict. */
static struct batch_box *
find_box(struct batch *b, const char *path, bool make, struct verdict *v)
{
	struct batch_box *box = NULL;

	for (size_t i = 0; i < BATCH_BOXES; i++)
		if (strcmp(b->boxes[i].path, path) == 0)
			box = &b->boxes[i];
	if (box != NULL && maildir_same(&box->box, AT_FDCWD, path))
		return box;
	if (box == NULL) {
		box = &b->boxes[b->next_box];
		b->next_box = (b->next_box + 1) % BATCH_BOXES;
	}
	make_room(b, box);
	if (store_open(&box->box, path, make, v) == -1)
		return NULL;
	strcpy(box->path, path);
	return box;
}

void
batch_add(struct batch *b, uint64_t tid, const struct job *j,
    const char *path, bool make)
{
	struct verdict v;
	struct batch_box *box;
	struct batch_item *i;

	verdict_init(&v);
	box = find_box(b, path, make, &v);	/* may run the batch */
	i = &b->items[b->n++];
	i->tid = tid;
	i->job = *j;
	i->verdict = v;
	i->over = box == NULL || (box->quota.root == -1 &&
	    store_quota(&box->quota, j->owner, &box->box, path,
	    &i->verdict) == -1) ||
	    store_write(j, &box->box, &box->quota, &i->item, &i->verdict) ==
	    -1;
}

static struct batch_box *
box_of(struct batch *b, const struct batch_item *i)
{
	for (size_t k = 0; k < BATCH_BOXES; k++)
		if (i->item.box == &b->boxes[k].box)
			return &b->boxes[k];
	return NULL;
}

/* Is the other end of the socket still there? */
static bool
still_wanted(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	return poll(&p, 1, 0) != -1 && !(p.revents & (POLLHUP | POLLERR));
}

static void
flush_files(struct batch *b)
{
	for (size_t k = 0; k < b->n && b->n > 1; k++)
		if (!b->items[k].over)
			maildir_hurry(&b->items[k].item);
	for (size_t k = 0; k < b->n; k++) {
		struct batch_item *i = &b->items[k];

		if (!i->over && store_flush(&i->item, &i->verdict) == -1) {
			quota_gave_back(&box_of(b, i)->quota, i->item.size);
			i->over = true;
		}
	}
}

static void
move_files(struct batch *b)
{
	for (size_t k = 0; k < b->n; k++) {
		struct batch_item *i = &b->items[k];
		struct batch_box *box;

		if (i->over)
			continue;
		box = box_of(b, i);
		if (store_move(&i->job, 0, &i->item, &i->verdict) == -1) {
			quota_gave_back(&box->quota, i->item.size);
			i->over = true;
		} else {
			box->touched = true;
		}
	}
}

/* Flushes the directories; who moved into one that fails has failed. */
static void
flush_boxes(struct batch *b)
{
	for (size_t k = 0; k < BATCH_BOXES; k++) {
		struct batch_box *box = &b->boxes[k];

		if (!box->touched)
			continue;
		box->touched = false;
		if (maildir_sync(&box->box) == 0)
			continue;
		for (size_t n = 0; n < b->n; n++)
			if (!b->items[n].over &&
			    b->items[n].item.box == &box->box)
				verdict_errno(&b->items[n].verdict, "4.3.0",
				    "Temporary error on maildir delivery");
	}
}

static int
tell(struct batch *b)
{
	int r = 0;

	for (size_t k = 0; k < b->n; k++) {
		struct batch_item *i = &b->items[k];

		if (i->verdict.class == 0) {
			i->verdict.class = WORK_DONE;
			strcpy(i->verdict.code, "2.0.0");
			i->verdict.action = "delivered";
			buf_str(&i->verdict.text, "did 1+0+0\n");
		}
		if (r == 0)
			r = result_send(b->sock, i->tid, i->job.position,
			    &i->verdict);
		verdict_free(&i->verdict);
	}
	return r;
}

static void
close_quotas(struct batch *b)
{
	for (size_t k = 0; k < BATCH_BOXES; k++)
		quota_close(&b->boxes[k].quota);
}

static void
abandon(struct batch *b)
{
	for (size_t k = 0; k < b->n; k++) {
		struct batch_item *i = &b->items[k];

		if (!i->over) {
			quota_gave_back(&box_of(b, i)->quota, i->item.size);
			maildir_abandon(&i->item);
		}
		verdict_free(&i->verdict);
	}
	b->n = 0;
	close_quotas(b);
}

int
batch_run(struct batch *b)
{
	int r;

	if (b->n == 0)
		return b->lost ? -1 : 0;
	flush_files(b);
	if (b->lost || !still_wanted(b->sock)) {
		b->lost = true;
		abandon(b);
		return -1;
	}
	move_files(b);
	flush_boxes(b);
	close_quotas(b);
	r = tell(b);
	b->n = 0;
	if (r == -1)
		b->lost = true;
	return r;
}

void
batch_clean(struct batch *b)
{
	for (size_t i = 0; i < BATCH_BOXES; i++)
		if (b->boxes[i].path[0] != '\0')
			maildir_clean(&b->boxes[i].box);
}
