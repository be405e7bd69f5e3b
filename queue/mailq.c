/*
 * Listing the queue. Names are collected and sorted first, since an ID is the
 * time of arrival; then each message is opened, told, and closed.
 */
#include "queue/mailq.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mail/date.h"
#include "lib/mail/utf8.h"
#include "lib/os/become.h"
#include "lib/os/order.h"
#include "queue/note.h"
#include "queue/store.h"

enum { IDS_MAX = 64 << 20 };	/* bytes of all IDs */

struct name {
	char id[QUEUE_ID_LEN + 1];
	bool in_cur;
};

struct mailq {
	struct out *out;
	bool json;
	int dirs[2];		/* new/ and cur/; or -1, and */
	int control;		/* postern-send, who shows what is ours */
	struct buf names;	/* of struct name */
	struct buf envelope, states;
	struct note note;
	uint64_t count, bytes;
};

/* ---- which messages there are ---- */

static void
add_name(struct mailq *q, const char *id, bool in_cur)
{
	struct name n = { .in_cur = in_cur };

	memcpy(n.id, id, QUEUE_ID_LEN);
	buf_add(&q->names, &n, sizeof n);
}

static int
collect(struct mailq *q, int dir, bool in_cur)
{
	struct store_list l;
	struct store_entry e;
	int r;

	if (store_list_open(&l, dir) == -1)
		return -1;
	while ((r = store_list_next(&l, &e)) == 1)
		if (e.kind == STORE_MESSAGE)
			add_name(q, e.name, in_cur);
	store_list_close(&l);
	return r;
}

/* The names of what we injected. 0; -1 with errno. */
static int
collect_own(struct mailq *q)
{
	uint64_t place = 0;

	do {
		struct span ids;

		if (order_own(q->control, &place, &ids) == -1)
			return -1;
		while (ids.len > 0) {
			struct span id = span_cut(&ids, '\n');

			if (queue_id_ok(id))
				add_name(q, id.p, false);
		}
	} while (place != 0 && q->names.err == 0);
	return 0;
}

/* By ID; of the same ID in both places, the one in cur/ first. */
static int
compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int d = memcmp(x->id, y->id, QUEUE_ID_LEN);

	return d != 0 ? d : (int)y->in_cur - (int)x->in_cur;
}

/* ---- strangers' words ---- */

/* U+0080 to U+009F: some terminals obey these, too. */
static bool
is_c1(struct span s)
{
	return s.len >= 2 && (unsigned char)s.p[0] == 0xc2 &&
	    (unsigned char)s.p[1] < 0xa0;
}

/* Bytes that a terminal or a parser might obey become "?". */
static void
out_harmless(struct mailq *q, struct span s)
{
	bool utf8 = utf8_ok(s);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (utf8 && is_c1(span_tail(s, i)))
			i++, c = '\0';
		out_add(q->out, c < ' ' || c == 127 || (c > 127 && !utf8) ?
		    "?" : s.p + i, 1);
	}
}

static void
out_json(struct mailq *q, struct span s)
{
	bool utf8 = utf8_ok(s);
	char escape[8];

	out_str(q->out, "\"");
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= ' ' && c != '"' && c != '\\' && c != 127 &&
		    (c < 127 || utf8)) {
			out_add(q->out, s.p + i, 1);
			continue;
		}
		snprintf(escape, sizeof escape, "\\u%04x", c);
		out_str(q->out, escape);
	}
	out_str(q->out, "\"");
}

/* ---- as text ---- */

static void
text_head(struct mailq *q, const struct name *n, const struct queue_header *h,
    struct span sender)
{
	char room[DATE_ROOM], line[128];
	struct span date = date_write_ctime(h->birth_us / 1000000, room);

	snprintf(line, sizeof line, "%s%c %8llu %.19s  ", n->id,
	    q->note.held ? '!' : ' ', (unsigned long long)h->message_len,
	    date.p);
	out_str(q->out, line);
	if (sender.len == 0)
		out_str(q->out, "MAILER-DAEMON");
	else
		out_harmless(q, sender);
	out_str(q->out, "\n");
}

static void
text_recipient(struct mailq *q, size_t index, struct span address)
{
	struct span reason = note_reason(&q->note, index);

	if (reason.len > 0) {
		out_str(q->out, "(");
		out_harmless(q, reason);
		out_str(q->out, ")\n");
	}
	out_str(q->out, "                                         ");
	out_harmless(q, address);
	out_str(q->out, "\n");
}

/* ---- as JSON ---- */

static void
json_head(struct mailq *q, const struct name *n, const struct queue_header *h,
    struct span sender)
{
	out_str(q->out, "{\"queue_name\": ");
	out_str(q->out, q->note.held ? "\"hold\"" : n->in_cur ? "\"deferred\"" :
	    "\"incoming\"");
	out_str(q->out, ", \"queue_id\": ");
	out_json(q, span_str(n->id));
	out_str(q->out, ", \"arrival_time\": ");
	out_num(q->out, h->birth_us / 1000000);
	out_str(q->out, ", \"message_size\": ");
	out_num(q->out, h->message_len);
	out_str(q->out, ", \"forced_expire\": false, \"sender\": ");
	out_json(q, sender);
	out_str(q->out, ", \"recipients\": [");
}

static void
json_recipient(struct mailq *q, size_t index, struct span address)
{
	struct span reason = note_reason(&q->note, index);

	out_str(q->out, "{\"address\": ");
	out_json(q, address);
	if (reason.len > 0) {
		out_str(q->out, ", \"delay_reason\": ");
		out_json(q, reason);
	}
	out_str(q->out, "}");
}

/* ---- one message ---- */

