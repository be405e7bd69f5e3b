/*
 * Workers as the scheduler sees them: how many there are, which have room for
 * more, which have nothing to do.
 */
#include "send/ring.h"

static void
set_roomy(struct worker *w, bool roomy)
{
	struct dest *d = w->dest;

	if (w->roomy == roomy)
		return;
	w->roomy = roomy;
	if (roomy) {
		w->room_prev = NULL;
		w->room_next = d->roomy;
		if (d->roomy != NULL)
			d->roomy->room_prev = w;
		d->roomy = w;
		return;
	}
	if (w->room_prev != NULL)
		w->room_prev->room_next = w->room_next;
	else
		d->roomy = w->room_next;
	if (w->room_next != NULL)
		w->room_next->room_prev = w->room_prev;
}

static void
set_idle(struct lane *lane, struct worker *w, bool idle)
{
	if (w->idle == idle)
		return;
	w->idle = idle;
	if (idle) {
		w->idle_next = NULL;
		w->idle_prev = lane->idle_last;
		if (lane->idle_last != NULL)
			lane->idle_last->idle_next = w;
		else
			lane->idle_first = w;
		lane->idle_last = w;
		lane->idle++;
		return;
	}
	if (w->idle_prev != NULL)
		w->idle_prev->idle_next = w->idle_next;
	else
		lane->idle_first = w->idle_next;
	if (w->idle_next != NULL)
		w->idle_next->idle_prev = w->idle_prev;
	else
		lane->idle_last = w->idle_prev;
	lane->idle--;
}

/* Puts a worker into the lists where it belongs. */
void
schedule_place(struct schedule *s, struct worker *w)
{
	struct lane *lane = &s->of[w->dest->kind];
	bool open = w->state == WORKER_OPEN;

	set_roomy(w, open && !w->full && w->running < lane->per_worker);
	set_idle(lane, w, open && w->running == 0);
	schedule_decide(s, w->dest);
}

void
schedule_spawned(struct schedule *s, struct worker *w, struct dest *d,
    int64_t now_ms)
{
	struct lane *lane = &s->of[d->kind];

	w->dest = d;
	w->state = WORKER_CONNECTING;
	w->slow = d->slow && d->open + d->connecting == 0;
	w->since_ms = now_ms;
	w->prev = NULL;
	w->next = d->workers;
	if (d->workers != NULL)
		d->workers->prev = w;
	d->workers = w;
	d->connecting++;
	lane->connecting++;
	lane->slow += w->slow;
	lane->workers++;
	schedule_decide(s, d);
}

/* Whatever came of it, it is remembered how long it took. */
static void
end_connecting(struct schedule *s, struct worker *w, int64_t now_ms)
{
	struct dest *d = w->dest;
	struct lane *lane = &s->of[d->kind];

	d->connecting--;
	lane->connecting--;
	lane->slow -= w->slow;
	w->slow = false;
	d->slow = now_ms - w->since_ms >= SCHEDULE_LATE_MS;
}

void
schedule_opened(struct schedule *s, struct worker *w, int64_t now_ms)
{
	struct dest *d = w->dest;

	if (w->state != WORKER_CONNECTING)
		return;
	end_connecting(s, w, now_ms);
	w->state = WORKER_OPEN;
	w->since_ms = now_ms;
	d->open++;
	d->reached = true;
	d->failures = 0;
	schedule_place(s, w);
}

/* Out of the counts and lists of what can be used. */
static void
withdraw(struct schedule *s, struct worker *w, int64_t now_ms)
{
	if (w->state == WORKER_CONNECTING)
		end_connecting(s, w, now_ms);
	else if (w->state == WORKER_OPEN)
		w->dest->open--;
	w->state = WORKER_LEAVING;
	schedule_place(s, w);
}

void
schedule_leave(struct schedule *s, struct worker *w, int64_t now_ms)
{
	withdraw(s, w, now_ms);
}

void
schedule_gone(struct schedule *s, struct worker *w, int64_t now_ms)
{
	struct dest *d = w->dest;

	withdraw(s, w, now_ms);
	d->running -= w->running;
	s->of[d->kind].running -= w->running;
	w->running = 0;
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		d->workers = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	s->of[d->kind].workers--;
	s->of[d->kind].paused = false;
	if (d->workers == NULL)
		d->reached = false;
	schedule_decide(s, d);
}

void
schedule_given(struct schedule *s, struct worker *w, int64_t now_ms)
{
	if (w->running++ == 0)
		w->since_ms = now_ms;
	w->dest->running++;
	s->of[w->dest->kind].running++;
	schedule_place(s, w);
}

void
schedule_full(struct schedule *s, struct worker *w)
{
	w->full = true;
	schedule_place(s, w);
}

void
schedule_finished(struct schedule *s, struct worker *w, int64_t now_ms)
{
	w->since_ms = now_ms;
	w->running--;
	w->full = false;
	w->dest->running--;
	s->of[w->dest->kind].running--;
	schedule_place(s, w);
}

void
schedule_check_stuck(struct schedule *s, struct worker *w, int64_t now_ms)
{
	if (w->state == WORKER_OPEN && w->running > 0 && !w->full &&
	    now_ms - w->since_ms >= SCHEDULE_STUCK_MS)
		schedule_full(s, w);
}
