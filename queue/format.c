/* The queue file's header and envelope records, bytes to values and back. */
#include "queue/format.h"

#include <errno.h>
#include <string.h>

#include "lib/base/checksum.h"
#include "lib/mail/dsn.h"
#include "lib/wire/work.h"

/*
 * The header, little-endian:
 *   0 magic and version   8 birth       16 uid          20 pid
 *  24 message length     32 envelope length             36 recipients
 *  40 flags              48 sum of the envelope         56 of the message
 * 120 sum of the 120 bytes before; what is not named is zero
 */
enum { HEADER_SUM_AT = 120 };
static const char magic[8] = "postern\001";

static void
put(char *to, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (char)(n >> 8 * i & 0xff);
}

static uint64_t
get(const char *from, int bytes)
{
	uint64_t n = 0;

	for (int i = bytes - 1; i >= 0; i--)
		n = n << 8 | (unsigned char)from[i];
	return n;
}

void
queue_header_write(const struct queue_header *h, char to[QUEUE_HEADER_SIZE])
{
	memset(to, 0, QUEUE_HEADER_SIZE);
	memcpy(to, magic, sizeof magic);
	put(to + 8, h->birth_us, 8);
	put(to + 16, h->uid, 4);
	put(to + 20, h->pid, 4);
	put(to + 24, h->message_len, 8);
	put(to + 32, h->envelope_len, 4);
	put(to + 36, h->recipients, 4);
	put(to + 40, h->flags, 4);
	put(to + 48, h->envelope_sum, 8);
	put(to + 56, h->message_sum, 8);
	put(to + HEADER_SUM_AT,
	    checksum64((struct span){ to, HEADER_SUM_AT }), 8);
}

static bool
sizes_add_up(const struct queue_header *h, uint64_t file_size)
{
	uint64_t rest = (uint64_t)QUEUE_HEADER_SIZE + h->envelope_len +
	    h->recipients;

	return h->envelope_len <= QUEUE_ENVELOPE_MAX &&
	    h->recipients <= QUEUE_RECIPIENTS_MAX && file_size >= rest &&
	    h->message_len == file_size - rest;
}

int
queue_header_read(const char from[QUEUE_HEADER_SIZE], uint64_t file_size,
    struct queue_header *out)
{
	struct queue_header h = {
		.birth_us = get(from + 8, 8),
		.uid = (uint32_t)get(from + 16, 4),
		.pid = (uint32_t)get(from + 20, 4),
		.message_len = get(from + 24, 8),
		.envelope_len = (uint32_t)get(from + 32, 4),
		.recipients = (uint32_t)get(from + 36, 4),
		.flags = (uint32_t)get(from + 40, 4),
		.envelope_sum = get(from + 48, 8),
		.message_sum = get(from + 56, 8),
	};
	uint64_t sum = checksum64((struct span){ from, HEADER_SUM_AT });

	if (memcmp(from, magic, sizeof magic) != 0 ||
	    get(from + HEADER_SUM_AT, 8) != sum ||
	    !sizes_add_up(&h, file_size)) {
		errno = EPROTO;
		return -1;
	}
	*out = h;
	return 0;
}

uint64_t
queue_envelope_offset(const struct queue_header *h)
{
	return QUEUE_HEADER_SIZE + h->message_len;
}

uint64_t
queue_states_offset(const struct queue_header *h)
{
	return queue_envelope_offset(h) + h->envelope_len;
}

bool
queue_id_ok(struct span s)
{
	if (s.len != QUEUE_ID_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_digit(s.p[i]))
			return false;
	return true;
}

void
queue_id_write(uint64_t us, char to[QUEUE_ID_LEN + 1])
{
	for (int i = QUEUE_ID_LEN - 1; i >= 0; i--, us /= 10)
		to[i] = (char)('0' + us % 10);
	to[QUEUE_ID_LEN] = '\0';
}

static const struct {
	uint32_t queue;
	unsigned work;
} flags_of[] = {
	{ QUEUE_8BITMIME, WORK_8BITMIME }, { QUEUE_7BIT, WORK_7BIT },
	{ QUEUE_SMTPUTF8, WORK_SMTPUTF8 },
	{ QUEUE_REQUIRETLS, WORK_REQUIRETLS },
	{ QUEUE_RET_FULL, WORK_RET_FULL }, { QUEUE_RET_HDRS, WORK_RET_HDRS },
};

unsigned
queue_flags_to_work(uint32_t flags)
{
	unsigned work = 0;

	for (size_t i = 0; i < sizeof flags_of / sizeof *flags_of; i++)
		if (flags & flags_of[i].queue)
			work |= flags_of[i].work;
	return work;
}

uint32_t
queue_flags_of_work(unsigned work)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof flags_of / sizeof *flags_of; i++)
		if (work & flags_of[i].work)
			flags |= flags_of[i].queue;
	return flags;
}

/* ---- what one record says ---- */

static enum queue_record
take_address(struct span value, struct span *out)
{
	if (value.len > QUEUE_ADDRESS_MAX)
		return QUEUE_RECORD_LONG;
	*out = value;
	return QUEUE_RECORD_OK;
}

static enum queue_record
take_value(struct span value, size_t max, struct span *out)
{
	if (value.len == 0 || value.len > max || out->len > 0)
		return QUEUE_RECORD_BAD;
	*out = value;
	return QUEUE_RECORD_OK;
}

/* Sets flag, which excludes the flags of never. */
static enum queue_record
take_flag(uint32_t *flags, bool known, uint32_t flag, uint32_t never)
{
	if (!known || *flags & (flag | never))
		return QUEUE_RECORD_BAD;
	*flags |= flag;
	return QUEUE_RECORD_OK;
}

