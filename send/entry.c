/* The lines of report/ID: written and read. */
#include "lib/base/num.h"
#include "lib/mail/dsn.h"
#include "queue/format.h"
#include "send/report.h"

static void
word(struct buf *to, struct span s)
{
	buf_char(to, ' ');
	if (s.len == 0)
		buf_char(to, '-');
	for (size_t i = 0; i < s.len; i++)
		buf_char(to, s.p[i] > ' ' && s.p[i] < 127 ? s.p[i] : '_');
}

void
report_entry_write(struct buf *to, const struct report_entry *e)
{
	struct span text = span_head(e->text, REPORT_TEXT_MAX);

	/* A line cut off by a crash ends here at the latest. */
	buf_fmt(to, "\n%c %u %u", e->kind, (unsigned)e->index,
	    (unsigned)e->time_s);
	word(to, e->code);
	word(to, e->peer);
	buf_char(to, ' ');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '\n' || c == '\\')
			buf_char(to, '\\');
		buf_char(to, c == '\n' ? 'n' :
		    c == '\0' || c == '\t' ? ' ' : c);
	}
	buf_str(to, "\t\n");
}

static void
unescape(struct buf *to, struct span s)
{
	buf_reset(to);
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len)
			i++;
		else if (s.p[i] != '\\') {
			buf_char(to, s.p[i]);
			continue;
		}
		buf_char(to, s.p[i] == 'n' ? '\n' : s.p[i]);
	}
}

static bool
number(struct span *line, uint32_t *out)
{
	uint64_t n;

	if (num_parse(span_cut(line, ' '), UINT32_MAX, &n) == -1)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool
known(struct span kind)
{
	return kind.len == 1 && (kind.p[0] == REPORT_FAILURE ||
	    kind.p[0] == REPORT_DELAY || kind.p[0] == REPORT_DELIVERED ||
	    kind.p[0] == REPORT_RELAYED || kind.p[0] == REPORT_EXPANDED);
}

static bool
parse(struct span line, struct buf *scratch, struct report_entry *e)
{
	struct span kind;

	if (line.len == 0 || line.p[line.len - 1] != '\t')
		return false;	/* cut off */
	line.len--;
	kind = span_cut(&line, ' ');
	if (!known(kind) || !number(&line, &e->index) ||
	    !number(&line, &e->time_s) ||
	    span_find(line, ' ') == line.len)
		return false;
	e->kind = kind.p[0];
	e->code = span_cut(&line, ' ');
	if (span_find(line, ' ') == line.len)
		return false;
	e->peer = span_cut(&line, ' ');
	if (span_is(e->code, "-"))
		e->code.len = 0;
	if (span_is(e->peer, "-"))
		e->peer.len = 0;
	unescape(scratch, line);
	return buf_get(scratch, &e->text) == 0;
}

bool
report_entry_take(struct span *lines, struct buf *scratch,
    struct report_entry *e)
{
	while (lines->len > 0) {
		size_t lf = span_find(*lines, '\n');
		bool whole = lf < lines->len;
		struct span line = span_cut(lines, '\n');

		if (whole && parse(line, scratch, e))
			return true;
	}
	return false;
}

void
report_clean(struct buf *to, struct span text)
{
	text = span_trim_end(text);
	for (size_t i = 0; i < text.len; i++)
		buf_char(to, (unsigned char)text.p[i] < ' ' ||
		    text.p[i] == 127 ? ' ' : text.p[i]);
}

char
report_success_kind(struct span action)
{
	if (span_is(action, "passed"))
		return 0;
	if (span_is(action, "relayed"))
		return REPORT_RELAYED;
	return span_is(action, "expanded") ? REPORT_EXPANDED :
	    REPORT_DELIVERED;
}

uint64_t
report_delay_after(uint64_t warning_s)
{
	return warning_s > 0 ? warning_s : REPORT_DELAY_S;
}

bool
report_delay_due(uint64_t warning_s, unsigned notify, unsigned char state,
    uint64_t age_s)
{
	if (state & QUEUE_DELAY_TOLD)
		return false;
	if (notify == 0)
		return warning_s > 0 && age_s >= warning_s;
	if (!(notify & DSN_NOTIFY_DELAY) || notify & DSN_NOTIFY_NEVER)
		return false;
	return age_s >= report_delay_after(warning_s);
}
