/*
 * A transaction is handed to a worker: what the packet says of the message and
 * its recipients, and a descriptor of the message to go with it.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/mail/verp.h"
#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"
#include "send/send.h"

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
	packet_num(&s->packet, queue_flags_to_work(h->flags) |
	    again_flag(s, msg));
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
		transaction_trouble(s, t->job, err);
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
		transaction_trouble(s, t->job, err);
	return false;
}

void
deliver_give(struct send *s, struct job *j, struct crew *crew)
{
	struct transaction *t;

	if (transaction_open(s, j) == -1)
		return;
	t = transaction_begin(s, j, verp_asked(s->file.sender.address) ? 1 :
	    WORK_RECIPIENTS_MAX);
	if (t == NULL)
		return;
	if (!hand_over(s, t, crew)) {
		transaction_free(t);
		return;
	}
	t->next = crew->hands;
	crew->hands = t;
	transaction_runs(s, t);
	worker_given(s, crew);
	log_status(&s->log, &s->schedule);
}
