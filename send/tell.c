/*
 * Entries of report/ID count when the recipient's state says so: failures and
 * successes were flushed before it was marked, and a delay concerns those
 * still pending. Of several about one recipient the last one holds.
 */
#include "send/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/mail/utf8.h"
#include "lib/mail/verp.h"
#include "lib/os/die.h"
#include "lib/os/in.h"
#include "queue/launcher.h"
#include "send/bounce.h"
#include "send/qfile.h"

enum {
	PART_MAX = 256 << 20,		/* of the text, of the status */
	HEADER_MAX = 65536,		/* of the header that is returned */
	CHUNK = 65536,
	BOUNDARY_LEN = 32,
	NOTICE_MS = 5 * 60 * 1000,	/* for an injector to move, to answer */
};

/* One job of telling. */
struct teller {
	const struct flusher_ask *ask;
	struct span from, host, to, to_host, me;
	struct qfile *file;
	struct report_entry *entries;	/* sorted by recipient */
	size_t count;
	struct buf lines, texts;	/* what they point into */
	struct bounce bounce;
	uint64_t returned;		/* bytes of the message that go back */
	struct buf head, status, address;
	char boundary[BOUNDARY_LEN + 1];
	char id[QUEUE_ID_LEN + 1];
	struct flusher_answer *out;
};

/*
 * The second entrance, kept open from one to the next; or the administrator's
 * injector, started for each.
 */
static struct injector injector;
static bool connected;
static struct launcher launcher;

int
tell_prepare(void)
{
	bool plain;

	return injector_program(&plain) == NULL ? 0 :
	    launcher_open(&launcher, false);
}

/* ---- reading the report ---- */

static int
compare(const void *a, const void *b)
{
	const struct report_entry *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	/* Texts lie in the order of the file. */
	return x->text.p < y->text.p ? -1 : x->text.p > y->text.p;
}

static int
add_entry(struct teller *t, const struct report_entry *e, size_t *room)
{
	if (t->count == *room) {
		size_t more = *room == 0 ? 64 : *room * 2;
		void *p = realloc(t->entries, more * sizeof *t->entries);

		if (p == NULL)
			return -1;
		t->entries = p;
		*room = more;
	}
	t->entries[t->count++] = *e;
	return 0;
}

/* Texts are unescaped one by one: their places are found at the end. */
static int
read_entries(struct teller *t, int report)
{
	struct report_entry e;
	struct buf scratch;
	struct span lines;
	size_t room = 0;
	size_t at = 0;
	int r = 0;

	if (report == -1)
		return 0;
	if (report_read_part(report, t->ask->report_at, &t->lines,
	    &t->out->report_next) == -1)
		return -1;
	lines = buf_peek(&t->lines);
	buf_init(&scratch, REPORT_PART);
	while (r == 0 && report_entry_take(&lines, &scratch, &e)) {
		buf_span(&t->texts, e.text);
		buf_char(&t->texts, '\0');
		r = add_entry(t, &e, &room);
	}
	buf_free(&scratch);
	if (r == -1 || t->texts.err != 0)
		return -1;
	for (size_t i = 0; i < t->count; i++) {
		t->entries[i].text.p = t->texts.p + at;
		at += t->entries[i].text.len + 1;
	}
	if (t->count > 0)
		qsort(t->entries, t->count, sizeof *t->entries, compare);
	return 0;
}

/* Does the entry still hold for a recipient in that state? */
static bool
holds(const struct report_entry *e, unsigned char state)
{
	if (e->kind == REPORT_DELAY)
		return state == QUEUE_PENDING;
	return (state & ~QUEUE_DELAY_TOLD) == QUEUE_FAILED;
}

/* ---- composing ---- */

static void
choose_boundary(struct teller *t)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[BOUNDARY_LEN / 2];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		_exit(111);
	for (size_t i = 0; i < sizeof random; i++) {
		t->boundary[2 * i] = digits[random[i] >> 4];
		t->boundary[2 * i + 1] = digits[random[i] & 15];
	}
	t->bounce.boundary = (struct span){ t->boundary, BOUNDARY_LEN };
}

/*
 * Walks over the recipients that this kind tells of. How many there are; what
 * is to be said of them goes into head and status. -1 with errno.
 */
