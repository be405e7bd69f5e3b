/*
 * One message into one Maildir. The message is read in large pieces, and its
 * two lines stand right before the first of them, so a small message is one
 * pread and one write.
 */
#include "local/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/os/deadline.h"
#include "local/lines.h"

enum {
	HEAD_ROOM = 4096,
	PIECE = 65536,
};

static char room[HEAD_ROOM + PIECE];

static int
say_temporary(struct verdict *v)
{
	verdict_errno(v, "4.3.0", "Temporary error on maildir delivery");
	return -1;
}

int
store_open(struct maildir *box, const char *path, bool make,
    struct verdict *v)
{
	if (maildir_open(box, AT_FDCWD, path) == 0)
		return 0;
	if (errno == ENOENT && make && maildir_make(AT_FDCWD, path) == 0 &&
	    maildir_open(box, AT_FDCWD, path) == 0)
		return 0;
	verdict_errno(v, "4.2.1", "Unable to open maildir %.200s", path);
	return -1;
}

/* The lines, right before the first piece. Their length, or -1. */
static ssize_t
put_head(const struct job *j)
{
	struct buf head;
	struct span s;
	ssize_t len = -1;

	buf_init(&head, HEAD_ROOM);
	line_return_path(&head, j);
	line_delivered_to(&head, j);
	if (buf_get(&head, &s) == 0) {
		memcpy(room + HEAD_ROOM - s.len, s.p, s.len);
		len = (ssize_t)s.len;
	}
	buf_free(&head);
	return len;
}

static int
write_message(const struct job *j, struct maildir_item *item, size_t head,
    size_t first)
{
	struct span s = { room + HEAD_ROOM - head, head + first };
	uint64_t at = first;

	if (maildir_add(item, s) == -1)
		return -1;
	while (at < j->size) {
		ssize_t n = job_piece(j, at, room + HEAD_ROOM, PIECE);

		if (n == -1)
			return -1;
		s = (struct span){ room + HEAD_ROOM, (size_t)n };
		if (maildir_add(item, s) == -1)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

int
store_quota(struct quota *quota, const struct owner *o,
    const struct maildir *box, const char *path, struct verdict *v)
{
	if (quota_open(quota, box->fd, path, buf_peek(&o->quota)) == 0)
		return 0;
	verdict_errno(v, "4.3.0", "Unable to read the quota of %.200s", path);
	return -1;
}

/* A full mailbox is emptied, or is not, while the message waits. */
static int
say_full(const struct job *j, const struct quota *q, uint64_t size,
    struct verdict *v)
{
	uint64_t waited_s = (clock_wall_us() - j->birth_us) / 1000000;

	if (!quota_possible(q, size))
		verdict_set(v, WORK_NEVER, "5.2.3",
		    "Message is larger than the whole mailbox may be.");
	else if (clock_wall_us() > j->birth_us &&
	    waited_s > j->owner->grace_s)
		verdict_set(v, WORK_NEVER, "5.2.2", "Mailbox is full.");
	else
		verdict_set(v, WORK_LATER, "4.2.2", "Mailbox is full.");
	return -1;
}

/* 0 there is room, and it is taken; -1 and the verdict. */
static int
take_room(const struct job *j, struct quota *q, uint64_t size,
    struct verdict *v)
{
	int fits = quota_fits(q, size);

	if (fits == 0)
		return say_full(j, q, size, v);
	if (fits == -1) {
		verdict_errno(v, "4.3.0", "Unable to count the mailbox");
		return -1;
	}
	quota_took(q, size);
	return 0;
}

/* Writes what is in the room and all that follows. 0; -1 with the verdict. */
static int
write_file(const struct job *j, const struct maildir *box, size_t head,
    size_t first, struct maildir_item *item, struct verdict *v)
{
	if (maildir_begin(item, box, buf_peek(&j->owner->host)) == -1)
		return say_temporary(v);
	if (write_message(j, item, head, first) == 0)
		return 0;
	say_temporary(v);
	maildir_abandon(item);
	return -1;
}

int
store_write(const struct job *j, const struct maildir *box,
    struct quota *quota, struct maildir_item *item, struct verdict *v)
{
	ssize_t head = put_head(j);
	ssize_t first = job_piece(j, 0, room + HEAD_ROOM, PIECE);
	int loops;

	if (head == -1 || first == -1)
		return say_temporary(v);
	loops = line_loops(j, (struct span){ room + HEAD_ROOM, (size_t)first });
	if (loops == -1)
		return say_temporary(v);
	if (loops == 1) {
		verdict_set(v, WORK_NEVER, "5.4.6", "This message is looping: "
		    "it already has my Delivered-To line.");
		return -1;
	}
	if (take_room(j, quota, (uint64_t)head + j->size, v) == -1)
		return -1;
	if (write_file(j, box, (size_t)head, (size_t)first, item, v) == 0)
		return 0;
	quota_gave_back(quota, (uint64_t)head + j->size);
	return -1;
}

int
store_flush(struct maildir_item *item, struct verdict *v)
{
	if (maildir_flush(item) == 0)
		return 0;
	say_temporary(v);
	maildir_abandon(item);
	return -1;
}

int
store_move(const struct job *j, unsigned instruction,
    struct maildir_item *item, struct verdict *v)
{
	struct buf base;
	struct span name;
	int r = -1;

	buf_init(&base, MAILDIR_NAME_MAX);
	if (j->id.len > 0)
		maildir_name_queued(&base, j->birth_us, j->id, j->index,
		    instruction, buf_peek(&j->owner->host));
	else
		buf_str(&base, item->tmp_name);
	if (buf_get(&base, &name) == 0)
		r = maildir_move(item, name, j->maybe_again);
	buf_free(&base);
	if (r == 0)
		return 0;
	say_temporary(v);
	maildir_abandon(item);
	return -1;
}

int
store_sync(const struct maildir *box, struct verdict *v)
{
	return maildir_sync(box) == 0 ? 0 : say_temporary(v);
}
