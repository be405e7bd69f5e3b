/*
 * $QMAILREMOTE in place of our own client: a program written for qmail-rspawn,
 * which is run once for each recipient, as there, and knows nothing of
 * transactions. There is no connection to be kept, so the worker is ready at
 * once.
 */
#include "remote/wrapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mail/path.h"
#include "lib/os/child.h"
#include "lib/os/die.h"
#include "lib/os/in.h"
#include "lib/os/out.h"
#include "remote/worker.h"

enum { RECORDS_MAX = 16384, COPY_BLOCK = 32768, IDLE_MS = 5000 };

/* ---- the verdict ---- */

static void
say(struct why *why, char class, struct span text)
{
	struct span code = SPAN("");
	size_t at = span_find(text, '#');

	/* "(#5.1.1)", as qmail's programs write it */
	if (at < text.len && text.len - at > 5 && text.p[at + 2] == '.')
		code = span_head(span_tail(text, at + 1),
		    span_find(span_tail(text, at + 1), ')'));
	why->class = class;
	why->len = 0;
	for (size_t i = 0; i < text.len && i < WHY_TEXT_MAX - 1; i++) {
		char c = text.p[i];

		why->text[why->len++] = c == '\n' || (c >= ' ' && c < 127) ?
		    c : '?';
	}
	if (code.len < 5 || code.p[0] != (class == 'D' ? '5' : '4') ||
	    span_to_cstr(code, why->code, sizeof why->code) == -1)
		strcpy(why->code, class == 'K' ? "2.0.0" : class == 'D' ?
		    "5.0.0" : "4.0.0");
}

/* The recipient's record stands for the message's where it is no r. */
static bool
judge_records(struct span records, struct why *why)
{
	char class = 0;
	struct span text = SPAN("");

	while (records.len > 0) {
		struct span record;

		if (span_find(records, '\0') == records.len)
			return false;	/* cut off */
		record = span_cut(&records, '\0');
		if (record.len == 0)
			continue;
		switch (record.p[0]) {
		case 's':
		case 'h':
			say(why, record.p[0] == 's' ? 'Z' : 'D',
			    span_tail(record, 1));
			return true;
		case 'K':
		case 'Z':
		case 'D':
			class = record.p[0];
			text = span_tail(record, 1);
			break;
		default:
			break;
		}
	}
	if (class != 0)
		say(why, class, text);
	return class != 0;
}

/* 126 and 127 are of shells and dynamic linkers that did not get that far. */
static bool
has_not_run(int code)
{
	return code == 111 || code == 126 || code == 127;
}

void
wrapped_judge(struct span records, int status, struct why *why)
{
	if (!WIFEXITED(status)) {
		say(why, 'Z', SPAN("The delivery program crashed. (#4.3.0)\n"));
	} else if (has_not_run(WEXITSTATUS(status))) {
		say(why, 'Z', SPAN("The delivery program could not be run."
		    " (#4.3.0)\n"));
	} else if (WEXITSTATUS(status) != 0) {
		say(why, 'D', SPAN("The delivery program failed. (#5.3.0)\n"));
	} else if (!judge_records(records, why)) {
		say(why, 'Z', SPAN("The delivery program gave no answer."
		    " (#4.3.0)\n"));
	}
}

/* ---- running it ---- */

/* A copy of the message that the program may read and seek as it likes. */
static int
copy_message(const struct message *m)
{
	static char block[COPY_BLOCK];
	int fd = memfd_create("message", MFD_CLOEXEC);
	uint64_t at = 0;

	while (fd != -1 && at < m->size) {
		size_t len = m->size - at < COPY_BLOCK ?
		    (size_t)(m->size - at) : COPY_BLOCK;

		if (pread_full(m->fd, block, len, m->offset + at) !=
		    (ssize_t)len || write_all(fd, block, len) == -1) {
			close(fd);
			return -1;
		}
		at += len;
	}
	if (fd != -1 && lseek(fd, 0, SEEK_SET) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static _Noreturn void
be_program(const char *program, const struct message *m,
    const struct recipient *to, int copy, int out)
{
	char sender[WORK_ADDRESS_MAX + 1], rcpt[WORK_ADDRESS_MAX + 1];
	char host[WORK_ADDRESS_MAX + 1];
	char *args[] = { (char *)program, host, sender, rcpt, NULL };
	struct span domain;

	(void)address_split(to->address, NULL, &domain);
	if (span_to_cstr(m->sender, sender, sizeof sender) == -1 ||
	    span_to_cstr(to->address, rcpt, sizeof rcpt) == -1 ||
	    span_to_cstr(domain, host, sizeof host) == -1 ||
	    dup2(copy, 0) == -1 || dup2(out, 1) == -1)
		_exit(111);
	execvp(program, args);
	_exit(111);
}

/* Reads what comes, keeps what fits. */
static struct span
read_records(int fd, char room[RECORDS_MAX])
{
	char spill[1024];
	size_t len = 0;

	for (;;) {
		bool full = len == RECORDS_MAX;
		ssize_t n = full ? read(fd, spill, sizeof spill) :
		    read(fd, room + len, RECORDS_MAX - len);

		if (n == 0 || (n == -1 && errno != EINTR))
			return (struct span){ room, len };
		if (n > 0 && !full)
			len += (size_t)n;
	}
}

static void
run(const char *program, const struct message *m, const struct recipient *to,
    struct why *why)
{
	static char room[RECORDS_MAX];
	struct span records;
	int pipefd[2], status, copy = copy_message(m);
	pid_t pid;

	say(why, 'Z', SPAN("Cannot run the delivery program. (#4.3.0)\n"));
	if (copy == -1)
		return;
	if (pipe2(pipefd, O_CLOEXEC) == -1) {
		close(copy);
		return;
	}
	pid = fork();
	if (pid == 0)
		be_program(program, m, to, copy, pipefd[1]);
	close(copy);
	close(pipefd[1]);
	if (pid != -1) {
		records = read_records(pipefd[0], room);
		(void)child_wait(pid, &status);
		wrapped_judge(records, status, why);
	}
	close(pipefd[0]);
}

static int
send_job(void *self, struct job *job)
{
	struct why why;

	for (size_t i = 0; i < job->message.n; i++) {
		run(self, &job->message, &job->recipients[i], &why);
		job_report(job, i, &why, "", "relayed");
	}
	return 0;
}

static int
watch(void *self)
{
	(void)self;
	return -1;
}

int
wrapped_work(const char *program, int sock)
{
	struct worker w = { .idle_ms = IDLE_MS, .send = send_job,
	    .watch = watch, .self = (void *)program };

	if (worker_say_ready(sock, "") == -1 || worker_serve(&w, sock) == -1)
		die(111, "lost my client");
	return 0;
}
