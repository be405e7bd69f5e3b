/*
 * Replies of SMTP servers (RFC 5321 section 4.2, RFC 2034), line by line.
 * What a server says is data: cleaned, capped, never trusted. Pure.
 */
#ifndef REMOTE_REPLY_H
#define REMOTE_REPLY_H

#include <stdint.h>

#include "lib/base/span.h"

enum {
	REPLY_LINE_MAX = 2048,	/* bytes of a line; RFC 5321 says 512 */
	REPLY_LINES_MAX = 256,	/* lines of one reply */
	REPLY_TEXT_MAX = 2000,	/* bytes of it that are kept */
	REPLY_STATUS_MAX = 10,	/* "5.123.123" and a NUL */
};

struct reply {
	unsigned code;		/* 200..599 */
	unsigned lines;
	char status[REPLY_STATUS_MAX];	/* enhanced code, or "" */
	size_t len;		/* of the text: as sent, but printable ASCII */
	char text[REPLY_TEXT_MAX];	/* only, lines parted by LF */
};

void reply_start(struct reply *r);
/*
 * Adds a line, without its line end. PARSE_OK: the reply is complete;
 * PARSE_MORE: another line follows; PARSE_BAD: not a reply, too many lines,
 * or another code than the line before. said, when not NULL, is what follows
 * the code and lives as long as line.
 */
enum parse reply_add(struct reply *r, struct span line, struct span *said);

/* '2', '3', '4' or '5' */
char reply_class(const struct reply *r);
struct span reply_text(const struct reply *r);
/*
 * Its enhanced status code; where it has none of its class, class ".0.0".
 * as: the class to speak of ('4' for a 552 that means 452); NUL-ended in to.
 */
void reply_status(const struct reply *r, char as, char to[REPLY_STATUS_MAX]);

/* What a server offers, from its EHLO reply. */
struct offers {
	bool pipelining, eight_bit, smtputf8, dsn, size;
	uint64_t size_max;	/* with size; 0: no limit told */
	uint64_t rcpt_max;	/* RFC 9422; 0: not told */
};

/* Takes note of one line after the first, without its code. */
void offers_add(struct offers *o, struct span line);

#endif
