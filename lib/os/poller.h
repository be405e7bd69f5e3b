/* Waits for many descriptors: epoll here, one file per system. */
#ifndef LIB_OS_POLLER_H
#define LIB_OS_POLLER_H

#include <stdbool.h>
#include <stddef.h>

enum { POLLER_IN = 1, POLLER_OUT = 2, POLLER_HUP = 4 };

struct poller {
	int fd;
};

struct poller_event {
	void *what;		/* as given to poller_add */
	unsigned ready;		/* POLLER_* */
};

/* 0; -1 with errno. */
int poller_init(struct poller *p);
/* Watches fd for events; level-triggered. 0; -1 with errno. */
int poller_add(struct poller *p, int fd, unsigned events, void *what);
int poller_change(struct poller *p, int fd, unsigned events, void *what);
/* Stops watching; must come before close(fd). */
void poller_remove(struct poller *p, int fd);
/*
 * Waits up to wait_ms (-1 for ever). How many events were stored; 0 on
 * time-out and after a signal; -1 with errno.
 */
int poller_wait(struct poller *p, struct poller_event *events, size_t room,
    int wait_ms);

#endif