enum queue_record
queue_sender_record(struct span record, struct queue_sender *s)
{
	struct span value = span_tail(record, 1);

	switch (record.len > 0 ? record.p[0] : '\0') {
	case 'F':
		return take_address(value, &s->address);
	case 'B':
		if (span_is(value, "7BIT"))
			return take_flag(&s->flags, true, QUEUE_7BIT,
			    QUEUE_8BITMIME);
		return take_flag(&s->flags, span_is(value, "8BITMIME"),
		    QUEUE_8BITMIME, QUEUE_7BIT);
	case 'U':
		return take_flag(&s->flags, value.len == 0, QUEUE_SMTPUTF8, 0);
	case 'Q':
		return take_flag(&s->flags, value.len == 0, QUEUE_REQUIRETLS,
		    0);
	case 'R':
		if (span_is(value, "FULL"))
			return take_flag(&s->flags, true, QUEUE_RET_FULL,
			    QUEUE_RET_HDRS);
		return take_flag(&s->flags, span_is(value, "HDRS"),
		    QUEUE_RET_HDRS, QUEUE_RET_FULL);
	case 'E':
		return take_value(value, QUEUE_ENVID_MAX, &s->envid);
	}
	return QUEUE_RECORD_BAD;
}

enum queue_record
queue_recipient_record(struct span record, struct queue_recipient *r)
{
	struct span value = span_tail(record, 1);

	switch (record.len > 0 ? record.p[0] : '\0') {
	case 'T':
		return take_address(value, &r->address);
	case 'N':
		if (r->notify != 0 ||
		    dsn_notify_parse(value, &r->notify) == -1)
			return QUEUE_RECORD_BAD;
		return QUEUE_RECORD_OK;
	case 'O':
		return take_value(value, QUEUE_ORCPT_MAX, &r->orcpt);
	}
	return QUEUE_RECORD_BAD;
}

/* ---- records off the front of an envelope ---- */

/* Takes one record without its NUL; false when there is no NUL. */
static bool
take_record(struct span *in, struct span *record)
{
	size_t end = span_find(*in, '\0');

	if (end == in->len)
		return false;
	*record = span_head(*in, end);
	*in = span_tail(*in, end + 1);
	return true;
}

enum parse
queue_sender_take(struct span *envelope, struct queue_sender *out)
{
	struct span rest = *envelope;
	struct span record;
	struct queue_sender s = { .flags = 0 };

	if (rest.len > 0 && rest.p[0] != 'F')
		return PARSE_BAD;
	for (bool first = true;; first = false) {
		struct span before = rest;

		if (!take_record(&rest, &record))
			return PARSE_MORE;
		if (!first && (record.len == 0 || record.p[0] == 'T')) {
			*envelope = before;
			*out = s;
			return PARSE_OK;
		}
		if (!first && record.p[0] == 'F')
			return PARSE_BAD;
		if (queue_sender_record(record, &s) != QUEUE_RECORD_OK)
			return PARSE_BAD;
	}
}

/* The records about a recipient that stand behind its T. */
static bool
take_attributes(struct span *in, struct queue_recipient *r)
{
	while (in->len > 0 && (in->p[0] == 'N' || in->p[0] == 'O')) {
		struct span record;

		if (!take_record(in, &record) ||
		    queue_recipient_record(record, r) != QUEUE_RECORD_OK)
			return false;
	}
	return true;
}

int
queue_recipient_take(struct span *envelope, size_t *base,
    struct queue_recipient *out)
{
	struct span rest = *envelope;
	struct span record;
	struct queue_recipient r = { .at = *base };

	if (!take_record(&rest, &record) ||
	    (record.len > 0 && (record.p[0] != 'T' ||
	    queue_recipient_record(record, &r) != QUEUE_RECORD_OK ||
	    !take_attributes(&rest, &r))))
		return -1;
	*base += envelope->len - rest.len;
	*envelope = rest;
	if (record.len > 0)
		*out = r;
	return record.len > 0;
}

/* ---- the writers ---- */

static void
write_record(struct buf *to, char letter, struct span value)
{
	if (span_find(value, '\0') < value.len && to->err == 0)
		to->err = EINVAL;
	buf_char(to, letter);
	buf_span(to, value);
	buf_char(to, '\0');
}

void
queue_sender_write(struct buf *to, const struct queue_sender *s)
{
	write_record(to, 'F', s->address);
	if (s->flags & QUEUE_7BIT)
		write_record(to, 'B', SPAN("7BIT"));
	else if (s->flags & QUEUE_8BITMIME)
		write_record(to, 'B', SPAN("8BITMIME"));
	if (s->flags & QUEUE_SMTPUTF8)
		write_record(to, 'U', SPAN(""));
	if (s->flags & QUEUE_REQUIRETLS)
		write_record(to, 'Q', SPAN(""));
	if (s->flags & QUEUE_RET_FULL)
		write_record(to, 'R', SPAN("FULL"));
	else if (s->flags & QUEUE_RET_HDRS)
		write_record(to, 'R', SPAN("HDRS"));
	if (s->envid.len > 0)
		write_record(to, 'E', s->envid);
}

void
queue_recipient_write(struct buf *to, const struct queue_recipient *r)
{
	write_record(to, 'T', r->address);
	if (r->notify != 0) {
		buf_char(to, 'N');
		dsn_notify_write(to, r->notify);
		buf_char(to, '\0');
	}
	if (r->orcpt.len > 0)
		write_record(to, 'O', r->orcpt);
}

void
queue_end_write(struct buf *to)
{
	buf_char(to, '\0');
}
