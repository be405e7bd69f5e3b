/* Taking clients, and resting when that fails for want of descriptors. */
#include "lib/os/accept.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/os/die.h"

void
acceptor_init(struct acceptor *a, int fd)
{
	*a = (struct acceptor){ .fd = fd };
}

/* Is it that we lack something, and not that the client has gone? */
static bool
is_want(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS ||
	    err == ENOMEM;
}

int
acceptor_take(struct acceptor *a, int flags)
{
	int fd = accept4(a->fd, NULL, NULL, flags | SOCK_CLOEXEC);

	if (fd != -1) {
		a->told = false;
		return fd;
	}
	if (!is_want(errno))
		return -1;
	if (!a->told)
		warn_errno("cannot take clients now");
	a->told = true;
	a->rest = deadline_in_ms(ACCEPT_REST_MS);
	return -1;
}

int
acceptor_rest_ms(const struct acceptor *a)
{
	return deadline_left_ms(a->rest);
}

int
acceptor_watch(struct acceptor *a, struct poller *p, void *what)
{
	int ms = acceptor_rest_ms(a);

	if (a->unwatched != (ms > 0) &&
	    poller_change(p, a->fd, ms > 0 ? 0 : POLLER_IN, what) == 0)
		a->unwatched = ms > 0;
	return ms;
}
