/*
 * State bytes. A mark is written at once, so that it survives our death, and
 * flushed with others within a second, so that it survives the machine's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "send/send.h"

enum { MARKS_WAIT_MS = 500 };

static int
open_marks(struct send *s, struct message *msg, struct rare *rare)
{
	char name[QUEUE_ID_LEN + 1];
	off_t end;

	message_name(msg, name);
	rare->marks_fd = openat(message_dir(s, msg), name,
	    O_WRONLY | QUEUE_FILE);
	if (rare->marks_fd == -1)
		return -1;
	end = lseek(rare->marks_fd, 0, SEEK_END);
	if (end == -1 || end < (off_t)msg->recipients) {
		close(rare->marks_fd);
		rare->marks_fd = -1;
		errno = EIO;
		return -1;
	}
	rare->states_at = (uint64_t)end - msg->recipients;
	rare->marks_ms = s->now_ms;
	rare->told = false;
	return 0;
}

int
mark(struct send *s, struct message *msg, uint32_t index,
    unsigned char state)
{
	struct rare *rare = message_rare(s, msg);

	if (rare == NULL ||
	    (rare->marks_fd == -1 && open_marks(s, msg, rare) == -1))
		return -1;
	if (pwrite(rare->marks_fd, &state, 1,
	    (off_t)(rare->states_at + index)) != 1)
		return -1;
	if (s->file_of == msg)
		qfile_marked(&s->file, index, state);
	return 0;
}

void
mark_flush(struct send *s, struct rare *rare, enum ask what)
{
	if (rare->marks_fd == -1)
		return;
	rare->told = what == ASK_REPORTED;
	rare->marks_ms = s->now_ms;
	if (helper_flush(s, what, rare->message->id, rare->marks_fd, 0, NULL,
	    0) == -1)
		log_trouble(&s->log, "trouble fsyncing", rare->message->id,
		    errno);
	else
		rare->marks_fd = -1;
}

void
mark_sweep(struct send *s, struct rare *rare)
{
	if (rare->marks_fd != -1 &&
	    s->now_ms - rare->marks_ms >= MARKS_WAIT_MS)
		mark_flush(s, rare, rare->told ? ASK_REPORTED : ASK_MARKS);
}
