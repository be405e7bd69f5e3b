/*
 * A program runs in a process group of its own, with a pipe for its output of
 * which the first bytes are kept. We wait for the program, not for the end of
 * the pipe, which something in the background may keep open for ever.
 */
#include "local/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mail/dsn.h"
#include "lib/os/child.h"
#include "lib/os/deadline.h"
#include "local/copy.h"

enum {
	OUTPUT_MAX = WORK_TEXT_MAX - 600,	/* room for our own words */
	MERCY_MS = 5000,	/* between TERM and KILL */
};

struct running {
	pid_t pid;
	int output;		/* read end, non-blocking; -1: at its end */
	bool over;
	int status;
	sigset_t waiting;	/* the signal mask while waiting */
	bool saw_nul;		/* the report ends there */
	struct verdict *v;
};

static void
on_child(int sig)
{
	(void)sig;
}

/* What may stand in a report: no control characters but new lines and tabs. */
static void
keep(struct running *r, const char *p, size_t len)
{
	for (size_t i = 0; i < len && !r->saw_nul; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '\0')
			r->saw_nul = true;
		else if (r->v->text.len < OUTPUT_MAX)
			buf_char(&r->v->text, c == '\n' || c == '\t' ||
			    (c >= ' ' && c != 127) ? (char)c : '?');
	}
}

/* Reads what is there; more than one pipe full only if wait said so again. */
static void
take_output(struct running *r)
{
	char room[4096];
	ssize_t n = read(r->output, room, sizeof room);

	if (n > 0) {
		keep(r, room, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(r->output);
		r->output = -1;
	}
}

static void
look_whether_over(struct running *r)
{
	pid_t pid = waitpid(r->pid, &r->status, WNOHANG);

	if (pid == r->pid || (pid == -1 && errno == ECHILD))
		r->over = true;
}

/* Until it is over or d has passed. */
static void
wait_until(struct running *r, struct deadline d)
{
	while (!r->over && !deadline_passed(d)) {
		struct pollfd p = { .fd = r->output, .events = POLLIN };
		int ms = deadline_left_ms(d);
		struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

		if (ppoll(&p, 1, &ts, &r->waiting) > 0)
			take_output(r);
		look_whether_over(r);
	}
}

/* What the program had written when it ended, at most a pipe full. */
static void
drain(struct running *r)
{
	struct pollfd p = { .fd = r->output, .events = POLLIN };

	for (int i = 0; i < 32 && r->output != -1; i++) {
		if (poll(&p, 1, 0) != 1)
			break;
		take_output(r);
	}
	if (r->output != -1)
		close(r->output);
}

static void
end_group(struct running *r)
{
	(void)kill(-r->pid, SIGTERM);
	wait_until(r, deadline_in_ms(MERCY_MS));
	(void)kill(-r->pid, SIGKILL);
	while (!r->over) {
		int status;

		if (child_wait(r->pid, &status) == 0)
			r->status = status;
		r->over = true;
	}
}

static int
start(struct running *r, struct span command, char *const *envp, int message)
{
	char *text = strndup(command.p, command.len);
	char *argv[] = { (char *)"sh", (char *)"-c", text, NULL };
	int out[2];
	int err;

	if (text == NULL || pipe2(out, O_CLOEXEC) == -1) {
		free(text);
		return -1;
	}
	struct child_fd fds[] = { { message, 0 }, { out[1], 1 },
	    { out[1], 2 } };
	struct child c = { .path = "/bin/sh", .argv = argv, .envp = envp,
	    .fds = fds, .nfds = 3, .close_from = 3, .own_group = true };

	r->pid = child_start(&c);
	err = errno;
	free(text);
	close(out[1]);
	r->output = out[0];
	(void)fcntl(r->output, F_SETFL, O_NONBLOCK);
	if (r->pid == -1)
		close(r->output);
	errno = err;
	return r->pid == -1 ? -1 : 0;
}

/* ---- what an exit code means ---- */

/* qmail-command(8) */
static char
class_of(int code)
{
	switch (code) {
	case 100: case 64: case 65: case 70: case 76: case 77: case 78:
	case 112:
		return WORK_NEVER;
	default:
		return WORK_LATER;
	}
}

/* The program's own status code, if it said one of this class. */
static void
find_code(struct verdict *v, char class)
{
	unsigned digit = class == WORK_NEVER ? 5 : 4;
	struct dsn_code found = { 0, 0, 0 };
	struct buf text;
	const char *s;

	if (!dsn_code_find(buf_peek(&v->text), &found) ||
	    found.class != digit)
		found = (struct dsn_code){ digit, 3, 0 };
	buf_init(&text, sizeof v->code - 1);
	dsn_code_write(&text, found);
	s = buf_cstr(&text);
	strcpy(v->code, s != NULL ? s : class == WORK_NEVER ? "5.3.0" :
	    "4.3.0");
	buf_free(&text);
}

static enum command_end
judge(struct running *r, size_t before)
{
	struct verdict *v = r->v;
	int code = child_code(r->status);

	if (v->text.len > before && v->text.p[v->text.len - 1] != '\n')
		buf_char(&v->text, '\n');
	if (code == 0)
		return COMMAND_OK;
	if (code == 99)
		return COMMAND_STOP;
	if (code == -1) {
		verdict_set(v, WORK_LATER, "4.3.0", "Aack, child crashed.");
	} else if (v->text.len == before) {
		verdict_set(v, class_of(code), class_of(code) == WORK_NEVER ?
		    "5.3.0" : "4.3.0", "Program ended with code %d.", code);
	} else {
		v->class = class_of(code);
		find_code(v, v->class);
	}
	return COMMAND_FAILED;
}

/* SIGCHLD ends a wait and does nothing else. */
static void
begin_waiting(struct running *r)
{
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)sigprocmask(SIG_BLOCK, &child, &r->waiting);
	sigdelset(&r->waiting, SIGCHLD);
}

enum command_end
command_run(const struct job *j, struct span command, char *const *envp,
    int64_t limit_ms, struct verdict *v)
{
	struct running r = { .v = v };
	size_t before = v->text.len;
	int message = copy_message(j);

	if (message == -1) {
		verdict_errno(v, "4.3.0", "Unable to copy the message");
		return COMMAND_FAILED;
	}
	begin_waiting(&r);
	if (start(&r, command, envp, message) == -1) {
		verdict_errno(v, "4.3.0", "Unable to run /bin/sh");
		close(message);
		return COMMAND_FAILED;
	}
	close(message);
	wait_until(&r, deadline_in_ms(limit_ms));
	if (!r.over) {
		end_group(&r);
		drain(&r);
		verdict_set(v, WORK_LATER, "4.3.0",
		    "Program took too long and was ended.");
		return COMMAND_FAILED;
	}
	drain(&r);
	return judge(&r, before);
}
