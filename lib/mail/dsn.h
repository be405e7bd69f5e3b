/*
 * Delivery status notifications as the envelope asks for them (RFC 3461), the
 * encodings of ORCPT (RFC 3461, RFC 6533), and enhanced status codes (RFC
 * 3463) in texts.
 */
#ifndef LIB_MAIL_DSN_H
#define LIB_MAIL_DSN_H

#include "lib/base/buf.h"

/* NOTIFY of a recipient; 0: nothing was said. */
enum {
	DSN_NOTIFY_NEVER = 1,
	DSN_NOTIFY_SUCCESS = 2,
	DSN_NOTIFY_FAILURE = 4,
	DSN_NOTIFY_DELAY = 8,
	DSN_NOTIFY_ALL = 15
};

enum {
	DSN_ENVID_MAX = 100,	/* decoded bytes, RFC 3461 section 4.4 */
	DSN_ORCPT_MAX = 500	/* decoded bytes, RFC 3461 section 4.2 */
};

/*
 * "NEVER", or a comma list of SUCCESS, FAILURE, DELAY; case does not matter.
 * 0; -1 with errno EINVAL.
 */
int dsn_notify_parse(struct span list, unsigned *notify) MUST_CHECK;
/* The list; nothing for 0. */
void dsn_notify_write(struct buf *to, unsigned notify);

/*
 * xtext (RFC 3461 section 4) to bytes and back. Decoding refuses what is not
 * xtext, and control characters.  0; -1 with errno EINVAL.
 */
int xtext_decode(struct span in, struct buf *to) MUST_CHECK;
void xtext_encode(struct buf *to, struct span bytes);

/*
 * The value of ORCPT, "type;encoded", to "type;address". The address is xtext,
 * or for type utf-8 one of the forms of RFC 6533 section 3 (\x{HEX}).
 * 0; -1 with errno EINVAL, EMSGSIZE when over DSN_ORCPT_MAX.
 */
int dsn_orcpt_decode(struct span in, struct buf *to) MUST_CHECK;
/*
 * The inverse. utf8_allowed: the peer offers SMTPUTF8, so that a utf-8 address
 * may hold UTF-8 as it is (utf-8-addr-unitext); else it is encoded in ASCII.
 */
void dsn_orcpt_encode(struct buf *to, struct span orcpt, bool utf8_allowed);

/* An enhanced status code, RFC 3463: class.subject.detail. */
struct dsn_code {
	unsigned class, subject, detail;	/* class 2, 4 or 5 */
};

/* Takes "5.1.1" off the front of *in; what follows must not be a digit. */
enum parse dsn_code_take(struct span *in, struct dsn_code *out);
/*
 * The code of a text in either style: at the front ("5.1.1 no such user",
 * also behind a reply code, "550 5.1.1 ..." or "550-5.1.1 ..."), or qmail's
 * "(#5.1.1)" anywhere. false when there is none.
 */
bool dsn_code_find(struct span text, struct dsn_code *out);
void dsn_code_write(struct buf *to, struct dsn_code code);

#endif
