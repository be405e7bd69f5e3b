/*
 * A message as programs write it on a descriptor: its header in one piece, its
 * body in chunks. Line ends are made LF where the caller asks.
 */
#ifndef QUEUE_READER_H
#define QUEUE_READER_H

#include "lib/base/buf.h"

enum {
	READER_HEADER_MAX = 16 << 20,	/* bytes of a header */
	READER_CHUNK = 65536
};

/* How to read. */
enum {
	READER_DOT = 1,		/* a line with a dot alone ends the message */
	READER_LINES = 2	/* CR LF to LF (the body: when the first line ends
				   with CR LF), and the last line ends */
};

struct reader {
	int fd;
	unsigned how;
	bool eof;
	bool crlf;		/* the first line ended with CR LF */
	bool empty_line;	/* one ends the header; else the body begins */
	bool held_cr;		/* at the end of the last chunk: LF may follow */
	int dot_state;
	char last;		/* byte that was handed out */
	struct buf bytes;	/* the header and what was read behind it */
	size_t header_from, header_to, body_from;	/* in bytes */
	char chunk[READER_CHUNK + 2];
};

void reader_init(struct reader *r, int fd, unsigned how);
void reader_free(struct reader *r);

/*
 * Reads up to the end of the header: an empty line, which is taken, or a line
 * that is no field, which is not. A "From " line in front is dropped.
 * 0; -1 with errno, EMSGSIZE for a header over READER_HEADER_MAX.
 * header lives as long as r.
 */
int reader_header(struct reader *r, struct span *header) MUST_CHECK;

/*
 * The next part of the body, which lives until the next call.
 * 1; 0 the end; -1 with errno.
 */
int reader_body(struct reader *r, struct span *part) MUST_CHECK;

#endif
