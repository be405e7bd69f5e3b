/*
 * Bounces, in the words of two worlds. Everything that a stranger has said
 * (replies of servers, output of delivery programs, addresses) is cleaned: it
 * cannot end a paragraph, a field or a part.
 */
#include "send/bounce.h"

#include "lib/mail/date.h"
#include "lib/mail/dsn.h"
#include "lib/mail/path.h"
#include "lib/mail/utf8.h"

enum {
	LINE_MAX_LEN = 900,	/* RFC 5322 section 2.1.1: 998 */
	FIELD_MAX_LEN = 800,
};

enum bounce_kind
bounce_kind_of(const struct report_entry *e)
{
	if (e->kind == REPORT_FAILURE)
		return BOUNCE_FAILURE;
	return e->kind == REPORT_DELAY ? BOUNCE_DELAY : BOUNCE_SUCCESS;
}

/* ---- strangers' words ---- */

static bool
plain(char c)
{
	return (unsigned char)c >= ' ' && c != 127;
}

/* Bytes over 127 stay where 8-bit text may stand, if all of s is UTF-8. */
static void
clean(struct buf *to, struct span s, size_t max, bool eight_bit)
{
	bool keep = eight_bit && utf8_ok(s);

	s = span_head(s, max);
	for (size_t i = 0; i < s.len; i++)
		buf_char(to, !plain(s.p[i]) && s.p[i] != '\t' ? ' ' :
		    (s.p[i] & 0x80) && !keep ? '?' : s.p[i]);
}

/* One line of a reason; long ones are cut into several. */
static void
reason_line(struct buf *to, const struct bounce *b, struct span line)
{
	bool keep = b->eight_bit && utf8_ok(line);
	size_t column = 0;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.p[i];

		if (column >= LINE_MAX_LEN && (c & 0xc0) != 0x80) {
			buf_char(to, '\n');
			column = 0;
		}
		buf_char(to, !plain(c) && c != '\t' ? ' ' :
		    (c & 0x80) && !keep ? '?' : c);
		column++;
	}
	buf_char(to, '\n');
}

/* No empty line: that would end the paragraph (QSBMF). */
static void
reason(struct buf *to, const struct bounce *b, struct span text)
{
	bool any = false;

	text = span_head(text, REPORT_TEXT_MAX);
	while (text.len > 0) {
		struct span line = span_trim_end(span_cut(&text, '\n'));

		if (line.len == 0)
			continue;
		reason_line(to, b, line);
		any = true;
	}
	if (!any)
		buf_str(to, "No reason was given.\n");
}

static void
date(struct buf *to, uint64_t seconds)
{
	char room[DATE_ROOM];

	buf_span(to, date_write_zone(seconds, 0, room));
}

/* ---- the message and its text ---- */

static void
content_types(struct buf *to, const struct bounce *b)
{
	buf_str(to, "MIME-Version: 1.0\nAuto-Submitted: auto-replied\n"
	    "Content-Type: multipart/report; report-type=");
	buf_str(to, b->utf8 ? "global-delivery-status" : "delivery-status");
	buf_str(to, ";\n\tboundary=\"");
	buf_span(to, b->boundary);
	buf_str(to, "\"\n");
	if (b->eight_bit)
		buf_str(to, "Content-Transfer-Encoding: 8bit\n");
	buf_str(to, "\nThis is a report in MIME format.\n");
}

static void
part(struct buf *to, const struct bounce *b, const char *type, bool eight_bit)
{
	buf_str(to, "\n--");
	buf_span(to, b->boundary);
	buf_str(to, "\nContent-Type: ");
	buf_str(to, type);
	if (eight_bit)
		buf_str(to, "\nContent-Transfer-Encoding: 8bit");
	buf_str(to, "\n\n");
}

static void
header(struct buf *to, const struct bounce *b)
{
	static const char *const subjects[] = {
		"failure notice", "delay notice", "delivery notice"
	};

	buf_str(to, "Date: ");
	date(to, b->now_s);
	buf_str(to, "\nMessage-ID: <");
	buf_span(to, b->id);
	buf_char(to, '.');
	buf_span(to, b->boundary);
	buf_char(to, '@');
	buf_span(to, b->me);
	buf_str(to, ">\nFrom: ");
	if (path_write_bare(to, b->from) == -1)
		buf_str(to, "MAILER-DAEMON");
	buf_str(to, "\nTo: ");
	if (path_write_bare(to, b->to) == -1)
		buf_str(to, "undisclosed-recipients:;");
	buf_str(to, "\nSubject: ");
	buf_str(to, subjects[b->kind]);
	buf_char(to, '\n');
}

