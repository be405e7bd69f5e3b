/*
 * The last order in a message's notes is found wherever it stands, and nothing
 * is taken for one that is a part of another line.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "send/send.h"
#include "tests/tap.h"

enum { BLOCK = 1 << 16, NEAR = 80, ROOM = 4 * BLOCK };

static struct send s;
static struct message msg;
static char name[QUEUE_ID_LEN + 6];

/* In the place of those of postern-send. */
int
message_dir(const struct send *send, const struct message *m)
{
	(void)m;
	return send->cur_dir;
}

void
message_name(const struct message *m, char to[QUEUE_ID_LEN + 1])
{
	queue_id_write(m->id, to);
}

int
helper_flush(struct send *send, enum ask what, uint64_t id, int fd,
    unsigned dirs, uint32_t *indexes, uint32_t count)
{
	(void)send;
	(void)what;
	(void)id;
	(void)fd;
	(void)dirs;
	(void)indexes;
	(void)count;
	return 0;
}

/* Is the message held whose notes are these, and a deferral so long? */
static bool
held(const char *notes, size_t len)
{
	static char text[ROOM];
	size_t n = strlen(notes);
	int fd = openat(s.cur_dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	memcpy(text, notes, n);
	memset(text + n, 'x', len);
	memcpy(text + n, "deferral ", len < 9 ? len : 9);
	n += len;
	text[n++] = '\n';
	if (fd == -1 || write(fd, text, n) != (ssize_t)n)
		return false;
	close(fd);
	msg.flags = 0;
	note_recall(&s, &msg);
	return msg.flags & MESSAGE_HELD;
}

/* Is it, for every length near the end of the first, and second, block? */
static bool
always(const char *notes, bool wanted)
{
	for (size_t blocks = 1; blocks <= 2; blocks++)
		for (size_t i = 0; i < 2 * NEAR; i++)
			if (held(notes, blocks * BLOCK - NEAR + i) != wanted)
				return false;
	return true;
}

int
main(void)
{
	char dir[] = "/tmp/note.XXXXXX";

	if (mkdtemp(dir) == NULL ||
	    (s.cur_dir = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		return 1;
	message_name(&msg, name);
	memcpy(name + QUEUE_ID_LEN, ".note", 6);

	ok(!held("", 0) && !held("deferral 1 0 4.2.0 x\n", 9), "no order");
	ok(held("hold 1 0\n", 9) && !held("hold 1 0\nrelease 2 0\n", 9) &&
	    held("hold 1 0\nrelease 2 0\n\nhold 3 0\n", 9),
	    "of several the last one holds");
	ok(always("deferral 1 0 4.2.0 x\n\nhold 4294967295 4294967295\n", true),
	    "before any number of deferrals");
	ok(always("hold 1 0\n\nrelease 4294967295 4294967295\n", false),
	    "as does a release");
	ok(always("deferral 1 0 4.2.0 hold 1 0 hold 1 0 hold 1 0\n", false),
	    "what a server says is no order");

	ok(unlinkat(s.cur_dir, name, 0) == 0 && rmdir(dir) == 0, "that is all");
	return tap_done();
}
