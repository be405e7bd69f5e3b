/*
 * The trace of one hop, in the words that readers of qmail's headers know:
 *
 *   Received: from mx.example.org (HELO mail.example.org) (192.0.2.1)
 *     by mx.example.net with ESMTP for <user@example.net>; 1 Nov 2026 ...
 */
#include "smtpd/received.h"

#include <string.h>

#include "lib/mail/date.h"
#include "lib/mail/path.h"

enum { NAME_MAX_SHOWN = 255 };

/* Only what can neither end a comment nor begin a new line or token. */
static bool
harmless(char c)
{
	return char_is_alpha(c) || char_is_digit(c) ||
	    (c != '\0' && strchr(".@%+/=:-_[]", c) != NULL);
}

static void
add_stranger(struct buf *to, struct span s)
{
	s = span_head(s, NAME_MAX_SHOWN);
	for (size_t i = 0; i < s.len; i++)
		buf_char(to, harmless(s.p[i]) ? s.p[i] : '?');
}

static void
add_from(struct buf *to, const struct received *r)
{
	struct span host = span_str(r->remote_host != NULL ?
	    r->remote_host : "unknown");

	buf_str(to, "Received: from ");
	add_stranger(to, host);
	if (r->helo.len > 0 && !span_case_eq(r->helo, host)) {
		buf_str(to, " (HELO ");
		add_stranger(to, r->helo);
		buf_char(to, ')');
	}
	buf_str(to, " (");
	if (r->remote_info != NULL) {
		add_stranger(to, span_str(r->remote_info));
		buf_char(to, '@');
	}
	add_stranger(to, span_str(r->remote_ip));
	buf_str(to, ")\n");
}

/* A mailbox with a domain, quoted where it must be; others are left out. */
static void
add_recipient(struct buf *to, struct span recipient)
{
	size_t before = to->len;

	if (recipient.len > NAME_MAX_SHOWN ||
	    span_find(recipient, '@') == recipient.len)
		return;
	buf_str(to, "\n  for ");
	if (path_write(to, recipient) == -1 && to->err == 0)
		to->len = before;
}

void
received_write(struct buf *to, const struct received *r)
{
	char room[DATE_ROOM];

	add_from(to, r);
	buf_str(to, "  by ");
	add_stranger(to, r->by);
	buf_str(to, " with ");
	buf_str(to, r->with);
	add_recipient(to, r->recipient);
	buf_str(to, "; ");
	buf_span(to, date_write_utc(r->seconds, room));
	buf_char(to, '\n');
}
