/* Points in time on the monotonic clock. To wait is to name one. */
#ifndef LIB_OS_DEADLINE_H
#define LIB_OS_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct deadline {
	int64_t at_ms;		/* monotonic; INT64_MAX is never */
};

/* Milliseconds on the monotonic clock; microseconds since 1970. */
int64_t clock_monotonic_ms(void);
uint64_t clock_wall_us(void);

struct deadline deadline_in_ms(int64_t ms);
struct deadline deadline_never(void);
bool deadline_passed(struct deadline d);
/* What is left for poll(2): 0 when passed, -1 for never, at most INT_MAX. */
int deadline_left_ms(struct deadline d);
/* The earlier of the two. */
struct deadline deadline_min(struct deadline a, struct deadline b);

/*
 * Waits until fd is ready for events (POLLIN, POLLOUT), goes on after signals.
 * 0 ready or hung up; -1 with errno, ETIMEDOUT when the deadline passed.
 */
int deadline_wait(int fd, short events, struct deadline d);

#endif