static int
walk(struct teller *t, enum bounce_kind kind, bool write)
{
	struct qfile_recipient r;
	size_t next = 0;
	int found, told = 0;

	qfile_seek(t->file, t->file->recipients_at, 0);
	while (next < t->count && (found = qfile_next(t->file, &r)) == 1) {
		const struct report_entry *last = NULL;
		struct told one;

		for (; next < t->count && t->entries[next].index <= r.index;
		    next++)
			if (t->entries[next].index == r.index &&
			    bounce_kind_of(&t->entries[next]) == kind)
				last = &t->entries[next];
		if (last == NULL || !holds(last, r.state))
			continue;
		told++;
		if (!ascii_ok(r.r.address))
			t->bounce.utf8 = true;
		if (!ascii_ok(last->text) && utf8_ok(last->text))
			t->bounce.eight_bit = true;
		if (!write)
			continue;
		one = (struct told){ r.r.address, r.r.orcpt, last };
		bounce_text(&t->head, &t->bounce, &one);
		bounce_status(&t->status, &t->bounce, &one);
	}
	return next < t->count && found == -1 ? -1 : told;
}

/* Where the header of the message ends; whether any of it is not ASCII. */
static int
scan_message(struct teller *t)
{
	const struct queue_header *h = &t->file->h;
	static char chunk[CHUNK];
	uint64_t at = 0, end = h->message_len, header_end = 0;
	bool line_start = true;

	if (!t->bounce.whole && end > HEADER_MAX)
		end = HEADER_MAX;
	while (at < end) {
		size_t want = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
		ssize_t n = pread_full(t->file->fd, chunk, want,
		    QUEUE_HEADER_SIZE + at);

		if (n <= 0)
			return -1;
		for (ssize_t i = 0; i < n; i++) {
			if (line_start && chunk[i] == '\n' && header_end == 0)
				header_end = at + (uint64_t)i + 1;
			line_start = chunk[i] == '\n';
			if (chunk[i] & 0x80 &&
			    (t->bounce.whole || header_end == 0))
				t->bounce.eight_bit = true;
		}
		at += (uint64_t)n;
	}
	if (t->bounce.whole)
		t->returned = h->message_len;
	else
		t->returned = header_end > 0 ? header_end - 1 : end;
	return 0;
}

/* All of what was sent comes back with failures, unless it is large. */
static void
decide_whole(struct teller *t, enum bounce_kind kind)
{
	const struct queue_header *h = &t->file->h;

	t->bounce.whole = kind == BOUNCE_FAILURE &&
	    !(h->flags & QUEUE_RET_HDRS) &&
	    h->message_len <= t->ask->bounce_max;
}

/*
 * Who is told: the sender; of a bounce that failed, the postmaster. false:
 * nobody.
 */
static bool
decide_recipient(struct teller *t)
{
	struct span sender = t->file->sender.address;
	struct bounce *b = &t->bounce;

	buf_reset(&t->address);
	b->twice = sender.len == 0;
	if (span_is(sender, "#@[]")) {
		t->out->discarded = 3;
		return false;
	}
	if (b->twice && t->to.len == 0) {
		t->out->discarded = 2;
		return false;
	}
	if (b->twice) {
		buf_span(&t->address, t->to);
		buf_char(&t->address, '@');
		buf_span(&t->address, t->to_host);
	} else {
		verp_base(&t->address, sender);
	}
	b->to = buf_peek(&t->address);
	return true;
}

static void
describe(struct teller *t, enum bounce_kind kind, struct buf *from)
{
	const struct queue_header *h = &t->file->h;
	struct bounce *b = &t->bounce;

	buf_span(from, t->from);
	buf_char(from, '@');
	buf_span(from, t->host);
	*b = (struct bounce){
		.kind = kind, .from = buf_peek(from), .me = t->me,
		.id = span_str(t->id), .sender = t->file->sender.address,
		.envid = t->file->sender.envid, .now_s = t->ask->now_s,
		.birth_s = h->birth_us / 1000000,
		.lifetime_s = t->ask->lifetime_s,
		.utf8 = (h->flags & QUEUE_SMTPUTF8) != 0,
	};
	choose_boundary(t);
}

/* ---- injecting ---- */

