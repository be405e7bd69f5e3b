/* Waits for many descriptors with epoll. */
#include "lib/os/poller.h"

#include <errno.h>
#include <sys/epoll.h>

enum { POLLER_BATCH = 64 };

int
poller_init(struct poller *p)
{
	p->fd = epoll_create1(EPOLL_CLOEXEC);
	return p->fd == -1 ? -1 : 0;
}

static int
control(struct poller *p, int op, int fd, unsigned events, void *what)
{
	struct epoll_event ev = { .data.ptr = what };

	if (events & POLLER_IN)
		ev.events |= EPOLLIN;
	if (events & POLLER_OUT)
		ev.events |= EPOLLOUT;
	return epoll_ctl(p->fd, op, fd, &ev);
}

int
poller_add(struct poller *p, int fd, unsigned events, void *what)
{
	return control(p, EPOLL_CTL_ADD, fd, events, what);
}

int
poller_change(struct poller *p, int fd, unsigned events, void *what)
{
	return control(p, EPOLL_CTL_MOD, fd, events, what);
}

void
poller_remove(struct poller *p, int fd)
{
	(void)control(p, EPOLL_CTL_DEL, fd, 0, NULL);
}

int
poller_wait(struct poller *p, struct poller_event *events, size_t room,
    int wait_ms)
{
	struct epoll_event got[POLLER_BATCH];
	int n = epoll_wait(p->fd, got,
	    room < POLLER_BATCH ? (int)room : POLLER_BATCH, wait_ms);

	if (n == -1)
		return errno == EINTR ? 0 : -1;
	for (int i = 0; i < n; i++) {
		events[i].what = got[i].data.ptr;
		events[i].ready = 0;
		if (got[i].events & EPOLLIN)
			events[i].ready |= POLLER_IN;
		if (got[i].events & EPOLLOUT)
			events[i].ready |= POLLER_OUT;
		if (got[i].events & (EPOLLHUP | EPOLLERR))
			events[i].ready |= POLLER_HUP;
	}
	return n;
}
