/* What senders are told; tests/send has a MIME parser look at it too. */
#include <stdlib.h>

#include "send/bounce.h"
#include "tests/tap.h"

static struct bounce b;
static struct buf text;

static bool
has(const char *s)
{
	struct span all = buf_peek(&text);
	struct span wanted = span_str(s);

	for (size_t i = 0; i + wanted.len <= all.len; i++)
		if (span_starts(span_tail(all, i), wanted))
			return true;
	return false;
}

static void
begin(enum bounce_kind kind)
{
	buf_reset(&text);
	b = (struct bounce){
		.kind = kind, .whole = true, .from = SPAN("MAILER-DAEMON@h"),
		.to = SPAN("joe@example.org"), .me = SPAN("h.example"),
		.id = SPAN("0000000000000001"),
		.sender = SPAN("joe@example.org"), .boundary = SPAN("BOUND"),
		.now_s = 1700000000, .birth_s = 1699999000,
		.lifetime_s = 604800,
	};
}

static void
all_of_it(const struct report_entry *e, struct span address,
    struct span orcpt)
{
	struct told t = { address, orcpt, e };

	bounce_head(&text, &b);
	bounce_text(&text, &b, &t);
	bounce_status_head(&text, &b);
	bounce_status(&text, &b, &t);
	bounce_returned(&text, &b);
	buf_str(&text, "Subject: x\n\nbody\n");
	bounce_end(&text, &b);
}

static void
failure(void)
{
	struct report_entry e = { .kind = REPORT_FAILURE,
	    .time_s = 1699999999, .code = SPAN("5.1.1"),
	    .peer = SPAN("192.0.2.1"), .text = SPAN("192.0.2.1 does not like "
	    "recipient.\nRemote host said: 550 5.1.1 no such user\n\n\n"
	    "Giving up on 192.0.2.1.\n") };

	begin(BOUNCE_FAILURE);
	b.envid = SPAN("QQ314");
	all_of_it(&e, SPAN("ann@there.example"),
	    SPAN("rfc822;list@there.example"));
	ok(has("\n\nHi. This is the qmail-send program at h.example.\n"),
	    "the first paragraph of QSBMF");
	ok(has("\n\n<ann@there.example>:\n192.0.2.1 does not like recipient.\n"
	    "Remote host said: 550 5.1.1 no such user\n"
	    "Giving up on 192.0.2.1.\n\n"),
	    "a paragraph for the recipient, without empty lines");
	ok(has("\n\n--- Below this line is a copy of the message.\n\n"
	    "Return-Path: <joe@example.org>\n"), "the break paragraph");
	ok(has("Auto-Submitted: auto-replied\n"), "RFC 3834");
	ok(has("Content-Type: multipart/report; report-type=delivery-status;"
	    "\n\tboundary=\"BOUND\"\n"), "RFC 6522");
	ok(has("Original-Envelope-Id: QQ314\n") &&
	    has("Reporting-MTA: dns; h.example\n"), "about the message");
	ok(has("\nOriginal-Recipient: rfc822; list@there.example\n"
	    "Final-Recipient: rfc822; ann@there.example\nAction: failed\n"
	    "Status: 5.1.1\nRemote-MTA: dns; [192.0.2.1]\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no such user"),
	    "about the recipient");
	ok(has("\n--BOUND\nContent-Type: message/rfc822\n\nSubject: x\n\n"
	    "body\n\n--BOUND--\n"), "the message comes back");
	ok(has("\nFrom: MAILER-DAEMON@h\nTo: joe@example.org\n"
	    "Subject: failure notice\n"), "header");
}

static void
others(void)
{
	struct report_entry delay = { .kind = REPORT_DELAY, .code = SPAN(""),
	    .text = SPAN("no answer"), .time_s = 1 };
	struct report_entry relayed = { .kind = REPORT_RELAYED,
	    .code = SPAN("2.0.0"), .text = SPAN("250 ok") };

	begin(BOUNCE_DELAY);
	b.whole = false;
	all_of_it(&delay, SPAN("ann@there.example"), SPAN(""));
	ok(has("Subject: delay notice\n") && has("Action: delayed\n") &&
	    has("Status: 4.0.0\n") &&
	    has("Will-Retry-Until: Tue, 21 Nov 2023 21:56:40 +0000\n"),
	    "a delay says until when it will be tried");
	ok(has("\nContent-Type: text/rfc822-headers\n"), "headers alone");
	begin(BOUNCE_SUCCESS);
	all_of_it(&relayed, SPAN("ann@there.example"), SPAN(""));
	ok(has("Action: relayed\n") && has("Status: 2.0.0\n") &&
	    !has("Diagnostic-Code"), "a success");
	begin(BOUNCE_FAILURE);
	b.twice = true;
	all_of_it(&relayed, SPAN("ann@there.example"), SPAN(""));
	ok(has("come back"), "a double bounce says so");
}

