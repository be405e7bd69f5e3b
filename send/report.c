/*
 * report/ID from the side of the queue manager: entries are appended, their
 * recipients marked when the entries are on the disk, and marked again when
 * the sender has been told.
 */
#include "send/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/in.h"
#include "lib/os/out.h"
#include "send/bounce.h"
#include "send/flusher.h"
#include "send/send.h"

enum { RETRY_S = 60, RETRY_MAX_S = 3600, ALL_KINDS = ~0U >> 1 };

int
report_read_part(int fd, uint64_t at, struct buf *to, uint64_t *next)
{
	char *room = buf_reserve(to, REPORT_PART);
	ssize_t n;

	if (room == NULL)
		return -1;
	n = pread_full(fd, room, REPORT_PART, at);
	if (n == -1)
		return -1;
	to->len = (size_t)n;
	*next = 0;
	if (n < REPORT_PART)
		return 0;
	while (to->len > 0 && room[to->len - 1] != '\n')
		to->len--;
	if (to->len == 0)	/* no line of ours: nothing is lost in it */
		to->len = REPORT_PART;
	*next = at + to->len;
	return 0;
}

/*
 * What was written in part would spoil the next entry; a file that has no other
 * would stay when the message goes.
 */
static void
take_back(struct send *s, uint64_t id, const char *name, int fd, off_t before)
{
	if ((before == 0 ? unlinkat(s->report_dir, name, 0) :
	    ftruncate(fd, before)) == -1)
		log_trouble(&s->log, "unable to cut report/", id, errno);
}

int
report_append(struct send *s, struct message *msg, const struct buf *entries,
    uint32_t *indexes, uint32_t count)
{
	struct rare *rare = message_rare(s, msg);
	char name[QUEUE_ID_LEN + 1];
	struct span bytes;
	off_t before;
	int fd;
	int err;

	if (rare == NULL || buf_get(entries, &bytes) == -1)
		return -1;
	message_name(msg, name);
	fd = openat(s->report_dir, name,
	    O_WRONLY | O_APPEND | O_CREAT | QUEUE_FILE, 0600);
	if (fd == -1)
		return -1;
	before = lseek(fd, 0, SEEK_END);
	if (write_all(fd, bytes.p, bytes.len) == -1 ||
	    helper_flush(s, ASK_REPORT, msg->id, fd, HELPER_REPORT, indexes,
	    count) == -1) {
		err = errno;
		take_back(s, msg->id, name, fd, before);
		close(fd);
		errno = err;
		return -1;
	}
	rare->unflushed++;
	return 0;
}

void
report_flushed(struct send *s, struct message *msg, const uint32_t *indexes,
    uint32_t count)
{
	struct rare *rare = message_rare(s, msg);
	uint32_t marked = 0;

	for (uint32_t i = 0; i < count; i++)
		if (mark(s, msg, indexes[i], QUEUE_FAILED) == 0)
			marked++;
	if (marked < count)
		log_trouble(&s->log, "trouble marking", msg->id, errno);
	msg->left -= marked;
	msg->flags |= MESSAGE_TO_TELL;
	if (rare != NULL && rare->told_s == 0)
		rare->told_s = s->now_s;
}

/* ---- after telling ---- */

/* false: the message cannot be read. */
static bool
mark_entry(struct send *s, struct message *msg, const struct report_entry *e)
{
	unsigned char state;

	if (message_open(s, msg) == -1)
		return false;
	if (qfile_state(&s->file, e->index, &state) == -1)
		return true;
	if (e->kind == REPORT_DELAY && state == QUEUE_PENDING)
		(void)mark(s, msg, e->index,
		    QUEUE_PENDING | QUEUE_DELAY_TOLD);
	else if (e->kind != REPORT_DELAY &&
	    (state & ~QUEUE_DELAY_TOLD) == QUEUE_FAILED)
		(void)mark(s, msg, e->index, QUEUE_REPORTED);
	return true;
}

