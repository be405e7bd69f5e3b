/*
 * What the results of a transaction mean for its recipients: done, put off, or
 * failed and to be reported. Marks are made as results come; entries for
 * report/ID and notes are collected, and written when all are in.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/mail/dsn.h"
#include "lib/wire/work.h"
#include "send/report.h"
#include "send/send.h"

enum { NOTE_TEXT_MAX = 300 };

static bool
wants(const struct item *item, unsigned what)
{
	return item->notify == 0 ? what == DSN_NOTIFY_FAILURE :
	    (item->notify & DSN_NOTIFY_NEVER) == 0 &&
	    (item->notify & what) != 0;
}

/* What is flushed to report/ID before the recipient counts as failed. */
static void
note_entry(struct send *s, struct transaction *t, const struct item *item,
    char kind, const struct result *r)
{
	struct report_entry e = {
		.kind = kind, .index = item->index, .time_s = s->now_s,
		.code = r->code, .text = r->text, .peer = r->peer,
	};

	report_entry_write(&t->entries, &e);
	if (kind == REPORT_DELAY)
		return;		/* it stays pending */
	if (t->failed == NULL)
		t->failed = calloc(t->count, sizeof *t->failed);
	if (t->failed == NULL)
		t->entries.err = ENOMEM;
	else
		t->failed[t->failed_count++] = item->index;
}

static void
final_state(struct send *s, struct transaction *t, const struct item *item,
    unsigned char state)
{
	struct message *msg = t->job->message;

	msg->left--;
	/* The last one: the file goes, so nothing needs to be marked. */
	if (msg->left == 0 && !(msg->flags & MESSAGE_TO_TELL) &&
	    (msg->rare == NULL || msg->rare->unflushed == 0) &&
	    t->entries.len == 0)
		return;
	if (mark(s, msg, item->index, state | (item->state &
	    QUEUE_DELAY_TOLD)) == -1)
		log_trouble(&s->log, "trouble marking", msg->id, errno);
}

static void
put_off(struct send *s, struct transaction *t, const struct item *item,
    const struct result *r)
{
	struct job *j = t->job;
	uint32_t age = schedule_age(j->message->birth_s, s->now_s);

	if (j->again++ == 0 || item->index < j->again_index) {
		j->again_at = item->at;
		j->again_index = item->index;
	}
	buf_fmt(&t->notes, "deferral %u %u ", (unsigned)s->now_s,
	    (unsigned)item->index);
	buf_span(&t->notes, r->code);
	buf_char(&t->notes, ' ');
	report_clean(&t->notes, span_head(r->text, NOTE_TEXT_MAX));
	buf_char(&t->notes, '\n');
	if (report_delay_due(s->settings.delay_warning_s, item->notify,
	    item->state, age))
		note_entry(s, t, item, REPORT_DELAY, r);
}

static void
fail(struct send *s, struct transaction *t, const struct item *item,
    const struct result *r)
{
	if (wants(item, DSN_NOTIFY_FAILURE) ||
	    t->job->message->flags & MESSAGE_CONDEMNED)
		note_entry(s, t, item, REPORT_FAILURE, r);
	else
		final_state(s, t, item, QUEUE_REPORTED);
}

static void
succeed(struct send *s, struct transaction *t, const struct item *item,
    const struct result *r)
{
	char kind = report_success_kind(r->action);

	if (kind != 0 && wants(item, DSN_NOTIFY_SUCCESS))
		note_entry(s, t, item, kind, r);
	else
		final_state(s, t, item, QUEUE_DONE);
}

/* The last try: qmail's sentence behind the reason. */
static void
give_up(struct send *s, struct transaction *t, const struct item *item,
    const struct result *r)
{
	struct result final = *r;
	struct buf text;

	buf_init(&text, WORK_TEXT_MAX + 200);
	buf_span(&text, r->text);
	if (r->text.len > 0 && r->text.p[r->text.len - 1] != '\n')
		buf_char(&text, '\n');
	buf_str(&text, "I'm not going to try again; this message has been "
	    "in the queue too long.\n");
	final.text = buf_peek(&text);
	log_result(&s->log, item->delivery, 'D', final.text);
	fail(s, t, item, &final);
	buf_free(&text);
}

bool
book_result(struct send *s, struct transaction *t, uint64_t position,
    const struct result *r)
{
	struct item *item;

	if (position >= t->count || t->items[position].answered)
		return false;
	item = &t->items[position];
	item->answered = true;
	t->left--;
	if (r->class != 'K' && r->class != 'D' && t->dying) {
		give_up(s, t, item, r);
		return true;
	}
	log_result(&s->log, item->delivery, r->class, r->text);
	if (r->class == 'K')
		succeed(s, t, item, r);
	else if (r->class == 'D')
		fail(s, t, item, r);
	else
		put_off(s, t, item, r);
	return true;
}

/* Entries that cannot be written: those recipients are tried again. */
static void
book_entries(struct send *s, struct transaction *t)
{
	struct message *msg = t->job->message;

	if (t->entries.len == 0)
		return;
	if (report_append(s, msg, &t->entries, t->failed,
	    t->failed_count) == -1) {
		log_trouble(&s->log, "unable to append to bounce message",
		    msg->id, errno);
		return;
	}
	t->failed = NULL;
}

static void
book_notes(struct send *s, struct transaction *t)
{
	struct message *msg = t->job->message;
	int fd;

	if (t->notes.len == 0)
		return;
	if (note_move(s, msg) == -1) {
		log_trouble(&s->log, "unable to move to cur/", msg->id, errno);
		return;
	}
	fd = note_append(s, msg, buf_peek(&t->notes), NOTE_DEFERRALS_MAX);
	if (fd != -1)
		close(fd);
}

void
book_end(struct send *s, struct transaction *t)
{
	struct job *j = t->job;
	struct message *msg = j->message;

	j->running--;
	msg->running--;
	book_entries(s, t);
	book_notes(s, t);
	transaction_free(t);
	message_settle_job(s, j);
	message_settle(s, msg);
}
