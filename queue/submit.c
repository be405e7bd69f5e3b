/* A message from a local program, from descriptor 0 into the queue. */
#include "queue/submit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mail/date.h"
#include "lib/mail/header.h"
#include "lib/mail/utf8.h"
#include "lib/mail/verp.h"
#include "lib/os/control.h"

enum { LISTS_MAX = 1 << 20 };	/* bytes of $QMAILMFTFILE */

static enum submit_result fail(struct submission *s, enum submit_result r,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static enum submit_result
fail(struct submission *s, enum submit_result r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof s->why, fmt, ap);
	va_end(ap);
	return r;
}

void
submission_init(struct submission *s, unsigned reader_how)
{
	memset(&s->how, 0, sizeof s->how);
	memset(&s->sender, 0, sizeof s->sender);
	memset(&s->composed, 0, sizeof s->composed);
	s->notify = 0;
	s->sender_given = s->verp_each = s->verp_message = false;
	s->verp_any = false;
	s->add_header_recipients = s->want_full_name = false;
	s->use_return_path = true;
	s->why[0] = '\0';
	buf_init(&s->recipients, COMPOSE_RECIPIENTS_MAX);
	buf_init(&s->sender_address, 4 * AUTHOR_NAME_MAX);
	buf_init(&s->from_address, 4 * AUTHOR_NAME_MAX);
	buf_init(&s->lists, LISTS_MAX);
	reader_init(&s->reader, 0, reader_how);
}

/* A line for each mailing list that the user reads. */
static enum submit_result
load_lists(struct submission *s)
{
	const char *file = getenv("QMAILMFTFILE");
	struct span lists;

	if (file == NULL || *file == '\0')
		return SUBMIT_OK;
	if (control_list(AT_FDCWD, file, &s->lists) == -1 ||
	    buf_get(&s->lists, &lists) == -1)
		return fail(s, SUBMIT_TROUBLE, "cannot read %s: %s", file,
		    strerror(errno));
	s->how.lists = lists;
	return SUBMIT_OK;
}

/* Date, and a Message-ID that no other message has. */
static void
make_stamps(struct submission *s)
{
	uint64_t us = clock_wall_us();
	struct span idhost = buf_peek(&s->author.idhost);
	char room[DATE_ROOM];
	struct span date = date_write_utc(us / 1000000, room);
	struct date d;

	date_from_seconds((int64_t)(us / 1000000), &d);
	memcpy(s->date, date.p, date.len);
	s->how.date = (struct span){ s->date, date.len };
	snprintf(s->message_id, sizeof s->message_id,
	    "%04u%02u%02u%02u%02u%02u.%06u.%u.postern@%.*s",
	    (unsigned)d.year, d.month, d.day, d.hour, d.minute, d.second,
	    (unsigned)(us % 1000000), (unsigned)getpid(),
	    (int)(idhost.len < 255 ? idhost.len : 255), idhost.p);
	s->how.message_id = span_str(s->message_id);
}

enum submit_result
submission_load(struct submission *s)
{
	const char *what = "";

	if (author_load(&s->author, &what) == -1)
		return fail(s, SUBMIT_TROUBLE, "cannot read %s: %s", what,
		    strerror(errno));
	s->how.hosts = s->author.hosts;
	s->how.name = s->author.name;
	author_address(&s->author, &s->from_address);
	if (buf_get(&s->from_address, &s->how.from) == -1)
		return fail(s, SUBMIT_TROUBLE, "%s", strerror(errno));
	make_stamps(s);
	return load_lists(s);
}

void
submission_letters(struct submission *s, const char *letters)
{
	for (; *letters != '\0'; letters++)
		switch (*letters) {
		case 'c':
			s->how.comment_style = true;
			break;
		case 's':
			s->use_return_path = false;
			break;
		case 'f':
			s->how.delete_from = true;
			break;
		case 'i':
			s->how.delete_message_id = true;
			break;
		case 'r':
			s->verp_each = true;
			break;
		case 'm':
			s->verp_message = true;
			break;
		}
}

