/*
 * A job becomes transactions: the next recipients of a message for one
 * destination, as many as a packet takes, handed to a worker with an open
 * message. Their results are booked when they come: done, put off, or failed
 * and to be reported. A job without a worker to be had fails the same way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mail/dsn.h"
#include "lib/mail/verp.h"
#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"
#include "send/report.h"
#include "send/send.h"

enum {
	RECIPIENT_BYTES_MAX = 4 * WORK_ADDRESS_MAX,	/* in a packet */
	PACKET_HEAD_MAX = 2 * WORK_ADDRESS_MAX,
	NOTE_TEXT_MAX = 300,
	TROUBLE_S = 10,		/* the system's fault: try again so soon */
};

/* ---- collecting recipients ---- */

/* Which of a message's recipients a transaction takes. */
struct taking {
	struct transaction *t;
	uint16_t max;
	bool with_packet;
};

static struct transaction *
transaction_new(struct send *s, struct job *j, uint16_t max)
{
	struct transaction *t = calloc(1, sizeof *t + max * sizeof *t->items);

	if (t == NULL)
		return NULL;
	t->job = j;
	t->tid = ++s->last_tid;
	t->started_s = s->now_s;
	t->dying = schedule_expired(&s->schedule, j->message->birth_s,
	    s->now_s);
	buf_init(&t->notes, 1 << 16);
	buf_init(&t->entries, (size_t)max * REPORT_ENTRY_MAX);
	return t;
}

static void
transaction_free(struct transaction *t)
{
	buf_free(&t->notes);
	buf_free(&t->entries);
	free(t->failed);
	free(t);
}

static void
add_item(struct send *s, struct transaction *t,
    const struct qfile_recipient *r, size_t at, struct span address)
{
	struct item *item = &t->items[t->count++];

	item->delivery = ++s->deliveries;
	item->index = r->index;
	item->at = (uint32_t)at;
	item->notify = (uint8_t)r->r.notify;
	item->state = r->state;
	log_starting(&s->log, item->delivery, t->job->message->id,
	    t->job->dest->kind, address);
}

static void
pack_recipient(struct send *s, const struct qfile_recipient *r,
    const struct route *route, const struct owner *owner)
{
	struct buf *p = &s->recipients;
	bool local = owner != NULL && owner->state == OWNER_KNOWN;

	packet_num(p, r->index);
	packet_str(p, route->address);
	packet_num(p, r->r.notify);
	packet_str(p, r->r.orcpt);
	packet_str(p, local ? owner->dash : SPAN(""));
	packet_str(p, local ? owner->ext : SPAN(""));
}

/*
 * Takes up to max recipients of the round. The round is over when none is
 * left: those that now belong elsewhere stay pending and are routed anew when
 * the message has no job any more. 0; -1 with errno.
 */
static int
collect(struct send *s, struct transaction *t, uint16_t max)
{
	struct job *j = t->job;
	struct qfile_recipient r;

	qfile_seek(&s->file, j->at, j->index);
	buf_reset(&s->recipients);
	while (t->count < max && j->left > 0 &&
	    s->recipients.len + RECIPIENT_BYTES_MAX + PACKET_HEAD_MAX <
	    PACKET_MAX) {
		struct route route;
		struct owner *owner;
		size_t at = s->file.at;
		int found = qfile_next(&s->file, &r);
		enum where where;

		if (found == -1)
			return -1;
		if (found == 0) {
			j->left = 0;
			break;
		}
		if ((r.state & ~QUEUE_DELAY_TOLD) != QUEUE_PENDING)
			continue;
		where = admit_where(s, j->message, r.r.address,
		    OWNERS_ANY_TIME, &route, &owner);
		if (!admit_is_dest(j->dest, where, &route, owner))
			continue;
		add_item(s, t, &r, at, route.address);
		pack_recipient(s, &r, &route, owner);
		j->left--;
	}
	j->at = (uint32_t)s->file.at;
	j->index = s->file.index;
	t->left = t->count;
	return 0;
}

/* ---- giving ---- */

static unsigned
work_flags(uint32_t queue_flags)
{
	static const struct {
		uint32_t queue;
		unsigned work;
	} pairs[] = {
		{ QUEUE_8BITMIME, WORK_8BITMIME }, { QUEUE_7BIT, WORK_7BIT },
		{ QUEUE_SMTPUTF8, WORK_SMTPUTF8 },
		{ QUEUE_REQUIRETLS, WORK_REQUIRETLS },
		{ QUEUE_RET_FULL, WORK_RET_FULL },
		{ QUEUE_RET_HDRS, WORK_RET_HDRS },
	};
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (queue_flags & pairs[i].queue)
			flags |= pairs[i].work;
	return flags;
}

