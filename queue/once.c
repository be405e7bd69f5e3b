/* One message in, one exit code out. */
#include "queue/once.h"

#include "lib/os/in.h"

enum { MESSAGE_FD = 0, ENVELOPE_FD = 1, ENVELOPE_ROOM = 65536 };

/* 0; CODE_READ. */
static int
read_message(struct arrival *a)
{
	for (;;) {
		size_t room;
		char *to = arrival_room(a, &room);
		ssize_t n;

		if (a->code != 0)
			return a->code;
		n = read_some(MESSAGE_FD, to, room);
		if (n <= 0)
			return n == 0 ? 0 : CODE_READ;
		arrival_filled(a, (size_t)n);
	}
}

static int
read_envelope(struct arrival *a)
{
	static char room[ENVELOPE_ROOM];

	for (;;) {
		ssize_t n = read_some(ENVELOPE_FD, room, sizeof room);
		struct span in = { room, n > 0 ? (size_t)n : 0 };

		if (n <= 0)
			return CODE_READ;
		if (arrival_envelope(a, &in))
			return a->code;
	}
}

int
once_run(struct arrival *a, unsigned uid, const char *invoker,
    struct spool *spool)
{
	int code;

	arrival_init(a, spool);
	arrival_begin(a, uid, invoker);
	code = read_message(a);
	if (code == 0)
		code = read_envelope(a);
	if (code == 0)
		return arrival_commit(a);
	arrival_abort(a);
	return code;
}
