/* Last words: one line in one write, control characters made harmless. */
#include "lib/os/die.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

enum { DIE_LINE_MAX = 1024 };

static const char *name = "postern";
static bool to_syslog;
static const char *last_answer;
static int answer_fd;

void
die_name(const char *program)
{
	name = program;
}

void
die_answer(int fd, const char *text)
{
	answer_fd = fd;
	last_answer = text;
}

void
die_to_syslog(void)
{
	openlog(name, LOG_PID | LOG_NDELAY, LOG_MAIL);
	to_syslog = true;
}

bool
die_is_heard_by(int client)
{
	struct stat theirs, log;

	return fstat(2, &log) == 0 && S_ISSOCK(log.st_mode) &&
	    fstat(client, &theirs) == 0 && theirs.st_ino == log.st_ino &&
	    theirs.st_dev == log.st_dev;
}

int
die_turn_away(void)
{
	const struct sockaddr_un log = { AF_UNIX, _PATH_LOG };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&log, sizeof log) == -1) {
		close(fd);
		fd = -1;
	}
	if (fd == -1)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	r = dup2(fd, 2);
	close(fd);
	return r == -1 ? -1 : 0;
}

__attribute__((format(printf, 3, 0))) static void
speak(const char *kind, int err, const char *fmt, va_list ap)
{
	char line[DIE_LINE_MAX];
	size_t len;

	snprintf(line, sizeof line, "%s: %s", name, kind);
	len = strlen(line);
	vsnprintf(line + len, sizeof line - len, fmt, ap);
	len = strlen(line);
	if (err != 0)
		snprintf(line + len, sizeof line - len, ": %s", strerror(err));
	len = strlen(line);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = '?';
	if (to_syslog) {
		syslog(LOG_MAIL | LOG_WARNING, "%s", line);
		return;
	}
	if (len == sizeof line - 1)
		len--;
	line[len++] = '\n';
	if (write(2, line, len) == -1)
		return;		/* nobody left to tell */
}

/* One that takes nothing and stays would hold us for ever. */
static void
answer(void)
{
	struct pollfd client = { .fd = answer_fd, .events = POLLOUT };

	if (last_answer != NULL && poll(&client, 1, 0) == 1 &&
	    write(answer_fd, last_answer, strlen(last_answer)) == -1)
		return;		/* nobody is there to hear it */
}

void
die(int code, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	answer();
	va_start(ap, fmt);
	speak("fatal: ", err, fmt, ap);
	va_end(ap);
	exit(code);
}

void
diex(int code, const char *fmt, ...)
{
	va_list ap;

	answer();
	va_start(ap, fmt);
	speak("fatal: ", 0, fmt, ap);
	va_end(ap);
	exit(code);
}

void
warn_errno(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	speak("warning: ", err, fmt, ap);
	va_end(ap);
	errno = err;
}

void
warn_plain(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	speak("warning: ", 0, fmt, ap);
	va_end(ap);
	errno = err;
}

void
note_plain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak("", 0, fmt, ap);
	va_end(ap);
}