/* May an earlier attempt have delivered it without a word, ours or another's? */
static unsigned
again_flag(const struct send *s, const struct message *msg)
{
	return msg->flags & MESSAGE_IN_CUR || msg->birth_s <= s->began_s ?
	    WORK_AGAIN : 0;
}

/* The sender as this transaction's recipients see it. */
static void
pack_sender(struct send *s, const struct transaction *t)
{
	struct span sender = s->file.sender.address;
	struct qfile_recipient r;
	struct buf expanded;
	struct span words;

	if (!verp_asked(sender)) {
		packet_str(&s->packet, sender);
		return;
	}
	buf_init(&expanded, 2 * WORK_ADDRESS_MAX);
	qfile_seek(&s->file, t->items[0].at, t->items[0].index);
	if (qfile_next(&s->file, &r) == 1)
		verp_expand(&expanded, sender, r.r.address);
	else
		expanded.err = EIO;
	if (buf_get(&expanded, &words) == 0)
		packet_str(&s->packet, words);
	else
		s->packet.err = errno;	/* not an empty sender */
	buf_free(&expanded);
}

static void
pack(struct send *s, const struct transaction *t, uint64_t offset)
{
	const struct message *msg = t->job->message;
	const struct queue_header *h = &s->file.h;
	char id[QUEUE_ID_LEN + 1];

	queue_id_write(msg->id, id);
	packet_start(&s->packet, WORK_TRANSACT);
	packet_num(&s->packet, t->tid);
	packet_str(&s->packet, span_str(id));
	packet_num(&s->packet, msg->flags & MESSAGE_OLD ?
	    (uint64_t)msg->birth_s * 1000000 : h->birth_us);
	packet_num(&s->packet, offset);
	packet_num(&s->packet, h->message_len);
	pack_sender(s, t);
	packet_num(&s->packet, work_flags(h->flags) | again_flag(s, msg));
	packet_str(&s->packet, s->file.sender.envid);
	packet_num(&s->packet, t->count);
	buf_span(&s->packet, buf_peek(&s->recipients));
	if (s->recipients.err != 0)
		s->packet.err = s->recipients.err;
}

/*
 * The message for the worker: the whole file, when all of its recipients are
 * the worker's; else a copy without the envelope, since nobody else's address
 * is its business.
 */
static int
message_fd(struct send *s, const struct transaction *t, uint64_t *offset)
{
	struct message *msg = t->job->message;

	*offset = QUEUE_HEADER_SIZE;
	if (t->count == msg->recipients)
		return qfile_take_fd(&s->file);
	*offset = 0;
	return copy_open(s, msg);
}

/* Nothing was sent: as if nothing had been taken, but the log has said so. */
static void
untake(struct send *s, struct job *j, const struct transaction *t)
{
	for (uint16_t i = 0; i < t->count; i++)
		log_result(&s->log, t->items[i].delivery, 'Z',
		    SPAN("Not handed to a worker; goes to the next one.\n"));
	j->left += t->count;
	j->at = t->items[0].at;
	j->index = t->items[0].index;
}

/* The system's trouble: the round waits a little, or the file is damaged. */
static void
trouble(struct send *s, struct job *j, int err)
{
	if (err == EPROTO) {
		message_damaged(s, j->message);
		return;
	}
	log_trouble(&s->log, "trouble reading message", j->message->id, err);
	schedule_wait(&s->schedule, j, s->now_s + TROUBLE_S);
}

static bool
hand_over(struct send *s, struct transaction *t, struct crew *crew)
{
	uint64_t offset;
	int fd = message_fd(s, t, &offset);
	int err;
	int r;

	if (fd == -1) {
		err = errno;
		untake(s, t->job, t);
		trouble(s, t->job, err);
		return false;
	}
	pack(s, t, offset);
	r = fdpass_send(crew->source.fd, &s->packet, &fd, 1);
	err = errno;
	close(fd);
	if (r == 0)
		return true;
	untake(s, t->job, t);
	if (err == EAGAIN || err == ENOBUFS || err == ETOOMANYREFS)
		schedule_full(&s->schedule, &crew->w);
	else if (err == EPIPE || err == ECONNRESET)
		worker_lost(s, crew, "worker is gone");
	else
		trouble(s, t->job, err);
	return false;
}

static void
account(struct send *s, struct transaction *t, struct crew *crew)
{
	struct job *j = t->job;

	t->next = crew->hands;
	crew->hands = t;
	j->running++;
	j->message->running++;
	j->message->tried_s = s->now_s;
	if (j->left == 0)
		schedule_park(&s->schedule, j);
	else
		schedule_rotate(&s->schedule, j);
	worker_given(s, crew);
	log_status(&s->log, &s->schedule);
}