static void
international(void)
{
	struct report_entry e = { .kind = REPORT_FAILURE,
	    .code = SPAN("5.1.1"), .text = SPAN("Benutzer gr\xc3\xbc\xc3\x9f"
	    "e unbekannt") };

	begin(BOUNCE_FAILURE);
	b.utf8 = b.eight_bit = true;
	all_of_it(&e, SPAN("gr\xc3\xbc\xc3\x9f" "e@there.example"),
	    SPAN("utf-8;gr\xc3\xbc@x.example"));
	ok(has("report-type=global-delivery-status") &&
	    has("Content-Type: message/global-delivery-status\n") &&
	    has("Content-Type: message/global\n"), "RFC 6533's types");
	ok(has("Final-Recipient: utf-8; gr\xc3\xbc\xc3\x9f" "e@") &&
	    has("Original-Recipient: utf-8; gr\xc3\xbc@x.example\n"),
	    "addresses in UTF-8");
	ok(has("Benutzer gr\xc3\xbc"), "and reasons");
	begin(BOUNCE_FAILURE);
	all_of_it(&e, SPAN("ann@x"), SPAN("utf-8;gr\xc3\xbc@x.example"));
	ok(has("Original-Recipient: utf-8;gr\\x{FC}@x.example\n"),
	    "ASCII elsewhere");
	begin(BOUNCE_FAILURE);
	b.eight_bit = true;
	all_of_it(&e, SPAN("ann@x"), SPAN(""));
	ok(has("ann@x>:\nBenutzer gr\xc3\xbc") &&
	    has("Content-Type: message/delivery-status\n\n") &&
	    has("Diagnostic-Code: X-Postern; Benutzer gr??"),
	    "a delivery status is 7-bit in an 8-bit notice too");
}

static void
strangers(void)
{
	struct report_entry e = { .kind = REPORT_FAILURE,
	    .code = SPAN("5.1.1\nX: y"), .peer = SPAN("evil\nX: y"),
	    .text = SPAN("one\n\n<fake@x>:\n\n--BOUND--\r\n\x01\xff two\n\n") };
	char long_text[4000];

	begin(BOUNCE_FAILURE);
	b.boundary = SPAN("SECRET");
	all_of_it(&e, SPAN("a\nb@x"), SPAN("rfc822;a\nX: y"));
	ok(has("<a b@x>:\none\n<fake@x>:\n--BOUND--\n ? two\n\n"),
	    "a reason cannot end its paragraph");
	ok(!has("\nX: y"), "nor a field");
	ok(has("Status: 5.0.0\n"), "a code that is none is not used");
	memset(long_text, 'x', sizeof long_text);
	e.text = (struct span){ long_text, sizeof long_text };
	begin(BOUNCE_FAILURE);
	all_of_it(&e, SPAN("a@x"), SPAN(""));
	for (size_t i = 0, column = 0; i < text.len; i++) {
		column = text.p[i] == '\n' ? 0 : column + 1;
		if (column > 998) {
			ok(false, "no line is over 998 bytes");
			return;
		}
	}
	ok(true, "no line is over 998 bytes");
}

/* ---- the lines of report/ID ---- */

static void
entries(void)
{
	struct report_entry e = { .kind = REPORT_FAILURE, .index = 7,
	    .time_s = 1700000000, .code = SPAN("5.1.1"), .peer = SPAN(""),
	    .text = SPAN("a \\ b\nc\n") }, got;
	struct buf lines, scratch;
	struct span in;
	bool first, second;

	buf_init(&lines, 4096);
	buf_init(&scratch, 4096);
	report_entry_write(&lines, &e);
	in = buf_peek(&lines);
	ok(report_entry_take(&in, &scratch, &got) && got.index == 7 &&
	    got.kind == REPORT_FAILURE && got.time_s == 1700000000 &&
	    span_is(got.code, "5.1.1") && got.peer.len == 0 &&
	    span_eq(got.text, e.text), "an entry is read as it was written");
	for (size_t cut = 0; cut < lines.len; cut++) {
		struct buf torn;

		buf_init(&torn, 4096);
		buf_add(&torn, lines.p, cut);
		report_entry_write(&torn, &e);
		in = buf_peek(&torn);
		first = report_entry_take(&in, &scratch, &got);
		second = report_entry_take(&in, &scratch, &got);
		if (!first || (second && cut + 1 < lines.len) ||
		    !span_eq(got.text, e.text)) {
			ok(false, "a torn entry hurts no other");
			break;
		}
		buf_free(&torn);
		if (cut + 1 == lines.len)
			ok(true, "a torn entry hurts no other");
	}
}

static void
delays(void)
{
	ok(!report_delay_due(0, 0, 0, 1000000), "no warning unless asked for");
	ok(report_delay_due(3600, 0, 0, 3600) &&
	    !report_delay_due(3600, 0, 0, 3599), "control/delaywarning asks");
	ok(report_delay_due(0, 8, 0, 4 * 3600) && !report_delay_due(0, 8, 0, 60),
	    "NOTIFY=DELAY asks, after four hours");
	ok(!report_delay_due(60, 4, 0, 1000000) &&
	    !report_delay_due(60, 1, 0, 1000000), "NOTIFY without DELAY: none");
	ok(!report_delay_due(60, 0, 0x40, 1000000), "once");
}

int
main(void)
{
	buf_init(&text, 1 << 20);
	failure();
	others();
	international();
	strangers();
	entries();
	delays();
	return tap_done();
}
