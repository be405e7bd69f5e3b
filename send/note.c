/*
 * cur/, and ID.note beside ID: a message goes there at its first deferral, or
 * when it is given an order. Notes are lines, only ever appended:
 *
 *   deferral TIME INDEX CODE TEXT
 *   hold TIME UID
 *   release TIME UID
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/in.h"
#include "lib/os/out.h"
#include "send/send.h"

enum {
	RECALL_BLOCK = 1 << 16,		/* read at a time */
	ORDER_MAX = 64,			/* bytes of a line that is an order */
};

static void
note_name(const struct message *msg, char name[QUEUE_ID_LEN + 6])
{
	queue_id_write(msg->id, name);
	memcpy(name + QUEUE_ID_LEN, ".note", 6);
}

int
note_move(struct send *s, struct message *msg)
{
	char name[QUEUE_ID_LEN + 1];

	if (msg->flags & MESSAGE_IN_CUR)
		return 0;
	message_name(msg, name);
	if (linkat(s->new_dir, name, s->cur_dir, name, 0) == -1 &&
	    errno != EEXIST)
		return -1;
	msg->flags |= MESSAGE_IN_CUR | MESSAGE_MOVING;
	return helper_flush(s, ASK_MOVED, msg->id, -1, HELPER_CUR, NULL, 0);
}

int
note_append(struct send *s, struct message *msg, struct span text, off_t max)
{
	char name[QUEUE_ID_LEN + 6];
	struct stat st;
	int fd;
	int err;

	note_name(msg, name);
	fd = openat(s->cur_dir, name,
	    O_WRONLY | O_APPEND | O_CREAT | QUEUE_FILE, 0600);
	if (fd == -1)
		return -1;
	msg->flags |= MESSAGE_NOTED;
	if (fstat(fd, &st) == 0 && st.st_size >= max)
		errno = EFBIG;
	else if (write_all(fd, text.p, text.len) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* true: there are orders among them, of which the last one holds. */
static bool
obey(struct message *msg, struct span notes)
{
	bool any = false;

	while (notes.len > 0) {
		struct span line = span_cut(&notes, '\n');

		if (span_starts(line, SPAN("hold "))) {
			msg->flags |= MESSAGE_HELD;
			any = true;
		} else if (span_starts(line, SPAN("release "))) {
			msg->flags &= (uint16_t)~MESSAGE_HELD;
			any = true;
		}
	}
	return any;
}

/*
 * Backwards to the last order: any number of deferrals, up to the most that a
 * file of notes takes, may stand behind it.
 */
static void
recall_orders(struct message *msg, int fd, uint64_t end)
{
	static char bytes[RECALL_BLOCK];
	uint64_t at;

	do {
		struct span notes;
		ssize_t n;

		at = end > RECALL_BLOCK ? end - RECALL_BLOCK : 0;
		n = pread_full(fd, bytes, (size_t)(end - at), at);
		if (n <= 0)
			return;
		notes = (struct span){ bytes, (size_t)n };
		if (at > 0)		/* it began before */
			(void)span_cut(&notes, '\n');
		if (obey(msg, notes))
			return;
		end = at + ORDER_MAX;
	} while (at > 0);
}

int
note_open(struct send *s, const struct message *msg)
{
	char name[QUEUE_ID_LEN + 6];

	note_name(msg, name);
	return openat(s->cur_dir, name, O_RDONLY | QUEUE_FILE);
}

void
note_recall(struct send *s, struct message *msg)
{
	int fd = note_open(s, msg);
	struct stat st;

	if (fd == -1)
		return;
	msg->flags |= MESSAGE_NOTED;
	if (fstat(fd, &st) == 0) {
		if (st.st_mtime > 0 && st.st_mtime <= (time_t)s->now_s)
			msg->tried_s = (uint32_t)st.st_mtime;
		recall_orders(msg, fd, (uint64_t)st.st_size);
	}
	close(fd);
}

void
note_remove(struct send *s, struct message *msg)
{
	char name[QUEUE_ID_LEN + 6];

	if (!(msg->flags & MESSAGE_NOTED))
		return;
	note_name(msg, name);
	(void)unlinkat(s->cur_dir, name, 0);
}
