/*
 * Marks whose flush cannot be asked for, since memory is short, are flushed
 * later, and what was to come of it still comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "send/send.h"
#include "tests/tap.h"

enum { SECOND_MS = 1000 };

static struct rare rare;
static bool no_memory;
static int asked;		/* flushes that were asked for */
static enum ask last;
static int troubles;

/* In the place of those of postern-send. */
struct rare *
message_rare(struct send *s, struct message *msg)
{
	(void)s;
	(void)msg;
	return &rare;
}

int
message_dir(const struct send *s, const struct message *msg)
{
	(void)msg;
	return s->new_dir;
}

void
message_name(const struct message *msg, char name[QUEUE_ID_LEN + 1])
{
	queue_id_write(msg->id, name);
}

void
qfile_marked(struct qfile *q, uint32_t index, unsigned char state)
{
	(void)q;
	(void)index;
	(void)state;
}

void
log_trouble(struct log *l, const char *what, uint64_t id, int err)
{
	(void)l;
	(void)what;
	(void)id;
	troubles += err == ENOMEM;
}

int
helper_flush(struct send *s, enum ask what, uint64_t id, int fd,
    unsigned dirs, uint32_t *indexes, uint32_t count)
{
	(void)s;
	(void)id;
	(void)dirs;
	(void)indexes;
	(void)count;
	if (no_memory) {
		errno = ENOMEM;
		return -1;
	}
	asked++;
	last = what;
	return close(fd);
}

static void
sweep_later(struct send *s)
{
	s->now_ms += SECOND_MS;
	mark_sweep(s, &rare);
}

int
main(void)
{
	static struct send s;
	struct message msg = { .recipients = 1 };
	char dir[] = "/tmp/marks.XXXXXX";
	char name[QUEUE_ID_LEN + 1];
	int fd;

	message_name(&msg, name);
	if (mkdtemp(dir) == NULL ||
	    (s.new_dir = open(dir, O_RDONLY | O_DIRECTORY)) == -1 ||
	    (fd = openat(s.new_dir, name, O_WRONLY | O_CREAT, 0600)) == -1 ||
	    write(fd, "0", 1) != 1)
		return 1;
	close(fd);
	rare = (struct rare){ .message = &msg, .marks_fd = -1 };

	ok(mark(&s, &msg, 0, QUEUE_FAILED) == 0, "a mark");
	mark_sweep(&s, &rare);
	ok(asked == 0, "waits for others");
	no_memory = true;
	sweep_later(&s);
	ok(troubles == 1, "its flush cannot be asked for");
	no_memory = false;
	sweep_later(&s);
	ok(asked == 1 && last == ASK_MARKS, "it is later");
	sweep_later(&s);
	ok(asked == 1, "and once only");

	ok(mark(&s, &msg, 0, QUEUE_REPORTED) == 0, "another");
	no_memory = true;
	mark_flush(&s, &rare, ASK_REPORTED);
	sweep_later(&s);
	ok(troubles == 3, "whose sender was told");
	no_memory = false;
	sweep_later(&s);
	ok(asked == 2 && last == ASK_REPORTED,
	    "is flushed later for the same purpose");

	ok(mark(&s, &msg, 0, QUEUE_DONE) == 0, "a third");
	sweep_later(&s);
	ok(asked == 3 && last == ASK_MARKS, "has a purpose of its own");

	ok(unlinkat(s.new_dir, name, 0) == 0 && rmdir(dir) == 0, "that is all");
	return tap_done();
}
