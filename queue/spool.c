/* The queue directory as its writers see it. */
#include "queue/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "lib/os/deadline.h"
#include "lib/os/paths.h"

enum { TRIGGER_WAIT_MS = 1000 };

/* dir/name in room; false when it is too long. */
static bool
join(char room[SPOOL_PATH_ROOM], const char *dir, const char *name)
{
	int n = snprintf(room, SPOOL_PATH_ROOM, "%s/%s", dir, name);

	return n > 0 && n < SPOOL_PATH_ROOM;
}

/* control/syncdir: "0" where the file's own fsync carries its name as well. */
static int
read_settings(struct spool *s)
{
	char path[SPOOL_PATH_ROOM];
	uint64_t sync = 1;

	if (!join(path, path_control(), "syncdir") ||
	    control_num(AT_FDCWD, path, 1, &sync) == -1)
		return CODE_CONTROL;
	s->sync_dir = sync != 0;
	return 0;
}

int
spool_open(struct spool *s)
{
	struct stat st;

	s->dir = s->trigger = -1;
	s->sync_dir = true;
	if (!join(s->new_path, path_queue(), "new") ||
	    !join(s->trigger_path, path_queue(), "trigger") ||
	    stat(s->new_path, &st) == -1)
		return CODE_HOME;
	s->owner = (unsigned)st.st_uid;
	s->ours = st.st_uid == geteuid();
	if (!s->ours)
		return 0;
	s->dir = open(s->new_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir == -1)
		return CODE_DIR;
	return read_settings(s);
}

static ssize_t
write_trigger(struct spool *s, const char *line, size_t len)
{
	if (s->trigger == -1)
		s->trigger = open(s->trigger_path,
		    O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	return s->trigger == -1 ? -1 : write(s->trigger, line, len);
}

void
spool_trigger(struct spool *s, const char *id)
{
	struct deadline d = deadline_never();
	char line[QUEUE_ID_LEN + 2];
	bool again = false;

	memcpy(line, id, QUEUE_ID_LEN);
	line[QUEUE_ID_LEN] = '\n';
	while (write_trigger(s, line, QUEUE_ID_LEN + 1) == -1) {
		if (s->trigger == -1)
			return;		/* send does not run */
		if (errno == EAGAIN) {
			if (d.at_ms == INT64_MAX)
				d = deadline_in_ms(TRIGGER_WAIT_MS);
			if (deadline_wait(s->trigger, POLLOUT, d) == -1)
				return;
			continue;
		}
		close(s->trigger);	/* send was started anew, perhaps */
		s->trigger = -1;
		if (again)
			return;
		again = true;
	}
}

/* Does uid own dir/name? */
static bool
owns(unsigned uid, const char *dir, const char *name)
{
	char path[SPOOL_PATH_ROOM];
	struct stat st;

	return join(path, dir, name) && stat(path, &st) == 0 &&
	    st.st_uid == uid;
}

static const char *
role(unsigned uid)
{
	if (path_rootless() || uid == 0)
		return NULL;
	if (owns(uid, path_queue(), "network"))
		return "from network";
	if (owns(uid, path_queue(), "cur"))
		return "for bounce";
	if (owns(uid, path_alias(), "."))
		return "by alias";
	return NULL;
}

void
spool_invoker(unsigned uid, char room[SPOOL_INVOKER_ROOM])
{
	const char *known = role(uid);

	if (known != NULL)
		snprintf(room, SPOOL_INVOKER_ROOM, "%s", known);
	else
		snprintf(room, SPOOL_INVOKER_ROOM, "by uid %u", uid);
}

bool
spool_is_system(unsigned uid)
{
	return uid == 0 || role(uid) != NULL;
}
