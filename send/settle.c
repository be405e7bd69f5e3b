/*
 * What becomes of a message when something about it has ended: its jobs wait
 * or go on, its sender is told, it is routed again, or it leaves the queue.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "send/send.h"

enum {
	TELL_AFTER_S = 120,	/* a report waits no longer for deliveries */
	TROUBLE_S = 10,
	IN_THE_WAY_S = 60,
	COPIES_KEPT = 64,	/* for what may be long in coming */
};

/* ---- its file ---- */

int
message_dir(const struct send *s, const struct message *msg)
{
	return msg->flags & MESSAGE_IN_CUR ? s->cur_dir : s->new_dir;
}

void
message_name(const struct message *msg, char name[QUEUE_ID_LEN + 1])
{
	queue_id_write(msg->id, name);
}

void
message_close(struct send *s)
{
	qfile_close(&s->file);
	s->file_of = NULL;
}

/* The system's trouble: what is ready waits a little. */
static void
wait_a_little(struct send *s, struct message *msg)
{
	if (msg->flags & MESSAGE_ADMITTING) {
		message_late(s, msg, TROUBLE_S * 1000);
		return;
	}
	for (struct job *j = msg->jobs; j != NULL; j = j->next_of_message)
		if (j->state == JOB_READY)
			schedule_wait(&s->schedule, j, s->now_s + TROUBLE_S);
}

int
message_open(struct send *s, struct message *msg)
{
	char name[QUEUE_ID_LEN + 1];

	if (s->file_of == msg && s->file.fd != -1)
		return 0;
	message_close(s);
	message_name(msg, name);
	if (qfile_open(&s->file, message_dir(s, msg), name) == 0 &&
	    s->file.h.recipients == msg->recipients) {
		s->file_of = msg;
		return 0;
	}
	if (s->file.fd != -1) {		/* it is not what it was */
		message_close(s);
		errno = EPROTO;
	}
	if (errno == EPROTO) {
		message_damaged(s, msg);
	} else if (errno == ENOENT) {
		log_trouble(&s->log, "message has vanished:", msg->id, 0);
		msg->flags |= MESSAGE_DOOMED;
		msg->flags &= (uint16_t)~MESSAGE_ADMITTING;
		message_settle(s, msg);
	} else {
		log_trouble(&s->log, "unable to open message", msg->id, errno);
		wait_a_little(s, msg);
	}
	return -1;
}

void
message_damaged(struct send *s, struct message *msg)
{
	char name[QUEUE_ID_LEN + 1];

	message_close(s);
	message_name(msg, name);
	if (!arrive_set_aside(s, message_dir(s, msg), name)) {
		msg->flags |= MESSAGE_REROUTE;	/* doomed, it was removed */
		message_late(s, msg, IN_THE_WAY_S * 1000);
		return;
	}
	msg->flags |= MESSAGE_DOOMED;
	msg->flags &= (uint16_t)~MESSAGE_ADMITTING;
	message_settle(s, msg);
}

/* ---- what few messages have ---- */

struct rare *
message_rare(struct send *s, struct message *msg)
{
	struct rare *r = msg->rare;

	if (r != NULL)
		return r;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return NULL;
	r->message = msg;
	r->copy_fd = r->marks_fd = -1;
	r->next = s->rares;
	if (s->rares != NULL)
		s->rares->prev = r;
	s->rares = r;
	msg->rare = r;
	return r;
}

static void
rare_free(struct send *s, struct message *msg)
{
	struct rare *r = msg->rare;

	if (r == NULL)
		return;
	copy_drop(s, r);
	if (r->marks_fd != -1)
		close(r->marks_fd);
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		s->rares = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	free(r);
	msg->rare = NULL;
}

/* Nobody gets through to it, and it is left alone for a while. */
static bool
is_dead(const struct dest *d)
{
	return d->blocked && d->failures > 0;
}

/* Will more of it be tried at once? */
static bool
has_ready(const struct message *msg)
{
	for (const struct job *j = msg->jobs; j != NULL;
	    j = j->next_of_message)
		if (j->state == JOB_READY && !is_dead(j->dest))
			return true;
	return false;
}

