/*
 * Identifiers of messages that an earlier server handed out, so that clients do
 * not fetch everything again. Dovecot's dovecot-uidlist (version 3):
 *
 *	3 V1275660208 N25022 G...
 *	25006 W2345 P2001 :1276528487.M364837P9451.host,S=1355,W=1394
 *
 * where P is an identifier of a server before it; without one the identifier
 * is UID and UIDVALIDITY in hexadecimal, Dovecot's default. Courier's
 * courierpop3dsizelist (versions 2 and 3):
 *
 *	/3 NEXTUID UIDVALIDITY
 *	1276528487.M364837P9451.host:2,S 1394 17:1275660208:0
 *
 * where the identifier is UID17-1275660208, or UID17 when the last is 0. Sizes
 * are not taken over: they are counted otherwise there.
 */
#include "lib/base/num.h"
#include "lib/maildir/index.h"
#include "lib/maildir/names.h"

/*
 * Identifiers made here are written behind the file in x->text. All the room
 * for them is reserved first, since afterwards the bytes must not move.
 */
static bool
reserve(struct maildir_index *x)
{
	struct span text = buf_peek(&x->text);
	size_t lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	return lines < MAILDIR_INDEX_MAX / MAILDIR_UIDL_MAX &&
	    buf_reserve(&x->text, lines * MAILDIR_UIDL_MAX) != NULL;
}

static struct span
made(struct maildir_index *x, size_t from)
{
	return span_tail(buf_peek(&x->text), from);
}

static int
dovecot_line(struct maildir_index *x, struct span line, uint64_t validity)
{
	struct maildir_note n = { .wire_size = MAILDIR_SIZE_UNKNOWN };
	uint64_t uid;

	if (num_take(&line, UINT32_MAX, &uid) != PARSE_OK)
		return 0;
	while (line.len > 0 && line.p[0] != ':') {
		struct span word = span_cut(&line, ' ');

		if (span_starts(word, SPAN("P")))
			n.uidl = span_tail(word, 1);
	}
	n.base = maildir_name_base(span_tail(line, 1));
	if (n.base.len == 0)
		return 0;
	if (!maildir_uidl_ok(n.uidl)) {
		size_t from = x->text.len;

		buf_fmt(&x->text, "%08x%08x", (unsigned)uid,
		    (unsigned)validity);
		n.uidl = made(x, from);
	}
	return maildir_index_add(x, &n);
}

bool
maildir_import_dovecot(struct maildir_index *x)
{
	struct span text;
	struct span head;
	uint64_t validity = 0;

	if (!reserve(x))
		return false;
	text = buf_peek(&x->text);
	head = span_cut(&text, '\n');
	if (!span_starts(head, SPAN("3 ")))
		return false;
	while (head.len > 0) {
		struct span word = span_cut(&head, ' ');

		if (span_starts(word, SPAN("V")) &&
		    num_parse(span_tail(word, 1), UINT32_MAX, &validity) == -1)
			return false;
	}
	while (text.len > 0)
		if (dovecot_line(x, span_cut(&text, '\n'), validity) == -1)
			return false;
	maildir_index_sort(x);
	return true;
}

static int
courier_line(struct maildir_index *x, struct span line)
{
	struct maildir_note n = { .wire_size = MAILDIR_SIZE_UNKNOWN };
	size_t space = span_rfind(line, ' ');
	struct span ids = span_tail(line, space + 1);
	size_t from = x->text.len;
	uint64_t uid;
	uint64_t validity = 0;

	line = span_head(line, space);
	line = span_head(line, span_rfind(line, ' '));	/* without the size */
	n.base = maildir_name_base(line);
	if (n.base.len == 0 || num_take(&ids, UINT32_MAX, &uid) != PARSE_OK ||
	    uid == 0)
		return 0;
	if (ids.len > 0 && ids.p[0] == ':') {
		ids = span_tail(ids, 1);
		if (num_take(&ids, UINT32_MAX, &validity) != PARSE_OK)
			return 0;
	}
	buf_fmt(&x->text, "UID%u", (unsigned)uid);
	if (validity > 0)
		buf_fmt(&x->text, "-%u", (unsigned)validity);
	n.uidl = made(x, from);
	return maildir_index_add(x, &n);
}

bool
maildir_import_courier(struct maildir_index *x)
{
	struct span text;
	struct span head;

	if (!reserve(x))
		return false;
	text = buf_peek(&x->text);
	head = span_cut(&text, '\n');
	if (!span_starts(head, SPAN("/3 ")) && !span_starts(head, SPAN("/2 ")))
		return false;
	while (text.len > 0)
		if (courier_line(x, span_cut(&text, '\n')) == -1)
			return false;
	maildir_index_sort(x);
	return true;
}
