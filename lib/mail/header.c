/* Header fields: where each begins and ends, and which it is. */
#include "lib/mail/header.h"

#include <string.h>

/* The first line of s with its LF, or all of s. */
static struct span
line_of(struct span s)
{
	size_t n = span_find(s, '\n');

	return span_head(s, n < s.len ? n + 1 : n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_empty_line(struct span line)
{
	return span_is(line, "\n") || span_is(line, "\r\n");
}

/* The line without LF or CR LF. */
static struct span
without_end(struct span line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* "Name:" or "Name :" at the front of line; false when it is no field. */
static bool
split_name(struct span line, struct span *name, size_t *value_at)
{
	size_t n = 0, colon;

	while (n < line.len && line.p[n] > 32 && line.p[n] < 127 &&
	    line.p[n] != ':')
		n++;
	for (colon = n; colon < line.len && is_blank(line.p[colon]); colon++)
		;
	if (n == 0 || colon == line.len || line.p[colon] != ':')
		return false;
	*name = span_head(line, n);
	*value_at = colon + 1;
	return true;
}

/* How many bytes at the front of s are lines that start with a blank. */
static size_t
folds_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_blank(s.p[n]))
		n += line_of(span_tail(s, n)).len;
	return n;
}

int
header_take(struct span *in, struct header_field *out)
{
	struct span line = line_of(*in);
	size_t value_at = 0;

	if (in->len == 0 || is_empty_line(line)) {
		*in = span_tail(*in, line.len);
		return 0;
	}
	out->name = span_head(line, 0);
	out->whole = line;
	if (split_name(line, &out->name, &value_at))
		out->whole.len += folds_len(span_tail(*in, line.len));
	out->value = without_end(span_tail(out->whole, value_at));
	*in = span_tail(*in, out->whole.len);
	return 1;
}

size_t
header_len(struct span message)
{
	struct span rest = message;

	while (rest.len > 0) {
		struct span line = line_of(rest);

		rest = span_tail(rest, line.len);
		if (is_empty_line(line))
			break;
	}
	return message.len - rest.len;
}

static const struct known {
	const char *name;
	enum header_name is;
} knowns[] = {
	{ "Apparently-To", HEADER_APPARENTLY_TO },
	{ "Auto-Submitted", HEADER_AUTO_SUBMITTED },
	{ "Bcc", HEADER_BCC },
	{ "Cc", HEADER_CC },
	{ "Content-Length", HEADER_CONTENT_LENGTH },
	{ "Date", HEADER_DATE },
	{ "Delivered-To", HEADER_DELIVERED_TO },
	{ "Errors-To", HEADER_ERRORS_TO },
	{ "From", HEADER_FROM },
	{ "Mail-Followup-To", HEADER_MAIL_FOLLOWUP_TO },
	{ "Mail-Reply-To", HEADER_MAIL_REPLY_TO },
	{ "Message-ID", HEADER_MESSAGE_ID },
	{ "Notice-Requested-Upon-Delivery-To", HEADER_NOTICE_REQUESTED },
	{ "Received", HEADER_RECEIVED },
	{ "Reply-To", HEADER_REPLY_TO },
	{ "Resent-Bcc", HEADER_RESENT_BCC },
	{ "Resent-Cc", HEADER_RESENT_CC },
	{ "Resent-Date", HEADER_RESENT_DATE },
	{ "Resent-From", HEADER_RESENT_FROM },
	{ "Resent-Message-ID", HEADER_RESENT_MESSAGE_ID },
	{ "Resent-Reply-To", HEADER_RESENT_REPLY_TO },
	{ "Resent-Sender", HEADER_RESENT_SENDER },
	{ "Resent-To", HEADER_RESENT_TO },
	{ "Return-Path", HEADER_RETURN_PATH },
	{ "Return-Receipt-To", HEADER_RETURN_RECEIPT_TO },
	{ "Sender", HEADER_SENDER },
	{ "Subject", HEADER_SUBJECT },
	{ "To", HEADER_TO },
};

enum header_name
header_known(struct span name)
{
	for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++)
		if (span_case_is(name, knowns[i].name))
			return knowns[i].is;
	return HEADER_OTHER;
}

bool
header_find(struct span header, const char *name, struct header_field *out)
{
	while (header_take(&header, out) == 1)
		if (span_case_is(out->name, name))
			return true;
	return false;
}

void
header_unfold(struct buf *to, struct span value)
{
	while (value.len > 0) {
		struct span line = line_of(value);

		buf_span(to, without_end(line));
		value = span_tail(value, line.len);
	}
}
