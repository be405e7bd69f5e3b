/*
 * Waiting for disks. What has been asked is collected for a moment, so that
 * one journal commit covers many files and a directory is flushed once for all
 * that was linked into it.
 */
#include "send/flusher.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "send/tell.h"

enum { BATCH = 64, ASK_MAX = 8192 };

struct batch {
	struct flusher_answer answers[BATCH];
	int fds[BATCH];
	unsigned dirs[BATCH];
	size_t count;
};

static void
answer(int sock, const struct flusher_answer *a)
{
	ssize_t n;

	do
		n = send(sock, a, sizeof *a, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		_exit(0);	/* send is gone */
}

static int
flush_dir(const struct batch *b, unsigned which, int dir)
{
	unsigned wanted = 0;

	for (size_t i = 0; i < b->count; i++)
		wanted |= b->dirs[i];
	if (!(wanted & which))
		return 0;
	return fsync(dir) == -1 ? errno : 0;
}

/* A failed fsync is not tried again: the kernel may have dropped the data. */
static void
flush_batch(struct batch *b, int sock, int cur_dir, int report_dir)
{
	int cur_err, report_err;

	for (size_t i = 0; i < b->count; i++)
		if (b->fds[i] != -1 && fsync(b->fds[i]) == -1)
			b->answers[i].err = errno;
	cur_err = flush_dir(b, FLUSH_CUR, cur_dir);
	report_err = flush_dir(b, FLUSH_REPORT, report_dir);
	for (size_t i = 0; i < b->count; i++) {
		if (b->dirs[i] & FLUSH_CUR && cur_err != 0)
			b->answers[i].err = cur_err;
		if (b->dirs[i] & FLUSH_REPORT && report_err != 0)
			b->answers[i].err = report_err;
		if (b->fds[i] != -1)
			close(b->fds[i]);
		answer(sock, &b->answers[i]);
	}
	b->count = 0;
}

static void
add(struct batch *b, const struct flusher_ask *ask, int fd)
{
	memset(&b->answers[b->count], 0, sizeof *b->answers);
	b->fds[b->count] = fd;
	b->dirs[b->count] = ask->dirs;
	b->count++;
}

/* Names follow the struct; they are ours, but a bug must not run wild. */
static bool
names_fit(const struct flusher_ask *ask, size_t len)
{
	return len >= sizeof *ask && len - sizeof *ask == (uint64_t)
	    ask->from_len + ask->host_len + ask->to_len + ask->to_host_len +
	    ask->me_len;
}

static void
serve(struct batch *b, int sock, int cur_dir, int report_dir,
    struct span packet, int fds[2])
{
	struct flusher_ask ask;
	struct flusher_answer a;

	memcpy(&ask, packet.p, sizeof ask);
	if (ask.op == FLUSHER_FLUSH) {
		add(b, &ask, fds[0]);
		if (b->count == BATCH)
			flush_batch(b, sock, cur_dir, report_dir);
		return;
	}
	flush_batch(b, sock, cur_dir, report_dir);	/* answers in order */
	memset(&a, 0, sizeof a);
	tell(&ask, span_tail(packet, sizeof ask), fds[0], fds[1], &a);
	close(fds[0]);
	close(fds[1]);
	answer(sock, &a);
}

static bool
receive(int sock, char *room, struct span *packet, int fds[2], bool wait)
{
	struct msghdr none = { 0 };
	ssize_t n;

	do
		n = recvmsg(sock, &none,
		    MSG_PEEK | (wait ? 0 : MSG_DONTWAIT));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return false;
	if (fdpass_recv(sock, room, ASK_MAX, packet, fds, 2) != 1)
		_exit(0);
	return true;
}

void
flusher_run(int sock, int cur_dir, int report_dir)
{
	static struct batch b;
	static char room[ASK_MAX];

	for (;;) {
		struct span packet;
		int fds[2];

		if (!receive(sock, room, &packet, fds, b.count == 0)) {
			flush_batch(&b, sock, cur_dir, report_dir);
			continue;
		}
		if (packet.len < sizeof(struct flusher_ask) ||
		    !names_fit((const void *)room, packet.len))
			diex(111, "the helper was asked nonsense");
		serve(&b, sock, cur_dir, report_dir, packet, fds);
	}
}