/* A round that found nobody left to serve. */
static void
nobody(struct send *s, struct job *j)
{
	struct message *msg = j->message;

	schedule_park(&s->schedule, j);
	message_settle_job(s, j);
	message_settle(s, msg);
}

/*
 * While its sender is being told, nothing of a message may fail: report/ID
 * goes when that is over. Its job is resumed then.
 */
static bool
must_wait(struct send *s, struct job *j)
{
	if (!(j->message->flags & MESSAGE_TELLING))
		return false;
	schedule_park(&s->schedule, j);
	return true;
}

void
deliver_give(struct send *s, struct job *j, struct crew *crew)
{
	struct transaction *t;
	uint16_t max = WORK_RECIPIENTS_MAX;

	if (must_wait(s, j) || message_open(s, j->message) == -1)
		return;
	if (verp_asked(s->file.sender.address))
		max = 1;
	if (j->left < max)
		max = (uint16_t)j->left;
	t = transaction_new(s, j, max);
	if (t == NULL || collect(s, t, max) == -1) {
		trouble(s, j, errno);
	} else if (t->count == 0) {
		nobody(s, j);
	} else if (hand_over(s, t, crew)) {
		account(s, t, crew);
		return;
	}
	if (t != NULL)
		transaction_free(t);
}

/* ---- results ---- */

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
	uint64_t age = s->now_s - j->message->birth_s;

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
	if (report_delay_due(s->settings.delay_warning_s, item->notify, item->state, age))
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
deliver_result(struct send *s, struct transaction *t, uint64_t position,
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
	fd = note_append(s, msg, buf_peek(&t->notes));
	if (fd != -1)
		close(fd);
}

void
deliver_end(struct send *s, struct transaction *t)
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

/* ---- without a worker ---- */

static void
refuse(struct send *s, struct transaction *t, const struct result *r)
{
	struct job *j = t->job;

	j->running++;
	j->message->running++;
	j->message->tried_s = s->now_s;
	if (j->left == 0)
		schedule_park(&s->schedule, j);
	else
		schedule_rotate(&s->schedule, j);
	for (uint16_t i = 0; i < t->count; i++)
		(void)deliver_result(s, t, i, r);
	deliver_end(s, t);
}

void
deliver_refuse(struct send *s, struct job *j, const struct result *r)
{
	struct transaction *t;
	uint16_t max = j->left < WORK_RECIPIENTS_MAX ? (uint16_t)j->left :
	    WORK_RECIPIENTS_MAX;

	if (must_wait(s, j) || message_open(s, j->message) == -1)
		return;
	t = transaction_new(s, j, max);
	if (t == NULL || collect(s, t, max) == -1) {
		trouble(s, j, errno);
	} else if (t->count == 0) {
		nobody(s, j);
	} else {
		refuse(s, t, r);
		return;
	}
	if (t != NULL)
		transaction_free(t);
}

/* Why its first recipient is refused. */
static bool
reason(struct send *s, struct job *j, struct result *r)
{
	struct qfile_recipient q;
	struct route route;
	struct owner *owner;

	if (j->message->flags & MESSAGE_CONDEMNED) {
		*r = (struct result){ .class = 'D', .code = SPAN("5.3.0"),
		    .text = SPAN("The administrator of this system has "
		    "returned this message. (#5.3.0)\n") };
		return true;
	}
	qfile_seek(&s->file, j->at, j->index);
	do {
		if (qfile_next(&s->file, &q) != 1)
			return false;
	} while ((q.state & ~QUEUE_DELAY_TOLD) != QUEUE_PENDING ||
	    admit_where(s, j->message, q.r.address, OWNERS_ANY_TIME, &route,
	    &owner) != TO_REFUSAL);
	*r = (struct result){
		.class = owner->state == OWNER_REFUSED ? 'D' : 'Z',
		.code = owner->code, .text = owner->text };
	j->at = (uint32_t)q.r.at;
	j->index = q.index;
	return true;
}

void
deliver_refuse_all(struct send *s, struct job *j)
{
	struct transaction *t;
	struct result r;

	if (must_wait(s, j) || message_open(s, j->message) == -1)
		return;
	if (!reason(s, j, &r)) {
		j->left = 0;
		nobody(s, j);
		return;
	}
	t = transaction_new(s, j, 1);
	if (t == NULL || collect(s, t, 1) == -1)
		trouble(s, j, errno);
	else if (t->count == 0)
		nobody(s, j);
	else {
		refuse(s, t, &r);
		return;
	}
	if (t != NULL)
		transaction_free(t);
}