static void
mark_entries(struct send *s, struct message *msg, struct span lines,
    unsigned kinds)
{
	struct report_entry e;
	struct buf scratch;

	buf_init(&scratch, REPORT_PART);
	while (report_entry_take(&lines, &scratch, &e))
		if (kinds & 1U << bounce_kind_of(&e) &&
		    !mark_entry(s, msg, &e))
			break;
	buf_free(&scratch);
}

/*
 * Marks what has been told, of those kinds (1 << enum bounce_kind) in this
 * part of the report: its entries count no more.
 */
static void
mark_told(struct send *s, struct message *msg, unsigned kinds)
{
	char name[QUEUE_ID_LEN + 1];
	struct buf part;
	uint64_t next;
	int fd;

	message_name(msg, name);
	fd = openat(s->report_dir, name, O_RDONLY | QUEUE_FILE);
	if (fd == -1)
		return;
	buf_init(&part, REPORT_PART);
	if (report_read_part(fd, msg->rare->report_at, &part, &next) == 0)
		mark_entries(s, msg, buf_peek(&part), kinds);
	buf_free(&part);
	close(fd);
}

void
report_marked(struct send *s, struct message *msg, int err)
{
	char name[QUEUE_ID_LEN + 1];

	msg->flags &= (uint16_t)~MESSAGE_TELLING;
	if (err != 0)
		log_trouble(&s->log, "trouble fsyncing", msg->id, err);
	message_name(msg, name);
	if (unlinkat(s->report_dir, name, 0) == -1 && errno != ENOENT)
		log_trouble(&s->log, "unable to unlink report/", msg->id,
		    errno);
	msg->flags &= (uint16_t)~MESSAGE_TO_TELL;
	if (msg->rare != NULL) {
		msg->rare->told_s = 0;
		msg->rare->untold = 0;
		msg->rare->report_at = 0;
	}
	message_resume(s, msg);
	message_settle(s, msg);
}

static void
log_told(struct send *s, const struct message *msg,
    const struct flusher_answer *f)
{
	if (f->discarded != 0)
		log_discarded(&s->log, f->discarded, msg->id);
	for (unsigned i = 0; i < f->told && i < 3; i++)
		log_bounce(&s->log, msg->id, f->qp[i]);
}

/*
 * Not all could be told: what was is not repeated. The rest may be refused for
 * ever, so it waits longer each time.
 */
static void
tell_later(struct send *s, struct message *msg,
    const struct flusher_answer *f)
{
	struct rare *r = msg->rare;

	log_say(&s->log, "warning", "trouble injecting bounce message, "
	    "will try later:", span_str(f->text));
	if (f->kinds != 0)
		mark_told(s, msg, f->kinds);
	msg->flags &= (uint16_t)~MESSAGE_TELLING;
	r->untold++;
	r->try_again_s = s->now_s +
	    schedule_backoff(r->untold, RETRY_S, RETRY_MAX_S);
	message_resume(s, msg);
	message_settle(s, msg);
}

/* A long report is told part by part, each in a notice of its own. */
static void
tell_more(struct send *s, struct message *msg, uint64_t report_at)
{
	mark_told(s, msg, ALL_KINDS);
	msg->flags &= (uint16_t)~MESSAGE_TELLING;
	msg->rare->untold = 0;
	msg->rare->report_at = report_at;
	message_settle(s, msg);
}

/* What is being told of has its struct rare until that is over. */
void
report_told(struct send *s, struct message *msg,
    const struct flusher_answer *f)
{
	log_told(s, msg, f);
	if (f->code != 0) {
		tell_later(s, msg, f);
		return;
	}
	if (f->report_next != 0) {
		tell_more(s, msg, f->report_next);
		return;
	}
	if (msg->left == 0) {
		msg->flags &= (uint16_t)~MESSAGE_TELLING;
		message_remove(s, msg);
		return;
	}
	mark_told(s, msg, ALL_KINDS);
	if (msg->rare->marks_fd == -1)
		report_marked(s, msg, 0);
	else
		mark_flush(s, msg->rare, ASK_REPORTED);
}
