/*
 * The header of a message (RFC 5322 section 2.2), field by field. Line ends
 * may be LF or CR LF. Takes any bytes: what is not a field is handed out too,
 * and the caller decides.
 */
#ifndef LIB_MAIL_HEADER_H
#define LIB_MAIL_HEADER_H

#include "lib/base/buf.h"

/* Fields that somebody here treats specially. */
enum header_name {
	HEADER_OTHER,
	HEADER_APPARENTLY_TO,
	HEADER_AUTO_SUBMITTED,
	HEADER_BCC,
	HEADER_CC,
	HEADER_CONTENT_LENGTH,
	HEADER_DATE,
	HEADER_DELIVERED_TO,
	HEADER_ERRORS_TO,
	HEADER_FROM,
	HEADER_MAIL_FOLLOWUP_TO,
	HEADER_MAIL_REPLY_TO,
	HEADER_MESSAGE_ID,
	HEADER_NOTICE_REQUESTED,	/* Notice-Requested-Upon-Delivery-To */
	HEADER_RECEIVED,
	HEADER_REPLY_TO,
	HEADER_RESENT_BCC,
	HEADER_RESENT_CC,
	HEADER_RESENT_DATE,
	HEADER_RESENT_FROM,
	HEADER_RESENT_MESSAGE_ID,
	HEADER_RESENT_REPLY_TO,
	HEADER_RESENT_SENDER,
	HEADER_RESENT_TO,
	HEADER_RETURN_PATH,
	HEADER_RETURN_RECEIPT_TO,
	HEADER_SENDER,
	HEADER_SUBJECT,
	HEADER_TO
};

struct header_field {
	struct span name;	/* as written; empty: this line is no field */
	struct span value;	/* behind the colon, with its folds, without
				   the last line end */
	struct span whole;	/* all its lines with their line ends */
};

/*
 * Takes the next field off the front of *in, or one line that is no field.
 * 1; 0 at the empty line, which is taken (the body follows), or at the end.
 */
int header_take(struct span *in, struct header_field *out);

/*
 * How long the header of message is, the empty line counted. message.len when
 * there is no empty line.
 */
size_t header_len(struct span message);

/* Which field is it? The case of letters does not matter. */
enum header_name header_known(struct span name);

/* The first field called name in header. */
bool header_find(struct span header, const char *name,
    struct header_field *out);

/* Appends the value on one line: line ends go, the blanks behind them stay. */
void header_unfold(struct buf *to, struct span value);

#endif