static bool
is_waiting(struct mailq *q, size_t index)
{
	unsigned char state = index < q->states.len ?
	    (unsigned char)q->states.p[index] : 0;

	return (state & ~QUEUE_DELAY_TOLD) == QUEUE_PENDING;
}

static void
tell_recipients(struct mailq *q, struct span rest)
{
	struct queue_recipient r;
	size_t base = 0;
	bool first = true;

	for (size_t i = 0; queue_recipient_take(&rest, &base, &r) == 1; i++) {
		if (!is_waiting(q, i))
			continue;
		if (q->json && !first)
			out_str(q->out, ", ");
		first = false;
		if (q->json)
			json_recipient(q, i, r.address);
		else
			text_recipient(q, i, r.address);
	}
	out_str(q->out, q->json ? "]}\n" : "\n");
}

static bool
be_shown(struct mailq *q, struct name *n, struct stored *s)
{
	int fds[2];

	if (order_show(q->control, span_str(n->id), fds, &n->in_cur) == -1 ||
	    fds[0] == -1)
		return false;
	note_read(&q->note, fds[1]);
	return store_adopt(fds[0], s) == STORE_OK;
}

static int
open_note(struct mailq *q, const struct name *n)
{
	char name[QUEUE_ID_LEN + 6];

	if (!n->in_cur)
		return -1;
	snprintf(name, sizeof name, "%s.note", n->id);
	return openat(q->dirs[1], name, O_RDONLY | QUEUE_FILE);
}

/* And reads its note. False: it was delivered meanwhile, or is unsound. */
static bool
open_message(struct mailq *q, struct name *n, struct stored *s)
{
	if (q->control != -1)
		return be_shown(q, n, s);
	if (store_find(q->dirs[n->in_cur], n->id, s) != STORE_OK)
		return false;
	note_read(&q->note, open_note(q, n));
	return true;
}

static void
tell(struct mailq *q, struct name *n)
{
	struct queue_sender sender;
	struct stored s;
	struct span rest;

	if (!open_message(q, n, &s))
		return;
	if (store_read_envelope(&s, &q->envelope) == 0 &&
	    store_read_states(&s, &q->states) == 0 &&
	    buf_get(&q->envelope, &rest) == 0 &&
	    queue_sender_take(&rest, &sender) == PARSE_OK) {
		if (q->count++ == 0 && !q->json)
			out_str(q->out, "-Queue ID-------- --Size-- ---Arrival "
			    "Time---- --Sender/Recipient------\n");
		q->bytes += s.header.message_len;
		(q->json ? json_head : text_head)(q, n, &s.header,
		    sender.address);
		tell_recipients(q, rest);
	}
	close(s.fd);
}

static void
tell_all(struct mailq *q)
{
	struct name *names = (struct name *)(void *)q->names.p;
	size_t count = q->names.len / sizeof *names;
	char line[80];

	if (count > 0)
		qsort(names, count, sizeof *names, compare_names);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || memcmp(names[i].id, names[i - 1].id,
		    QUEUE_ID_LEN) != 0)
			tell(q, &names[i]);
	if (q->json)
		return;
	if (q->count == 0) {
		out_str(q->out, "Mail queue is empty\n");
		return;
	}
	snprintf(line, sizeof line, "-- %llu Kbytes in %llu Request%s.\n",
	    (unsigned long long)((q->bytes + 1023) / 1024),
	    (unsigned long long)q->count, q->count == 1 ? "" : "s");
	out_str(q->out, line);
}

static void
close_dirs(struct mailq *q)
{
	int err = errno;

	for (int i = 0; i < 2; i++)
		if (q->dirs[i] != -1)
			close(q->dirs[i]);
	errno = err;
}

/* Envelopes are strangers' words: root reads them as the queue's owner. */
static int
lose_root(int cur)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(cur, &st) == -1)
		return -1;
	return st.st_uid == 0 ? 0 : become_user((uint32_t)st.st_uid,
	    (uint32_t)st.st_gid, NULL, 0);
}

static void
begin(struct mailq *q, struct out *out, bool json)
{
	*q = (struct mailq){ .out = out, .json = json, .dirs = { -1, -1 },
	    .control = -1 };
	buf_init(&q->names, IDS_MAX);
	buf_init(&q->envelope, QUEUE_ENVELOPE_MAX);
	buf_init(&q->states, QUEUE_RECIPIENTS_MAX);
	note_init(&q->note);
}

static void
end(struct mailq *q)
{
	buf_free(&q->names);
	buf_free(&q->envelope);
	buf_free(&q->states);
	note_free(&q->note);
}

int
mailq(struct out *out, bool json)
{
	struct mailq q;
	struct span ignored;
	int r = -1;

	begin(&q, out, json);
	if ((q.dirs[0] = store_dir("new")) != -1 &&
	    (q.dirs[1] = store_dir("cur")) != -1 &&
	    lose_root(q.dirs[1]) == 0 &&
	    collect(&q, q.dirs[1], true) == 0 &&
	    collect(&q, q.dirs[0], false) == 0 &&
	    buf_get(&q.names, &ignored) == 0) {
		tell_all(&q);
		r = out_flush(out);
	}
	close_dirs(&q);
	end(&q);
	return r;
}

int
mailq_own(struct out *out, bool json, uint64_t *own, uint64_t *all)
{
	struct mailq q;
	struct span ignored;
	int r = -1;

	begin(&q, out, json);
	q.control = order_connect();
	if (q.control != -1 && order_count(q.control, all) == 0 &&
	    collect_own(&q) == 0 && buf_get(&q.names, &ignored) == 0) {
		if (q.names.len > 0 || *all == 0)
			tell_all(&q);
		*own = q.count;
		r = out_flush(out);
	}
	if (q.control != -1)
		close(q.control);
	end(&q);
	return r;
}
