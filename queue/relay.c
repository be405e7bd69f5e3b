/* Passing mail on to the second entrance. */
#include "queue/relay.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/os/confine.h"
#include "lib/os/fdpass.h"
#include "lib/os/in.h"
#include "lib/os/out.h"
#include "lib/os/paths.h"
#include "queue/envelope.h"
#include "queue/spool.h"

static const struct confine_profile profile = { .name = "postern-queue" };

enum { ROOM = 65536, CUSTOM_FD = 6 };

static char room[ROOM];

/* 0; CODE_READ. */
static int
pass_message(struct injector *q)
{
	ssize_t n;

	while ((n = read_some(0, room, sizeof room)) > 0)
		injector_data(q, room, (size_t)n);
	return n == 0 ? 0 : CODE_READ;
}

/* The envelope, but for its final empty record. 0; an exit code. */
static int
pass_envelope(struct injector *q)
{
	struct envelope e;

	envelope_init(&e);
	injector_envelope_begin(q);
	for (;;) {
		ssize_t n = read_some(1, room, sizeof room);
		struct span in = { room, n > 0 ? (size_t)n : 0 };

		if (n <= 0)
			return CODE_READ;
		switch (envelope_take(&e, &in)) {
		case ENVELOPE_MORE:
			injector_records(q, room, (size_t)n);
			break;
		case ENVELOPE_ENDED:
			injector_records(q, room, (size_t)n - in.len - 1);
			return 0;
		case ENVELOPE_BAD:
			return CODE_ENVELOPE;
		case ENVELOPE_LONG:
			return CODE_LONG;
		case ENVELOPE_MANY:
			return CODE_REFUSED;
		}
	}
}

int
relay_once(struct injector *q, const struct caller *c)
{
	struct injector_verdict v;
	int code;

	if (injector_connect(q) == -1 || confine(&profile) == -1)
		return CODE_BUG;
	code = pass_message(q);
	if (code == 0)
		code = pass_envelope(q);
	if (code != 0) {
		injector_close(q);
		return code;
	}
	injector_commit(q, &v);
	if (v.code == CODE_CUSTOM && c->has_custom)
		(void)write_all(CUSTOM_FD, v.text, strlen(v.text));
	return v.code;
}

/* Bytes from one to the other. 1; 0 at the end; -1. */
static int
pass(int from, int to)
{
	ssize_t n = read_some(from, room, sizeof room);

	if (n > 0 && write_all(to, room, (size_t)n) == -1)
		return -1;
	return n > 0 ? 1 : (int)n;
}

int
relay_session(void)
{
	struct pollfd at[2] = {
		{ .fd = 0, .events = POLLIN }, { .fd = -1, .events = POLLIN },
	};
	int sock = unix_connect(path_queue(), "injector", SOCK_STREAM);

	if (sock == -1 || confine(&profile) == -1)
		return CODE_BUG;
	at[1].fd = sock;
	for (;;) {
		if (poll(at, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			return CODE_READ;
		}
		if (at[1].revents != 0 && pass(sock, 0) != 1)
			return 0;
		if (at[0].revents != 0 && pass(0, sock) != 1) {
			shutdown(sock, SHUT_WR);
			at[0].fd = -1;
		}
	}
}
