/*
 * Accept, look who it is, fork. Users share an eighth of the places and no one
 * has more than a tenth of those: whoever opens sessions and leaves them open
 * stops nobody but himself. Where all programs have one uid, it is the queue's
 * and no user's.
 */
#include "queue/listener.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/accept.h"
#include "lib/os/fdpass.h"

enum { CLIENT_FD = 0 };

struct child {
	pid_t pid;
	unsigned uid;
	bool system;
};

struct children {
	size_t count, of_users;
	struct child all[LISTENER_CHILDREN_MAX];
};

static void
on_child(int sig)
{
	(void)sig;	/* it ends the wait, that is all */
}

static void
remove_child(struct children *c, pid_t pid)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->all[i].pid != pid)
			continue;
		if (!c->all[i].system)
			c->of_users--;
		c->all[i] = c->all[--c->count];
		return;
	}
}

static void
reap(struct children *c)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		remove_child(c, pid);
}

static bool
has_place(const struct children *c, unsigned uid, bool system)
{
	size_t own = 0;

	if (system)
		return true;
	for (size_t i = 0; i < c->count; i++)
		own += !c->all[i].system && c->all[i].uid == uid;
	return own < LISTENER_PER_USER_MAX && c->of_users < LISTENER_USERS_MAX;
}

/*
 * In the child, with the signals of a session. The client takes the place of
 * the listening socket, so that no file of ours can become descriptor 0.
 */
static int
serve(struct session *s, struct spool *spool, int sock, unsigned uid)
{
	char invoker[SPOOL_INVOKER_ROOM];
	sigset_t none;

	spool_invoker(uid, invoker);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(sock, CLIENT_FD) == -1)
		return CODE_MEMORY;
	close(sock);
	return session_run(s, CLIENT_FD, uid, invoker, spool);
}

/*
 * Takes one client. -1: go on; else, in the child, the exit code. The trigger
 * is opened by each child.
 */
static int
take_client(struct session *s, struct spool *spool, struct children *c,
    struct acceptor *door)
{
	int sock = acceptor_take(door, 0);
	unsigned uid, gid;
	bool system;
	pid_t pid;

	if (sock == -1)
		return -1;
	if (unix_peer(sock, &uid, &gid) == -1) {
		close(sock);
		return -1;
	}
	system = uid == spool->owner || spool_is_system(uid);
	pid = has_place(c, uid, system) ? fork() : -1;
	if (pid == 0)
		return serve(s, spool, sock, uid);
	if (pid == -1) {
		(void)session_answer(sock, (unsigned)getpid(), CODE_BUSY, "-",
		    "too many sessions");
	} else {
		c->all[c->count++] = (struct child){ pid, uid, system };
		c->of_users += !system;
	}
	close(sock);
	return -1;
}

int
listener_run(struct session *s, struct spool *spool, int listening,
    int lifeline)
{
	static struct children children;
	struct sigaction sa = { .sa_handler = on_child };
	struct pollfd at[2] = {
		{ .fd = lifeline, .events = POLLIN },
		{ .fd = listening },
	};
	struct acceptor door;
	sigset_t chld, open;
	int code;

	acceptor_init(&door, listening);
	sigemptyset(&sa.sa_mask);
	sigemptyset(&open);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	if (sigaction(SIGCHLD, &sa, NULL) == -1 ||
	    sigprocmask(SIG_BLOCK, &chld, NULL) == -1)
		return CODE_BUG;
	for (;;) {
		bool full = children.count == LISTENER_CHILDREN_MAX;
		int rest_ms = acceptor_rest_ms(&door);
		struct timespec rest = { rest_ms / 1000,
		    rest_ms % 1000 * 1000000L };
		int n;

		at[1].revents = at[0].revents = 0;
		at[1].events = full || rest_ms > 0 ? 0 : POLLIN;
		n = ppoll(at, 2, rest_ms > 0 ? &rest : NULL, &open);
		if (n == -1 && errno != EINTR)
			return CODE_BUG;
		reap(&children);
		if (n <= 0)
			continue;
		if (at[0].revents != 0)
			return 0;
		if (at[1].revents & (POLLERR | POLLNVAL))
			return CODE_BUG;
		if (!(at[1].revents & POLLIN))
			continue;
		code = take_client(s, spool, &children, &door);
		if (code != -1)
			return code;
	}
}
