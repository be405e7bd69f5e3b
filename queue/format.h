/*
 * The queue file: a fixed header, the message byte for byte, the envelope
 * records (INTERNALS.md), and one state byte for each recipient. Pure: bytes
 * to values and back; nothing here opens a file (queue/store.h does).
 *
 *   offset 0             header, QUEUE_HEADER_SIZE bytes, written last
 *   QUEUE_HEADER_SIZE    message, message_len bytes
 *   then                 envelope, envelope_len bytes
 *   then                 states, recipients bytes; the end of the file
 */
#ifndef QUEUE_FORMAT_H
#define QUEUE_FORMAT_H

#include <stdint.h>

#include "lib/base/buf.h"

enum {
	QUEUE_HEADER_SIZE = 128,
	QUEUE_ID_LEN = 16,		/* decimal digits, microseconds */
	QUEUE_ADDRESS_MAX = 1002,	/* as qmail-queue's */
	QUEUE_ENVELOPE_MAX = 64 << 20,
	QUEUE_RECIPIENTS_MAX = 1 << 20,
	QUEUE_ENVID_MAX = 100,		/* RFC 3461 section 4.4 */
	QUEUE_ORCPT_MAX = 500,		/* RFC 3461 section 4.2 */
};

/* flags in the header: about the message, repeated from the envelope */
enum {
	QUEUE_8BITMIME = 1,
	QUEUE_7BIT = 2,
	QUEUE_SMTPUTF8 = 4,
	QUEUE_REQUIRETLS = 8,
	QUEUE_RET_FULL = 16,
	QUEUE_RET_HDRS = 32,
};

/* A recipient's state byte: one of these, perhaps with QUEUE_DELAY_TOLD. */
enum {
	QUEUE_PENDING = 0,
	QUEUE_DONE = 1,
	QUEUE_FAILED = 2,	/* for good, and noted in report/ID */
	QUEUE_REPORTED = 3,	/* and the sender was told, or need not be */
	QUEUE_DELAY_TOLD = 0x40,
};

struct queue_header {
	uint64_t birth_us;	/* arrival, microseconds since 1970 */
	uint32_t uid;		/* of the caller */
	uint32_t pid;		/* of the injector: "qp" */
	uint64_t message_len;
	uint32_t envelope_len;
	uint32_t recipients;
	uint32_t flags;
	uint64_t envelope_sum;	/* checksum64 of the envelope */
	uint64_t message_sum;	/* checksum64 of the message */
};

void queue_header_write(const struct queue_header *h,
    char to[QUEUE_HEADER_SIZE]);
/*
 * Reads a header and checks magic, version, its own checksum, the limits
 * above, and that the sizes add up to file_size.
 * 0; -1 with errno EPROTO.
 */
int queue_header_read(const char from[QUEUE_HEADER_SIZE], uint64_t file_size,
    struct queue_header *out) MUST_CHECK;

uint64_t queue_envelope_offset(const struct queue_header *h);
uint64_t queue_states_offset(const struct queue_header *h);

/* Is s the name of a queue file: QUEUE_ID_LEN digits? */
bool queue_id_ok(struct span s);
/* The 16 digits of birth and a NUL. */
void queue_id_write(uint64_t us, char to[QUEUE_ID_LEN + 1]);

/* The flags of a message as a worker's (WORK_*, lib/wire/work.h), and back. */
unsigned queue_flags_to_work(uint32_t flags);
uint32_t queue_flags_of_work(unsigned work);

/*
 * ---- envelope records ----
 *
 * A record is a letter and a value, without its NUL. F comes first, then the
 * records about the message, then each T with the records about it.
 */
enum queue_record {
	QUEUE_RECORD_OK,
	QUEUE_RECORD_BAD,	/* unknown, malformed, or in the wrong place */
	QUEUE_RECORD_LONG,	/* an address over QUEUE_ADDRESS_MAX */
};

struct queue_sender {
	struct span address;	/* may be empty: a bounce */
	struct span envid;	/* empty: none */
	uint32_t flags;		/* QUEUE_* of the header */
};

struct queue_recipient {
	struct span address;
	unsigned notify;	/* DSN_NOTIFY_* (lib/mail/dsn.h); 0: unsaid */
	struct span orcpt;	/* "type;address"; empty: none */
	size_t at;		/* offset of its T record in the envelope */
};

/* Adds what an F, B, U, Q, E or R record says to *s. */
enum queue_record queue_sender_record(struct span record,
    struct queue_sender *s);
/* The same for T, N and O; at is left alone. */
enum queue_record queue_recipient_record(struct span record,
    struct queue_recipient *r);

/*
 * Takes the sender's part off the front of an envelope; spans point into it.
 * PARSE_OK, PARSE_BAD, or PARSE_MORE when the records end too soon.
 */
enum parse queue_sender_take(struct span *envelope, struct queue_sender *out);

/*
 * Takes the next recipient with its records. 1; 0 at the final empty record
 * (which is taken; anything behind it is an error of the caller's to find);
 * -1 malformed. base is the offset of *envelope's start in the whole envelope,
 * from which at is computed; it is moved along.
 */
int queue_recipient_take(struct span *envelope, size_t *base,
    struct queue_recipient *out);

/*
 * The writers; queue_end_write adds the final empty record. A NUL inside an
 * address or value makes the buf fail with EINVAL.
 */
void queue_sender_write(struct buf *to, const struct queue_sender *s);
void queue_recipient_write(struct buf *to, const struct queue_recipient *r);
void queue_end_write(struct buf *to);

#endif
