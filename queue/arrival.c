/*
 * Writing a queue file: create new/.ID and lock it - message - envelope -
 * states - header - rename to new/ID - fsync the file - fsync new/ - trigger.
 *
 * The header lies at the front and is written last. A message that fits into
 * the buffer goes out with its header in one write: then "last" means that a
 * file cut anywhere has a size that its header belies.
 *
 * The rename comes before the flush, so that one journal commit covers both.
 * send may find the file before it is flushed; when the flush then fails the
 * name is removed and the caller told to try again: at worst a duplicate.
 */
#include "queue/arrival.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/mail/date.h"
#include "lib/os/deadline.h"
#include "lib/os/rename.h"
#include "queue/caller.h"

enum { NAME_TRIES = 10000 };

void
arrival_init(struct arrival *a, struct spool *spool)
{
	a->spool = spool;
	a->pid = (uint32_t)getpid();
	a->fd = -1;
	a->dot[0] = '.';
	a->dot[1] = '\0';
}

const char *
arrival_id(const struct arrival *a)
{
	return a->dot + 1;
}

static void
trouble(struct arrival *a, int code)
{
	if (a->code == 0)
		a->code = code;
}

/* ENOSPC and the like are a full disk wherever they come from. */
static int
code_of(int err, int otherwise)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EIO:
		return CODE_WRITE;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return CODE_MEMORY;
	}
	return otherwise;
}

/* ---- the file ---- */

