/* Inside the scheduler: which rings a destination, a worker belongs into. */
#ifndef SEND_RING_H
#define SEND_RING_H

#include "send/schedule.h"

/* Puts d into the rings where it belongs now. */
void schedule_decide(struct schedule *s, struct dest *d);
/* Takes it out of one; nothing happens when it is not there. */
void schedule_ring_leave(struct schedule *s, struct dest *d, enum ring r);
/* Puts w into the lists where it belongs now, and decides. */
void schedule_place(struct schedule *s, struct worker *w);

#endif
