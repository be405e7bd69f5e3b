/* Points in time, and waiting for a descriptor until one of them. */
#include "lib/os/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t
clock_monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t
clock_wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

struct deadline
deadline_in_ms(int64_t ms)
{
	return (struct deadline){ clock_monotonic_ms() + ms };
}

struct deadline
deadline_never(void)
{
	return (struct deadline){ INT64_MAX };
}

bool
deadline_passed(struct deadline d)
{
	return deadline_left_ms(d) == 0;
}

int
deadline_left_ms(struct deadline d)
{
	int64_t left;

	if (d.at_ms == INT64_MAX)
		return -1;
	left = d.at_ms - clock_monotonic_ms();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

struct deadline
deadline_min(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

int
deadline_wait(int fd, short events, struct deadline d)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&pfd, 1, deadline_left_ms(d));

		if (n > 0)
			return 0;
		if (n == 0 && deadline_passed(d)) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return -1;
	}
}