/* One name tried. 1; 0 when it is taken; -1 with errno. */
static int
create_as(struct arrival *a, uint64_t us)
{
	queue_id_write(us, a->dot + 1);
	a->fd = openat(a->spool->dir, a->dot,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (a->fd == -1)
		return errno == EEXIST ? 0 : -1;
	caller_doom(a->spool->dir, a->dot);
	/* Not for long: whoever holds it looks for dead writers. */
	while (flock(a->fd, LOCK_EX) == -1)
		if (errno != EINTR)
			return -1;
	return 1;
}

static void
create(struct arrival *a)
{
	int r = 0;

	for (int i = 0; i < NAME_TRIES && r == 0; i++)
		r = create_as(a, a->header.birth_us + (unsigned)i);
	if (r != 1)
		trouble(a, code_of(errno, CODE_CREATE));
}

static void
write_out(struct arrival *a, const char *p, size_t len)
{
	if (a->fd == -1 && a->code == 0)
		create(a);
	while (len > 0 && a->code == 0) {
		ssize_t n = write(a->fd, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
			a->flushed = true;
		} else if (errno != EINTR) {
			trouble(a, code_of(errno, CODE_WRITE));
		}
	}
}

static void
flush(struct arrival *a)
{
	write_out(a, a->bytes, a->len);
	a->len = 0;
}

static void
add(struct arrival *a, const char *p, size_t len)
{
	while (len > 0 && a->code == 0) {
		size_t n = ARRIVAL_ROOM - a->len;

		if (n > len)
			n = len;
		memcpy(a->bytes + a->len, p, n);
		a->len += n;
		p += n;
		len -= n;
		if (a->len == ARRIVAL_ROOM)
			flush(a);
	}
}

static void
add_zeros(struct arrival *a, size_t len)
{
	while (len > 0 && a->code == 0) {
		size_t n = ARRIVAL_ROOM - a->len;

		if (n > len)
			n = len;
		memset(a->bytes + a->len, 0, n);
		a->len += n;
		len -= n;
		if (a->len == ARRIVAL_ROOM)
			flush(a);
	}
}

/* ---- the message ---- */

/* "Received: (qmail PID invoked by uid N); 1 Nov 2026 05:02:03 -0000" */
static void
add_received(struct arrival *a, const char *invoker)
{
	char digits[NUM_DIGITS], date[DATE_ROOM];
	const struct span parts[] = {
		SPAN("Received: (qmail "), num_format(a->header.pid, digits),
		SPAN(" invoked "), span_str(invoker), SPAN("); "),
		date_write_utc(a->header.birth_us / 1000000, date), SPAN("\n"),
	};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		arrival_message(a, parts[i]);
}

void
arrival_begin(struct arrival *a, unsigned uid, const char *invoker)
{
	a->header = (struct queue_header){
		.birth_us = clock_wall_us(),
		.uid = uid,
		.pid = a->pid,
	};
	checksum_init(&a->message_sum);
	checksum_init(&a->envelope_sum);
	envelope_init(&a->envelope);
	a->code = 0;
	a->flushed = false;
	a->len = 0;
	add_zeros(a, QUEUE_HEADER_SIZE);
	add_received(a, invoker);
}

char *
arrival_room(struct arrival *a, size_t *room)
{
	if (a->code != 0)
		a->len = 0;
	*room = ARRIVAL_ROOM - a->len;
	return a->bytes + a->len;
}

void
arrival_filled(struct arrival *a, size_t n)
{
	checksum_add(&a->message_sum, a->bytes + a->len, n);
	a->header.message_len += n;
	a->len += n;
	if (a->len == ARRIVAL_ROOM)
		flush(a);
}

void
arrival_message(struct arrival *a, struct span bytes)
{
	checksum_add(&a->message_sum, bytes.p, bytes.len);
	a->header.message_len += bytes.len;
	add(a, bytes.p, bytes.len);
}

/* ---- the envelope ---- */

bool
arrival_envelope(struct arrival *a, struct span *in)
{
	struct span before = *in;
	enum envelope_state state;

	if (a->code != 0)
		return true;
	state = envelope_take(&a->envelope, in);
	before.len -= in->len;
	checksum_add(&a->envelope_sum, before.p, before.len);
	add(a, before.p, before.len);
	switch (state) {
	case ENVELOPE_MORE:
	case ENVELOPE_ENDED:
		break;
	case ENVELOPE_BAD:
		trouble(a, CODE_ENVELOPE);
		break;
	case ENVELOPE_LONG:
		trouble(a, CODE_LONG);
		break;
	case ENVELOPE_MANY:
		trouble(a, CODE_REFUSED);
		break;
	}
	return state != ENVELOPE_MORE || a->code != 0;
}

/* ---- the end ---- */

static void
write_header(struct arrival *a)
{
	struct queue_header *h = &a->header;
	char room[QUEUE_HEADER_SIZE];
	ssize_t n;

	h->envelope_len = a->envelope.len;
	h->recipients = a->envelope.recipients;
	h->flags = a->envelope.sender.flags;
	h->envelope_sum = checksum_end(&a->envelope_sum);
	h->message_sum = checksum_end(&a->message_sum);
	if (!a->flushed) {
		queue_header_write(h, a->bytes);
		flush(a);
		return;
	}
	flush(a);
	if (a->code != 0)
		return;
	queue_header_write(h, room);
	do
		n = pwrite(a->fd, room, sizeof room, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		trouble(a, code_of(errno, CODE_WRITE));
	else if (n != sizeof room)
		trouble(a, CODE_WRITE);
}

/*
 * From .ID to a name that nobody has: after a step of the clock another
 * message may be called ID.
 */
static bool
publish(struct arrival *a)
{
	char dot[sizeof a->dot];
	uint64_t us = 0;

	memcpy(dot, a->dot, sizeof dot);
	if (num_parse((struct span){ dot + 1, QUEUE_ID_LEN }, UINT64_MAX,
	    &us) == -1)
		return false;
	/*
	 * From here on a->dot may be the name of somebody else's file. Should
	 * the alarm come now, ours is removed as a dead writer's.
	 */
	caller_doom(-1, NULL);
	for (int i = 0; i < NAME_TRIES; i++) {
		if (rename_new(a->spool->dir, dot, a->spool->dir,
		    a->dot + 1) == 0)
			return true;
		if (errno != EEXIST)
			break;
		queue_id_write(us + (unsigned)i + 1, a->dot + 1);
	}
	trouble(a, code_of(errno, CODE_RENAME));
	memcpy(a->dot, dot, sizeof dot);
	return false;
}

static void
make_durable(struct arrival *a)
{
	if (fsync(a->fd) == 0 && (!a->spool->sync_dir ||
	    fsync(a->spool->dir) == 0))
		return;
	trouble(a, CODE_WRITE);
	(void)unlinkat(a->spool->dir, arrival_id(a), 0);
}

static void
close_file(struct arrival *a)
{
	caller_doom(-1, NULL);
	if (a->fd != -1)
		close(a->fd);
	a->fd = -1;
}

int
arrival_commit(struct arrival *a)
{
	if (!a->envelope.ended)
		trouble(a, CODE_READ);
	add_zeros(a, a->envelope.recipients);
	if (a->code == 0)
		write_header(a);
	if (a->code != 0 || !publish(a)) {
		arrival_abort(a);
		return a->code;
	}
	make_durable(a);
	if (a->code == 0)
		spool_trigger(a->spool, arrival_id(a));
	close_file(a);
	return a->code;
}

void
arrival_abort(struct arrival *a)
{
	if (a->fd != -1)
		(void)unlinkat(a->spool->dir, a->dot, 0);
	close_file(a);
}