void
submission_set_sender(struct submission *s, struct span address)
{
	s->sender_given = true;
	buf_reset(&s->sender_address);
	if (span_is(address, "#@[]") || verp_asked(address))
		buf_span(&s->sender_address, address);
	else
		address_complete(&s->sender_address, address, &s->how.hosts);
}

void
submission_add(struct submission *s, struct span address)
{
	size_t before = s->recipients.len;

	address_complete(&s->recipients, address, &s->how.hosts);
	if (s->recipients.len > before)
		buf_char(&s->recipients, '\0');
}

/* Something went into no buf: it is too long for good, or memory lacks. */
static enum submit_result
no_room(struct submission *s, const char *what)
{
	if (errno == EMSGSIZE)
		return fail(s, SUBMIT_BAD, "%s too long", what);
	return fail(s, SUBMIT_TROUBLE, "%s: %s", what, strerror(errno));
}

static void
ask_verp(struct buf *sender)
{
	struct buf asking;
	struct span plain;

	if (buf_get(sender, &plain) == -1)
		return;
	buf_init(&asking, sender->max);
	verp_ask(&asking, plain);
	buf_free(sender);
	*sender = asking;
}

/* Return-Path, else the author, changed as $QMAILINJECT asks. */
static enum submit_result
decide_sender(struct submission *s)
{
	char stamp[64] = "";

	if (s->verp_message)
		snprintf(stamp, sizeof stamp, "%llu.%u",
		    (unsigned long long)(clock_wall_us() / 1000000),
		    (unsigned)getpid());
	if (!s->sender_given && s->use_return_path &&
	    s->composed.has_return_path)
		buf_span(&s->sender_address,
		    buf_peek(&s->composed.return_path));
	else if (!s->sender_given)
		author_sender(&s->author, span_str(stamp), s->verp_each,
		    &s->sender_address);
	if (s->verp_any)
		ask_verp(&s->sender_address);
	if (buf_get(&s->sender_address, &s->sender.address) == -1)
		return no_room(s, "sender");
	return SUBMIT_OK;
}

/* Limits, and SMTPUTF8 where an address cannot do without it. */
static enum submit_result
check_address(struct submission *s, struct span address)
{
	if (address.len > QUEUE_ADDRESS_MAX)
		return fail(s, SUBMIT_BAD, "address too long: %.60s...",
		    address.p);
	if (!ascii_ok(address) && utf8_ok(address))
		s->sender.flags |= QUEUE_SMTPUTF8;
	return SUBMIT_OK;
}

static enum submit_result
decide_recipients(struct submission *s)
{
	const struct buf *found = s->composed.resent ?
	    &s->composed.resent_recipients : &s->composed.recipients;
	enum submit_result r = check_address(s, s->sender.address);
	size_t count = 0;
	struct span all;

	if (s->add_header_recipients)
		buf_span(&s->recipients, buf_peek(found));
	if (buf_get(&s->recipients, &all) == -1)
		return no_room(s, "list of recipients");
	for (; r == SUBMIT_OK && all.len > 0; count++)
		r = check_address(s, span_cut(&all, '\0'));
	if (count > QUEUE_RECIPIENTS_MAX)
		return fail(s, SUBMIT_BAD, "more than %d recipients",
		    QUEUE_RECIPIENTS_MAX);
	return r;
}

static enum submit_result
bad_header(struct submission *s)
{
	struct span bad = s->composed.bad;

	while (bad.len > 0 && bad.p[bad.len - 1] == '\n')
		bad.len--;
	if (bad.len > 0 && errno != ENOMEM)
		return fail(s, SUBMIT_BAD, "cannot understand: %.*s",
		    (int)(bad.len < 200 ? bad.len : 200), bad.p);
	if (s->composed.recipients.err != 0 ||
	    s->composed.resent_recipients.err != 0)
		return no_room(s, "list of recipients");
	if (errno == EINVAL)
		return fail(s, SUBMIT_BAD, "header: %s", strerror(errno));
	return no_room(s, "completed header");
}