static void
pause_jobs(struct send *s, struct message *msg)
{
	for (struct job *j = msg->jobs; j != NULL; j = j->next_of_message)
		if (j->state == JOB_READY)
			schedule_park(&s->schedule, j);
}

static bool
report_overdue(const struct send *s, const struct message *msg)
{
	return msg->flags & MESSAGE_TO_TELL && msg->rare != NULL &&
	    s->now_s >= msg->rare->told_s + TELL_AFTER_S &&
	    s->now_s >= msg->rare->try_again_s;
}

static void
look_after(struct send *s, struct rare *r)
{
	struct message *msg = r->message;

	mark_sweep(s, r);
	if (r->late_ms != 0 && s->now_ms >= r->late_ms) {
		r->late_ms = 0;
		message_settle(s, msg);
		return;
	}
	if (msg->flags & MESSAGE_TO_TELL && s->now_s >= r->try_again_s) {
		if (report_overdue(s, msg) && msg->running > 0)
			pause_jobs(s, msg);
		message_settle(s, msg);
		return;
	}
	if (r->copy_fd != -1 && (!has_ready(msg) ||
	    (msg->running == 0 && s->copies > COPIES_KEPT)))
		copy_drop(s, r);
	if (r->copy_fd == -1 && r->marks_fd == -1 && r->unflushed == 0 &&
	    r->late_ms == 0 && !(msg->flags & (MESSAGE_ADMITTING |
	    MESSAGE_TO_TELL | MESSAGE_TELLING)))
		rare_free(s, msg);
}

void
message_rare_sweep(struct send *s)
{
	struct rare *next;

	for (struct rare *r = s->rares; r != NULL; r = next) {
		next = r->next;
		look_after(s, r);
	}
}

/* ---- jobs ---- */

/* Ends all its jobs that have nothing running. */
static void
end_jobs(struct send *s, struct message *msg)
{
	struct job *next;

	for (struct job *j = msg->jobs; j != NULL; j = next) {
		next = j->next_of_message;
		if (j->running == 0)
			schedule_job_end(&s->schedule, j);
		else
			schedule_park(&s->schedule, j);
	}
}

/*
 * When it is due, as its last try demands; or when its destination is back,
 * for which it had been waiting in its queue.
 */
static void
resume_job(struct send *s, struct message *msg, struct job *j)
{
	uint32_t due_s = 0;

	if (msg->tried_s != 0 && j->running == 0 && !is_dead(j->dest))
		due_s = schedule_retry(msg->birth_s, msg->tried_s,
		    j->dest->kind);
	if (msg->flags & MESSAGE_CONDEMNED && due_s != 0)
		due_s = msg->tried_s + TROUBLE_S;	/* it did not work */
	if (due_s <= s->now_s)
		schedule_make_ready(&s->schedule, j);
	else
		schedule_wait(&s->schedule, j, due_s);
}

void
message_resume(struct send *s, struct message *msg)
{
	if (msg->flags & MESSAGE_HELD && !(msg->flags & MESSAGE_CONDEMNED))
		return;
	for (struct job *j = msg->jobs; j != NULL; j = j->next_of_message)
		if (j->state == JOB_PARKED && j->left > 0)
			resume_job(s, msg, j);
}

void
message_begin_round(struct job *j)
{
	if (j->again == 0)
		return;
	j->at = j->again_at;
	j->index = j->again_index;
	j->left += j->again;
	j->again = 0;
}

void
message_settle_job(struct send *s, struct job *j)
{
	struct message *msg = j->message;
	unsigned anew = MESSAGE_REROUTE | MESSAGE_DOOMED | MESSAGE_CONDEMNED;

	if (j->running > 0 || (j->left > 0 && !(msg->flags & anew)))
		return;
	if (j->again == 0 || msg->flags & anew) {
		schedule_job_end(&s->schedule, j);
		return;
	}
	message_begin_round(j);
	if (j->overlong == OVERLONG_TOLD_IN_PART)
		j->overlong = OVERLONG_TOLD;
	if (msg->flags & MESSAGE_HELD)
		schedule_park(&s->schedule, j);
	else
		schedule_wait(&s->schedule, j, schedule_retry(msg->birth_s,
		    s->now_s, j->dest->kind));
}