/* 0; -1 when it cannot be read any more. */
static int
inject_returned(struct teller *t)
{
	static char chunk[CHUNK];
	uint64_t at = 0;

	while (at < t->returned) {
		uint64_t left = t->returned - at;
		ssize_t n = pread_full(t->file->fd, chunk,
		    left < CHUNK ? (size_t)left : CHUNK,
		    QUEUE_HEADER_SIZE + at);

		if (n <= 0)
			return -1;
		injector_data(&injector, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

static void
inject_envelope(const struct teller *t)
{
	const struct bounce *b = &t->bounce;
	struct queue_sender sender = {
		.address = b->twice ? SPAN("#@[]") : SPAN(""),
		.flags = (b->utf8 ? QUEUE_SMTPUTF8 : 0) |
		    (b->eight_bit ? QUEUE_8BITMIME : 0),
	};
	struct queue_recipient recipient = { .address = b->to };

	injector_envelope_begin(&injector);
	injector_sender(&injector, &sender);
	injector_recipient(&injector, &recipient);
}

static void
refuse(struct flusher_answer *out, int code, const char *why)
{
	out->code = code;
	snprintf(out->text, sizeof out->text, "%s", why);
}

/* 0; -1: nothing takes a message now. */
static int
inject_begin(void)
{
	if (launcher.per_message && launcher.sock == -1)
		diex(111, "the launcher of injectors has died");
	if (launcher.per_message) {
		if (launcher_inject(&launcher, &injector) == -1)
			return -1;
	} else if (!connected || !injector_alive(&injector)) {
		if (connected)
			injector_close(&injector);
		connected = injector_connect(&injector) == 0;
		if (!connected)
			return -1;
	}
	injector_hurry(&injector, NOTICE_MS);	/* others wait behind it */
	return 0;
}

static void
inject(struct teller *t)
{
	struct injector_verdict v;

	if (inject_begin() == -1) {
		refuse(t->out, 71, launcher.per_message ?
		    "cannot start the injector" :
		    "cannot reach queue/injector");
		return;
	}
	injector_data(&injector, t->head.p, t->head.len);
	injector_data(&injector, t->status.p, t->status.len);
	if (inject_returned(t) == -1) {
		injector_abort(&injector);
		refuse(t->out, 54, "cannot read the message");
		return;
	}
	buf_reset(&t->head);
	bounce_end(&t->head, &t->bounce);
	injector_data(&injector, t->head.p, t->head.len);
	inject_envelope(t);
	injector_commit(&injector, &v);
	if (v.code != 0) {
		refuse(t->out, v.code, v.text);
		return;
	}
	t->out->qp[t->out->told++] = v.pid;
	t->out->kinds |= 1U << t->bounce.kind;
}

/* The report of one kind: composed and injected, if there is any. */
static void
tell_kind(struct teller *t, enum bounce_kind kind)
{
	struct buf from;
	int count;

	buf_init(&from, 4096);
	describe(t, kind, &from);
	decide_whole(t, kind);
	count = walk(t, kind, false);
	if (count == -1) {
		refuse(t->out, 54, "cannot read the message");
	} else if (count > 0 && decide_recipient(t)) {
		buf_reset(&t->head);
		buf_reset(&t->status);
		if (scan_message(t) == -1)
			refuse(t->out, 54, "cannot read the message");
		if (t->bounce.utf8)
			t->bounce.eight_bit = true;
		bounce_head(&t->head, &t->bounce);
		bounce_status_head(&t->status, &t->bounce);
		(void)walk(t, kind, true);
		bounce_returned(&t->status, &t->bounce);
		if (t->head.err != 0 || t->status.err != 0)
			refuse(t->out, 51, "out of memory");
		if (t->out->code == 0)
			inject(t);
	}
	buf_free(&from);
}

static void
tell_all(struct teller *t)
{
	/* A bounce or a double bounce is told of failures only. */
	bool failures_only = t->file->sender.address.len == 0 ||
	    span_is(t->file->sender.address, "#@[]");

	tell_kind(t, BOUNCE_FAILURE);
	if (!failures_only && t->out->code == 0)
		tell_kind(t, BOUNCE_DELAY);
	if (!failures_only && t->out->code == 0)
		tell_kind(t, BOUNCE_SUCCESS);
}

static struct span
name(struct span *names, uint32_t len)
{
	struct span s = span_head(*names, len);

	*names = span_tail(*names, len);
	return s;
}

void
tell(const struct flusher_ask *ask, struct span names, int message,
    int report, struct flusher_answer *out)
{
	static struct qfile file;
	struct teller t = { .ask = ask, .file = &file, .out = out };

	t.from = name(&names, ask->from_len);
	t.host = name(&names, ask->host_len);
	t.to = name(&names, ask->to_len);
	t.to_host = name(&names, ask->to_host_len);
	t.me = name(&names, ask->me_len);
	queue_id_write(ask->id, t.id);
	buf_init(&t.lines, REPORT_PART);
	buf_init(&t.texts, REPORT_PART);
	buf_init(&t.head, PART_MAX);
	buf_init(&t.status, PART_MAX);
	buf_init(&t.address, 4096);
	if (qfile_open_fd(&file, message) == -1)
		refuse(out, 54, "cannot read the message");
	else if (read_entries(&t, report) == -1)
		refuse(out, 51, "cannot read the report");
	else
		tell_all(&t);
	free(t.entries);
	buf_free(&t.lines);
	buf_free(&t.texts);
	buf_free(&t.head);
	buf_free(&t.status);
	buf_free(&t.address);
	free(file.room);
	file.room = NULL;
}
