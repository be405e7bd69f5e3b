/* The programs behind an injector; for queue/injector.c and launcher.c only. */
#ifndef QUEUE_PROGRAM_H
#define QUEUE_PROGRAM_H

#include "lib/os/deadline.h"
#include "queue/injector.h"

/* Nothing is open, nothing is begun. */
void injector_empty(struct injector *q);
/* Closes *fd, unless it is -1, which it becomes. */
void injector_close_fd(int *fd);

/*
 * Pipes for a program's descriptors 0, 1 and 6, clear of these and of 2. 0; -1
 * with errno, and then, too, they are to be closed.
 */
int program_pipes(int pipes[3][2]);
/* Closes what is open of them. */
void program_close_pipes(int pipes[3][2]);

/* A descriptor that is ready when pid has ended; -1: this system has none. */
int program_end_fd(pid_t pid);

/*
 * Waits until more can be written, and takes what the program says meanwhile,
 * so that it need not wait for us. 0; -1 with errno.
 */
int program_await_room(struct injector *q, struct deadline d);
/* Both descriptors are closed: waits for the end, and says what it means. */
void program_verdict(struct injector *q, struct injector_verdict *v);
/* Waits a moment for what is still there, and then ends it. */
void program_reap(struct injector *q);

#endif
