/* What the small programs for .qmail files share. */
#include "local/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mail/path.h"
#include "lib/os/child.h"
#include "lib/os/die.h"
#include "lib/os/out.h"
#include "queue/injector.h"

enum { CHUNK = 65536, NO_PROGRAM = 127 };

extern char **environ;

struct span
tool_need(const char *variable)
{
	const char *value = getenv(variable);

	if (value == NULL)
		diex(TOOL_PERMANENT, "%s is not set: not called from a .qmail "
		    "file", variable);
	return span_str(value);
}

static int
exit_code(pid_t pid)
{
	int status;

	if (child_wait(pid, &status) == -1)
		die(TOOL_TEMPORARY, "cannot wait");
	if (!WIFEXITED(status))
		diex(TOOL_TEMPORARY, "the program crashed");
	return WEXITSTATUS(status);
}

static bool
is_absent(int err)
{
	return err == ENOENT || err == ENOTDIR || err == EACCES ||
	    err == ENOEXEC;
}

int
tool_run(char **argv)
{
	pid_t pid;
	int code = NO_PROGRAM;
	int err = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (err == 0) {
		code = exit_code(pid);
	} else if (!is_absent(err)) {
		errno = err;
		die(TOOL_TEMPORARY, "cannot run %s", argv[0]);
	}
	if (lseek(0, 0, SEEK_SET) == -1)
		die(TOOL_TEMPORARY, "cannot rewind the message");
	return code;
}

/* The next part of the message. Its length; 0 at the end. */
static size_t
read_part(char *room)
{
	ssize_t n;

	do
		n = read(0, room, CHUNK);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		die(TOOL_TEMPORARY, "cannot read the message");
	return (size_t)n;
}

unsigned
tool_queue(struct span sender, struct span first, char **recipients)
{
	static struct injector q;
	static char room[CHUNK];
	struct injector_verdict v;
	struct queue_sender from = { .address = sender };
	size_t n;

	if (path_is_utf8(sender))
		from.flags |= QUEUE_SMTPUTF8;
	for (char **r = recipients; *r != NULL; r++)
		if (path_is_utf8(span_str(*r)))
			from.flags |= QUEUE_SMTPUTF8;
	if (injector_spawn(&q) == -1)
		die(TOOL_TEMPORARY, "cannot start the injector");
	injector_data(&q, first.p, first.len);
	while ((n = read_part(room)) > 0)
		injector_data(&q, room, n);
	injector_envelope_begin(&q);
	injector_sender(&q, &from);
	for (; *recipients != NULL; recipients++) {
		struct queue_recipient to = { .address = span_str(*recipients) };

		injector_recipient(&q, &to);
	}
	injector_commit(&q, &v);
	injector_close(&q);
	if (v.code != 0)
		diex(v.text[0] == 'D' ? TOOL_PERMANENT : TOOL_TEMPORARY, "%s",
		    v.text + 1);
	return v.pid;
}

/* Starts argv with the read end of a pipe for its descriptor 0. */
static pid_t
start_fed(char **argv, int *feed)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int ends[2];
	pid_t pid;
	int err;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if (pipe2(ends, O_CLOEXEC) == -1)
		die(TOOL_TEMPORARY, "cannot make a pipe");
	if (posix_spawn_file_actions_init(&files) != 0 ||
	    posix_spawnattr_init(&attr) != 0 ||
	    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF) != 0 ||
	    posix_spawnattr_setsigdefault(&attr, &defaults) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, ends[0], 0) != 0)
		diex(TOOL_TEMPORARY, "out of memory");
	err = posix_spawnp(&pid, argv[0], &files, &attr, argv, environ);
	if (err != 0) {
		errno = err;
		die(TOOL_TEMPORARY, "cannot run %s", argv[0]);
	}
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	close(ends[0]);
	*feed = ends[1];
	return pid;
}

/* A program need not read all that it is given. */
int
tool_feed(char **argv, struct span first)
{
	static char room[CHUNK];
	int feed;
	pid_t pid;
	size_t n;

	signal(SIGPIPE, SIG_IGN);
	pid = start_fed(argv, &feed);
	if (write_all(feed, first.p, first.len) == 0)
		while ((n = read_part(room)) > 0)
			if (write_all(feed, room, n) == -1)
				break;
	close(feed);
	return exit_code(pid);
}
