/*
 * A message on its way into the queue whose 24 hours are over just while its
 * name is taken by another.
 */
#include "queue/arrival.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/rename.h"
#include "queue/caller.h"
#include "tests/tap.h"

enum { EXIT_TIMEOUT = 52 };

static char dir[] = "/tmp/postern-arrival.XXXXXX";

/*
 * In place of lib/os's: the first name is taken; behind the second a stranger
 * is writing his own file, when the alarm comes.
 */
int
rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	static int calls;
	char dot[QUEUE_ID_LEN + 2];
	int fd;

	(void)from;
	(void)to_dir;
	if (++calls == 1) {
		errno = EEXIST;
		return -1;
	}
	snprintf(dot, sizeof dot, ".%s", to);
	fd = openat(from_dir, dot, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd != -1)
		close(fd);
	raise(SIGALRM);
	return 0;
}

static struct arrival a;

static int
in_child(struct spool *spool)
{
	struct span envelope = { "Fa\0Tb\0", 7 };

	caller_start_alarm();
	arrival_init(&a, spool);
	arrival_begin(&a, 1, "by uid 1");
	arrival_message(&a, SPAN("x\n"));
	(void)arrival_envelope(&a, &envelope);
	return arrival_commit(&a);
}

/* How many files are in dir? All are removed. */
static int
clear(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (unlinkat(dirfd(d), e->d_name, 0) == 0)
			n++;
	closedir(d);
	return n;
}

int
main(void)
{
	struct spool spool = { .trigger = -1 };
	int status;
	pid_t pid;

	if (mkdtemp(dir) == NULL ||
	    (spool.dir = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		return 1;
	pid = fork();
	if (pid == 0)
		_exit(in_child(&spool));
	if (waitpid(pid, &status, 0) == -1)
		return 1;
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TIMEOUT,
	    "the alarm ends it");
	ok(clear() == 2, "it takes no file of another along, and its own, "
	    "which is a dead writer's now, need not be");
	rmdir(dir);
	return tap_done();
}
