/* Helpers: one question on a socket, one fixed-size answer, again and again. */
#include "auth/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "lib/os/fds.h"

enum { ALARM_S = 2 * LOOKUP_MS / 1000 };

static _Noreturn void
be_helper(int sock)
{
	static struct lookup_result result;
	char local[WORK_ADDRESS_MAX + 1];
	const char *why;
	ssize_t n;

	if (dup2(sock, 0) == -1)
		_exit(111);
	fds_close(3, ~0U);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	while ((n = recv(0, local, sizeof local, 0)) > 0) {
		(void)alarm(ALARM_S);	/* should nobody be left to kill us */
		why = "";
		memset(&result, 0, sizeof result);
		/* the first byte is there so that no question is empty */
		result.found = passwd_find((struct span){ local + 1,
		    (size_t)n - 1 }, &result.owner, &why);
		strncpy(result.why, why, sizeof result.why - 1);
		if (send(0, &result, sizeof result, MSG_NOSIGNAL) == -1)
			break;
		(void)alarm(0);
	}
	_exit(0);
}

static int
start_helper(struct lookup_helper *h)
{
	int sv[2];

	if (fdpass_pair(sv) == -1)
		return -1;
	h->pid = fork();
	if (h->pid == 0)
		be_helper(sv[1]);
	close(sv[1]);
	if (h->pid == -1) {
		h->pid = 0;
		close(sv[0]);
		return -1;
	}
	h->sock = sv[0];
	return fcntl(h->sock, F_SETFL, O_NONBLOCK);
}

int
lookup_start(struct lookup_helper *h, uint64_t ask, struct span local)
{
	char question[WORK_ADDRESS_MAX + 1] = "?";

	if (local.len >= sizeof question) {
		errno = EMSGSIZE;
		return -1;
	}
	if (h->pid == 0 && start_helper(h) == -1)
		return -1;
	if (local.len > 0)
		memcpy(question + 1, local.p, local.len);
	if (send(h->sock, question, local.len + 1, MSG_NOSIGNAL) == -1)
		return -1;
	h->busy = true;
	h->ask = ask;
	h->until = deadline_in_ms(LOOKUP_MS);
	return 0;
}

int
lookup_finish(struct lookup_helper *h, struct lookup_result *out)
{
	ssize_t n = recv(h->sock, out, sizeof *out, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != (ssize_t)sizeof *out || !h->busy)
		return -1;
	h->busy = false;
	h->until = deadline_in_ms(LOOKUP_IDLE_MS);
	return 1;
}

void
lookup_kill(struct lookup_helper *h)
{
	if (h->pid == 0)
		return;
	(void)kill((pid_t)h->pid, SIGKILL);
	close(h->sock);
	h->pid = 0;
	h->sock = -1;
	h->busy = false;
}