/* May a From have to be added? */
static bool
lacks_author(const struct submission *s, struct span header)
{
	struct header_field f;
	bool from = false;

	while (header_take(&header, &f) == 1) {
		if (span_case_starts(f.name, SPAN("Resent-")))
			return true;
		from = from || header_known(f.name) == HEADER_FROM;
	}
	return !from || s->how.delete_from;
}

/* /etc/passwd may be large: it is read for those who need it. */
static enum submit_result
find_full_name(struct submission *s, struct span header)
{
	if (!s->want_full_name || s->how.name.len > 0 ||
	    !lacks_author(s, header))
		return SUBMIT_OK;
	if (author_full_name(&s->author) == -1)
		return fail(s, SUBMIT_TROUBLE, "cannot read /etc/passwd: %s",
		    strerror(errno));
	s->how.name = buf_peek(&s->author.full_name);
	return SUBMIT_OK;
}

enum submit_result
submission_read(struct submission *s)
{
	enum submit_result r;
	struct span header;

	if (reader_header(&s->reader, &header) == -1) {
		if (errno == EMSGSIZE)
			return fail(s, SUBMIT_BAD, "header over %d bytes",
			    READER_HEADER_MAX);
		return fail(s, SUBMIT_TROUBLE, "cannot read the message: %s",
		    strerror(errno));
	}
	if ((r = find_full_name(s, header)) != SUBMIT_OK)
		return r;
	s->how.need_recipients = s->add_header_recipients;
	if (compose(&s->how, header, &s->composed) == -1)
		return bad_header(s);
	r = decide_sender(s);
	return r == SUBMIT_OK ? decide_recipients(s) : r;
}

/* ---- out ---- */

typedef void sink(void *to, const void *p, size_t len);

static void
to_out(void *to, const void *p, size_t len)
{
	out_add(to, p, len);
}

static void
to_injector(void *to, const void *p, size_t len)
{
	injector_data(to, p, len);
}

/* The whole message to a sink. */
static enum submit_result
pour(struct submission *s, sink *put, void *to)
{
	struct span header = buf_peek(&s->composed.header);
	bool separated = s->reader.empty_line;
	struct span part;
	int r;

	s->eight_bit = !ascii_ok(header);
	put(to, header.p, header.len);
	if (separated)
		put(to, "\n", 1);
	while ((r = reader_body(&s->reader, &part)) == 1) {
		if (!separated && part.len > 0) {
			put(to, "\n", 1);
			separated = true;
		}
		put(to, part.p, part.len);
		s->eight_bit = s->eight_bit || !ascii_ok(part);
	}
	if (r == -1)
		return fail(s, SUBMIT_TROUBLE, "cannot read the message: %s",
		    strerror(errno));
	return SUBMIT_OK;
}

enum submit_result
submission_print(struct submission *s, struct out *out)
{
	enum submit_result r = pour(s, to_out, out);

	if (r == SUBMIT_OK && out_flush(out) == -1)
		return fail(s, SUBMIT_TROUBLE, "cannot write: %s",
		    strerror(errno));
	return r;
}

static void
write_envelope(struct submission *s)
{
	struct span all = buf_peek(&s->recipients);

	if (s->eight_bit && !(s->sender.flags & (QUEUE_7BIT | QUEUE_8BITMIME)))
		s->sender.flags |= QUEUE_8BITMIME;
	injector_envelope_begin(&s->injector);
	injector_sender(&s->injector, &s->sender);
	while (all.len > 0) {
		struct queue_recipient r = { .address = span_cut(&all, '\0'),
		    .notify = s->notify };

		injector_recipient(&s->injector, &r);
	}
}

enum submit_result
submission_queue(struct submission *s, struct injector_verdict *v)
{
	enum submit_result r;

	if (injector_spawn(&s->injector) == -1)
		return fail(s, SUBMIT_TROUBLE, "cannot start %s: %s",
		    "the injector", strerror(errno));
	r = pour(s, to_injector, &s->injector);
	if (r != SUBMIT_OK) {
		injector_abort(&s->injector);
		return r;
	}
	write_envelope(s);
	injector_commit(&s->injector, v);
	injector_close(&s->injector);
	return SUBMIT_OK;
}