/* The first paragraph, by which programs know a text in QSBMF. */
static void
greeting(struct buf *to, const struct bounce *b)
{
	buf_str(to, "Hi. This is the qmail-send program at ");
	buf_span(to, b->me);
	buf_str(to, ".\n");
	switch (b->kind) {
	case BOUNCE_FAILURE:
		buf_str(to, b->twice ?
		    "A notice could not be returned to the sender of a "
		    "message, and the notice\nitself has come back. "
		    "This is a permanent error.\n\n" :
		    "Your message could not be delivered to the addresses "
		    "below. This is a\npermanent error; nothing more will "
		    "be tried.\n\n");
		break;
	case BOUNCE_DELAY:
		buf_str(to, "Your message could not be delivered yet to the "
		    "addresses below. You need not\nsend it again: it stays "
		    "in the queue, and delivery is tried until\n");
		date(to, b->birth_s + b->lifetime_s);
		buf_str(to, ".\n\n");
		break;
	case BOUNCE_SUCCESS:
		buf_str(to, "Your message has been delivered, or passed on, "
		    "for the addresses below, as you\nhad asked to be "
		    "told.\n\n");
	}
}

void
bounce_head(struct buf *to, const struct bounce *b)
{
	header(to, b);
	content_types(to, b);
	part(to, b, b->eight_bit ? "text/plain; charset=utf-8" :
	    "text/plain; charset=us-ascii", b->eight_bit);
	greeting(to, b);
}

/* What happened, where no reason was given by others. */
static struct span
success_text(const struct report_entry *e)
{
	switch (e->kind) {
	case REPORT_RELAYED:
		return SPAN("Relayed to a mail system that does not tell "
		    "what becomes of it.\n");
	case REPORT_EXPANDED:
		return SPAN("Delivered, and passed on to others.\n");
	default:
		return SPAN("Delivered.\n");
	}
}

void
bounce_text(struct buf *to, const struct bounce *b, const struct told *t)
{
	buf_char(to, '<');
	clean(to, t->address, PATH_ADDRESS_MAX, b->eight_bit);
	buf_str(to, ">:\n");
	reason(to, b, b->kind == BOUNCE_SUCCESS ? success_text(t->entry) :
	    t->entry->text);
	buf_char(to, '\n');
}

/* ---- the delivery status ---- */

static void
end_text(struct buf *to, const struct bounce *b)
{
	buf_str(to, b->whole ?
	    "--- Below this line is a copy of the message.\n\n" :
	    "--- Below this line is a copy of the message's header.\n\n");
	buf_str(to, "Return-Path: <");
	clean(to, b->sender, PATH_ADDRESS_MAX, b->eight_bit);
	buf_str(to, ">\n");
}

/* 7-bit, also in an 8-bit notice: RFC 3464 section 2.1; not so RFC 6533's. */
void
bounce_status_head(struct buf *to, const struct bounce *b)
{
	end_text(to, b);
	part(to, b, b->utf8 ? "message/global-delivery-status" :
	    "message/delivery-status", b->utf8);
	if (b->envid.len > 0) {
		buf_str(to, "Original-Envelope-Id: ");
		clean(to, b->envid, FIELD_MAX_LEN, b->utf8);
		buf_char(to, '\n');
	}
	buf_str(to, "Reporting-MTA: dns; ");
	buf_span(to, b->me);
	buf_str(to, "\nArrival-Date: ");
	date(to, b->birth_s);
	buf_char(to, '\n');
}

static const char *
action(char kind)
{
	switch (kind) {
	case REPORT_FAILURE:
		return "failed";
	case REPORT_DELAY:
		return "delayed";
	case REPORT_RELAYED:
		return "relayed";
	case REPORT_EXPANDED:
		return "expanded";
	default:
		return "delivered";
	}
}

