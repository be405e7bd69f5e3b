/*
 * Reading queue files. Nearly all of them fit into the first read; of larger
 * ones the envelope is read in windows, and a record never lies across the end
 * of a window since a window is moved on before it runs short.
 */
#include "send/qfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/checksum.h"
#include "lib/os/in.h"
#include "queue/store.h"

void
qfile_init(struct qfile *q)
{
	q->fd = -1;
	q->room = NULL;
}

static int
damaged(void)
{
	errno = EPROTO;
	return -1;
}

/* The part of the file in the first read, when all of it is there. */
static bool
in_first(const struct qfile *q, uint64_t at, uint64_t len, struct span *out)
{
	if (at > q->first_len || len > q->first_len - at)
		return false;
	*out = (struct span){ q->first + at, (size_t)len };
	return true;
}

/* Makes the window begin at offset at of the envelope. */
static int
load_window(struct qfile *q, size_t at)
{
	uint64_t file_at = queue_envelope_offset(&q->h) + at;
	size_t left = q->h.envelope_len - at;
	ssize_t n;

	q->window_at = at;
	if (in_first(q, file_at, left, &q->window))
		return 0;
	if (q->room == NULL && (q->room = malloc(QFILE_WINDOW)) == NULL)
		return -1;
	if (left > QFILE_WINDOW)
		left = QFILE_WINDOW;
	n = pread_full(q->fd, q->room, left, file_at);
	if (n == -1)
		return -1;
	q->window = (struct span){ q->room, (size_t)n };
	return (size_t)n == left ? 0 : damaged();
}

/* Room for one record at least, from offset at on, or to the end. */
static int
reach(struct qfile *q, size_t at)
{
	size_t end = q->window_at + q->window.len;

	if (at > q->h.envelope_len)
		return damaged();
	if (at >= q->window_at && at <= end &&
	    (end == q->h.envelope_len || end - at >= QFILE_RECORD_MAX))
		return 0;
	return load_window(q, at);
}

static int
read_sender(struct qfile *q)
{
	struct span rest;
	struct queue_sender *s = &q->sender;

	q->window = (struct span){ NULL, 0 };
	q->window_at = 0;
	if (load_window(q, 0) == -1)
		return -1;
	rest = q->window;
	if (queue_sender_take(&rest, s) != PARSE_OK)
		return damaged();
	q->recipients_at = q->window.len - rest.len;
	if (s->address.len > QUEUE_ADDRESS_MAX || s->envid.len > QUEUE_ENVID_MAX)
		return damaged();
	memcpy(q->names, s->address.p, s->address.len);
	s->address.p = q->names;
	if (s->envid.len > 0)
		memcpy(q->names + s->address.len, s->envid.p, s->envid.len);
	s->envid.p = q->names + s->address.len;
	return 0;
}

static int
read_start(struct qfile *q)
{
	struct stat st;
	ssize_t n;

	if (fstat(q->fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode))
		return damaged();
	q->links = (unsigned)st.st_nlink;
	n = pread_full(q->fd, q->first, (uint64_t)st.st_size < QFILE_FIRST ?
	    (size_t)st.st_size : QFILE_FIRST, 0);
	if (n == -1)
		return -1;
	q->first_len = (size_t)n;
	if (n < QUEUE_HEADER_SIZE || queue_header_read(q->first,
	    (uint64_t)st.st_size, &q->h) == -1)
		return damaged();
	return read_sender(q);
}

int
qfile_open_fd(struct qfile *q, int fd)
{
	q->fd = fd;
	q->states_len = 0;
	if (read_start(q) == -1)
		return -1;
	qfile_seek(q, q->recipients_at, 0);
	return 0;
}

int
qfile_open(struct qfile *q, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | QUEUE_FILE);
	int err;

	if (fd == -1) {
		q->fd = -1;
		return errno == ELOOP || errno == ENXIO ? damaged() : -1;
	}
	if (qfile_open_fd(q, fd) == 0)
		return 0;
	err = errno;
	qfile_close(q);
	errno = err;
	return -1;
}

int
qfile_take_fd(struct qfile *q)
{
	int fd = q->fd;

	q->fd = -1;
	return fd;
}

void
qfile_close(struct qfile *q)
{
	if (q->fd != -1)
		close(q->fd);
	q->fd = -1;
}

void
qfile_seek(struct qfile *q, size_t at, uint32_t index)
{
	q->at = at;
	q->index = index;
}

static int
read_state(struct qfile *q, uint32_t index, unsigned char *state)
{
	uint64_t at = queue_states_offset(&q->h) + index;
	struct span one;
	uint32_t want;
	ssize_t n;

	if (index >= q->h.recipients)
		return damaged();
	if (in_first(q, at, 1, &one)) {
		*state = (unsigned char)one.p[0];
		return 0;
	}
	if (index < q->states_at || index - q->states_at >= q->states_len) {
		want = q->h.recipients - index;
		if (want > QFILE_STATES)
			want = QFILE_STATES;
		n = pread_full(q->fd, q->states, want, at);
		if (n == -1)
			return -1;
		if (n == 0)
			return damaged();
		q->states_at = index;
		q->states_len = (uint32_t)n;
	}
	*state = (unsigned char)q->states[index - q->states_at];
	return 0;
}

/* No checksum covers the states: what is none must not look like "done". */
int
qfile_state(struct qfile *q, uint32_t index, unsigned char *state)
{
	if (read_state(q, index, state) == -1)
		return -1;
	return (*state & ~QUEUE_DELAY_TOLD) <= QUEUE_REPORTED ? 0 : damaged();
}

void
qfile_marked(struct qfile *q, uint32_t index, unsigned char state)
{
	uint64_t at = queue_states_offset(&q->h) + index;

	if (at < q->first_len)
		q->first[at] = (char)state;
	else if (index >= q->states_at && index - q->states_at < q->states_len)
		q->states[index - q->states_at] = (char)state;
}

int
qfile_next(struct qfile *q, struct qfile_recipient *out)
{
	struct span rest;
	size_t base = q->at;
	int r;

	if (reach(q, q->at) == -1)
		return -1;
	rest = span_tail(q->window, q->at - q->window_at);
	r = queue_recipient_take(&rest, &base, &out->r);
	if (r == 0)
		return q->index == q->h.recipients ? 0 : damaged();
	if (r == -1 || q->index >= q->h.recipients)
		return damaged();
	out->index = q->index;
	if (qfile_state(q, q->index, &out->state) == -1)
		return -1;
	q->at = base;
	q->index++;
	return 1;
}

static int
sum_of(struct qfile *q, uint64_t at, uint64_t len, uint64_t *sum)
{
	struct checksum state;

	checksum_init(&state);
	while (len > 0) {
		size_t want = len < QFILE_WINDOW ? (size_t)len : QFILE_WINDOW;
		ssize_t n = pread_full(q->fd, q->room, want, at);

		if (n == -1)
			return -1;
		if ((size_t)n < want)
			return damaged();
		checksum_add(&state, q->room, want);
		at += want;
		len -= want;
	}
	*sum = checksum_end(&state);
	return 0;
}

int
qfile_verify(struct qfile *q)
{
	uint64_t message, envelope;

	if (q->room == NULL && (q->room = malloc(QFILE_WINDOW)) == NULL)
		return -1;
	if (sum_of(q, QUEUE_HEADER_SIZE, q->h.message_len, &message) == -1 ||
	    sum_of(q, queue_envelope_offset(&q->h), q->h.envelope_len,
	    &envelope) == -1)
		return -1;
	q->window.len = 0;
	return message == q->h.message_sum && envelope == q->h.envelope_sum ?
	    0 : damaged();
}