void
message_late(struct send *s, struct message *msg, int64_t ms)
{
	struct rare *r = message_rare(s, msg);

	msg->flags &= (uint16_t)~MESSAGE_ADMITTING;
	end_jobs(s, msg);
	if (r != NULL)
		r->late_ms = s->now_ms + ms;
	else if (idlist_add(&s->rerouted, msg->id) == -1)
		log_say(&s->log, "alert", "out of memory", SPAN(""));
	else
		msg->flags |= MESSAGE_REROUTE;
}

/* ---- the message ---- */

/* Is it time to tell the sender? Not while more may fail at once. */
static bool
should_tell(const struct send *s, const struct message *msg)
{
	if (!(msg->flags & MESSAGE_TO_TELL) || (msg->rare != NULL &&
	    s->now_s < msg->rare->try_again_s))
		return false;
	return !has_ready(msg) || report_overdue(s, msg);
}

static void
start_telling(struct send *s, struct message *msg)
{
	struct rare *r = message_rare(s, msg);

	pause_jobs(s, msg);
	if (r != NULL && helper_tell(s, msg) == 0) {
		msg->flags |= MESSAGE_TELLING;
		return;
	}
	log_trouble(&s->log, "trouble injecting bounce message for",
	    msg->id, errno);
	if (r != NULL)
		r->try_again_s = s->now_s + TROUBLE_S;
	message_resume(s, msg);
}

void
message_settle(struct send *s, struct message *msg)
{
	if (msg->flags & MESSAGE_ADMITTING ||
	    (msg->rare != NULL && msg->rare->late_ms != 0))
		return;
	if (msg->flags & (MESSAGE_REROUTE | MESSAGE_DOOMED))
		end_jobs(s, msg);
	if (msg->running > 0 || msg->flags & MESSAGE_TELLING ||
	    (msg->rare != NULL && msg->rare->unflushed > 0))
		return;
	if (msg->flags & MESSAGE_DOOMED)
		message_remove(s, msg);
	else if (should_tell(s, msg))
		start_telling(s, msg);
	else if (msg->left == 0 && !(msg->flags & MESSAGE_TO_TELL))
		message_remove(s, msg);
	else if (msg->left > 0 &&
	    (msg->jobs == NULL || msg->flags & MESSAGE_REROUTE))
		admit_begin(s, msg);
}

static bool
unlink_file(struct send *s, struct message *msg, int dir)
{
	char name[QUEUE_ID_LEN + 1];

	message_name(msg, name);
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return true;
	log_trouble(&s->log, "unable to unlink message", msg->id, errno);
	return false;
}

/* Out of new/ and cur/. */
static bool
unlink_message(struct send *s, struct message *msg)
{
	bool in_cur = (msg->flags & MESSAGE_IN_CUR) != 0;

	if ((!in_cur || msg->flags & MESSAGE_MOVING) &&
	    !unlink_file(s, msg, s->new_dir))
		return false;
	return !in_cur || unlink_file(s, msg, s->cur_dir);
}

void
message_remove(struct send *s, struct message *msg)
{
	if (s->file_of == msg)
		message_close(s);
	if (!unlink_message(s, msg)) {
		/* Forgotten, it would be found and delivered once more. */
		msg->flags |= MESSAGE_DOOMED;
		message_late(s, msg, TROUBLE_S * 1000);
		return;
	}
	note_remove(s, msg);
	/* An earlier life may have noted what then went another way. */
	if (msg->flags & (MESSAGE_TO_TELL | MESSAGE_FOUND))
		(void)unlink_file(s, msg, s->report_dir);
	log_end(&s->log, msg->id);
	rare_free(s, msg);
	messages_remove(&s->messages, msg);
}
