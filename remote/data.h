/*
 * A stored message as SMTP data (RFC 5321 section 4.5.2): every line ends in
 * CR LF and starts with a doubled dot where it starts with a dot. Pure.
 *
 * What counts as a line end in the stored form: LF, CR LF, CR CR LF, and any
 * other CR by itself (as old systems wrote it), so that no bare CR and no bare
 * LF can reach the wire. A last line without an end gets one.
 *
 * A line over 998 octets is cut (RFC 5321 section 4.5.3.1.6): in the header
 * before a blank, so that unfolding gives the same field again, or where there
 * is none, with a blank added; in the body behind a blank of its second half,
 * or where there is none, at 998 octets, but not inside a UTF-8 sequence.
 * NUL and other control characters and 8-bit bytes go out as they are.
 */
#ifndef REMOTE_DATA_H
#define REMOTE_DATA_H

#include "lib/base/span.h"

enum {
	ENCODE_LINE_MAX = 998,
	ENCODE_IN_MIN = ENCODE_LINE_MAX + 3,	/* enough to see a line's end */
	ENCODE_OUT_MIN = ENCODE_LINE_MAX + 3,	/* dot or blank, CR LF */
};

struct encoder {
	bool in_body;		/* behind the first empty line */
	bool owes_blank;	/* the next piece continues a header line */
};

void encoder_start(struct encoder *e);

/*
 * Encodes lines off the front of *in into out until fewer than ENCODE_OUT_MIN
 * of its room bytes are left, or *in holds no further line that can be told to
 * be whole (never so when it holds ENCODE_IN_MIN bytes, or last: it ends where
 * the message ends). How many bytes were put into out.
 */
size_t encode(struct encoder *e, struct span *in, bool last, char *out,
    size_t room);

#endif