static void
status_code(struct buf *to, const struct report_entry *e)
{
	struct span code = e->code;
	struct dsn_code parsed;

	if (dsn_code_take(&code, &parsed) == PARSE_OK && code.len == 0)
		buf_span(to, e->code);
	else
		buf_str(to, e->kind == REPORT_FAILURE ? "5.0.0" :
		    e->kind == REPORT_DELAY ? "4.0.0" : "2.0.0");
}

/* RFC 3464 section 2.3.2; ORCPT of type rfc822 or utf-8 mostly. */
static void
original_recipient(struct buf *to, const struct bounce *b,
    struct span orcpt)
{
	struct span address = orcpt;
	struct span type = span_cut(&address, ';');

	if (type.len == 0 || address.len == 0)
		return;
	buf_str(to, "Original-Recipient: ");
	if (b->utf8 || ascii_ok(orcpt)) {
		clean(to, type, FIELD_MAX_LEN, b->utf8);
		buf_str(to, "; ");
		clean(to, address, FIELD_MAX_LEN, b->utf8);
	} else {
		dsn_orcpt_encode(to, orcpt, false);
	}
	buf_char(to, '\n');
}

static void
final_recipient(struct buf *to, const struct bounce *b, struct span address)
{
	buf_str(to, ascii_ok(address) ? "Final-Recipient: rfc822; " :
	    "Final-Recipient: utf-8; ");
	clean(to, address, PATH_ADDRESS_MAX, b->utf8);
	buf_char(to, '\n');
}

/* What the other host has said, in one line; else our own words. */
static void
diagnostic(struct buf *to, const struct bounce *b, struct span text)
{
	static const struct span said = { " said: ", 7 };
	struct span words = text;
	bool smtp = false;

	for (size_t i = 0; i + said.len < text.len && !smtp; i++)
		if (span_starts(span_tail(text, i), said) &&
		    char_is_digit(text.p[i + said.len])) {
			words = span_tail(text, i + said.len);
			smtp = true;
		}
	words = span_trim_end(words);
	if (words.len == 0)
		return;
	buf_str(to, smtp ? "Diagnostic-Code: smtp; " :
	    "Diagnostic-Code: X-Postern; ");
	clean(to, words, FIELD_MAX_LEN, b->utf8);
	buf_char(to, '\n');
}

static bool
is_address(struct span peer)
{
	for (size_t i = 0; i < peer.len; i++) {
		char c = char_lower(peer.p[i]);

		if (!char_is_digit(c) && c != '.' && c != ':' &&
		    (c < 'a' || c > 'f'))
			return false;
	}
	return peer.len > 0;
}

static void
remote_mta(struct buf *to, const struct bounce *b, struct span peer)
{
	if (!is_address(peer))
		return;
	buf_str(to, "Remote-MTA: dns; [");
	if (span_find(peer, ':') < peer.len)
		buf_str(to, "IPv6:");
	clean(to, peer, FIELD_MAX_LEN, b->utf8);
	buf_str(to, "]\n");
}

void
bounce_status(struct buf *to, const struct bounce *b, const struct told *t)
{
	const struct report_entry *e = t->entry;

	buf_char(to, '\n');
	original_recipient(to, b, t->orcpt);
	final_recipient(to, b, t->address);
	buf_str(to, "Action: ");
	buf_str(to, action(e->kind));
	buf_str(to, "\nStatus: ");
	status_code(to, e);
	buf_char(to, '\n');
	remote_mta(to, b, e->peer);
	if (b->kind != BOUNCE_SUCCESS)
		diagnostic(to, b, e->text);
	buf_str(to, "Last-Attempt-Date: ");
	date(to, e->time_s);
	buf_char(to, '\n');
	if (b->kind == BOUNCE_DELAY) {
		buf_str(to, "Will-Retry-Until: ");
		date(to, b->birth_s + b->lifetime_s);
		buf_char(to, '\n');
	}
}

/* ---- what was sent ---- */

void
bounce_returned(struct buf *to, const struct bounce *b)
{
	if (b->whole)
		part(to, b, b->utf8 ? "message/global" : "message/rfc822",
		    b->eight_bit);
	else
		part(to, b, b->utf8 ? "message/global-headers" :
		    "text/rfc822-headers", b->eight_bit);
}

void
bounce_end(struct buf *to, const struct bounce *b)
{
	buf_str(to, "\n--");
	buf_span(to, b->boundary);
	buf_str(to, "--\n");
}
