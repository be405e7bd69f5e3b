/*
 * The first acts of a set-uid program: nothing that its caller arranged
 * (identity, environment, signals, timers, limits, descriptors) reaches the
 * rest of it.
 */
#ifndef QUEUE_CALLER_H
#define QUEUE_CALLER_H

#include <stdbool.h>

struct caller {
	unsigned uid;		/* who called: the real uid at entry */
	unsigned euid;		/* who we are from now on */
	bool has_message;	/* descriptor 0 was open */
	bool has_envelope;	/* descriptor 1 */
	bool has_custom;	/* descriptor 6: and is a pipe or socket */
};

/*
 * Becomes the effective user for good, with an empty environment (the paths of
 * lib/os/paths.h are remembered), signals and timers as we want them, soft
 * limits raised, descriptors 0 to 2 and 6 at most (and 5 when keep_lifeline;
 * 2 is /dev/null if it was closed). Own descriptors can then never be 0, 1 or
 * 2, and 6 is not written to unless has_custom.
 * 0; -1 with errno: give up.
 */
int caller_shake_off(struct caller *c, bool keep_lifeline);

/*
 * After 24 hours from now: unlinks queue/new/.ID, when one is being written
 * (caller_doom), and exits with code 52. Starting it again restarts it.
 */
void caller_start_alarm(void);
/* The unfinished file that the alarm takes with it; NULL: none. */
void caller_doom(int dir, const char *name);

#endif
