/*
 * One queue file, open for reading: its header, its sender, and its recipients
 * with their states, a window at a time, however many there are.
 */
#ifndef SEND_QFILE_H
#define SEND_QFILE_H

#include "queue/format.h"

enum {
	QFILE_FIRST = 16384,		/* bytes of the first read */
	QFILE_WINDOW = 65536,		/* bytes of the envelope at a time */
	QFILE_RECORD_MAX = 4096,	/* a recipient with all its records */
	QFILE_STATES = 4096,		/* states at a time */
	QFILE_SENDER_MAX = QUEUE_ADDRESS_MAX + QUEUE_ENVID_MAX + 2,
};

struct qfile {
	int fd;			/* -1: closed */
	unsigned links;		/* names that the file has */
	struct queue_header h;
	struct queue_sender sender;	/* points into names */
	size_t recipients_at;	/* offset of the first one in the envelope */
	char names[QFILE_SENDER_MAX];
	size_t first_len;
	char first[QFILE_FIRST];	/* the file's beginning */
	struct span window;	/* envelope bytes from window_at */
	size_t window_at;
	char *room;		/* for windows; kept from file to file */
	uint32_t states_at, states_len;
	char states[QFILE_STATES];
	/* where the next recipient is read */
	size_t at;
	uint32_t index;
};

struct qfile_recipient {
	struct queue_recipient r;	/* lives until the next call */
	uint32_t index;			/* in the envelope, from 0 */
	unsigned char state;		/* QUEUE_* of queue/format.h */
};

void qfile_init(struct qfile *q);
/*
 * Opens dir/name and reads header and sender. 0; -1 with errno: EPROTO for a
 * file that is no whole queue file, else trouble of the system.
 */
int qfile_open(struct qfile *q, int dir, const char *name);
/* The same with a file that is open, and stays the caller's to close. */
int qfile_open_fd(struct qfile *q, int fd);
/* The descriptor becomes the caller's; the rest stays readable only so far as
 * it has been read. */
int qfile_take_fd(struct qfile *q);
void qfile_close(struct qfile *q);

/* The next recipient will be the one at that offset and index. */
void qfile_seek(struct qfile *q, size_t at, uint32_t index);
/* 1 a recipient; 0 no more; -1 with errno, EPROTO for a damaged envelope. */
int qfile_next(struct qfile *q, struct qfile_recipient *out);

/* The state byte of one recipient. 0; -1 with errno, EPROTO: there is none. */
int qfile_state(struct qfile *q, uint32_t index, unsigned char *state);
/* That byte has been changed: what was read of it is no longer true. */
void qfile_marked(struct qfile *q, uint32_t index, unsigned char state);

/* Reads everything and compares both checksums. 0; -1, EPROTO: damaged. */
int qfile_verify(struct qfile *q);

#endif
