/* Variable envelope return paths. */
#include "lib/mail/verp.h"

#include "lib/mail/path.h"

/* "pre@host-@[]" to pre and host; "#@[]" has no host and does not ask. */
static bool
verp_split(struct span sender, struct span *pre, struct span *host)
{
	struct span end = SPAN("-@[]");

	if (sender.len < end.len ||
	    !span_eq(span_tail(sender, sender.len - end.len), end))
		return false;
	return address_split(span_head(sender, sender.len - end.len), pre, host);
}

bool
verp_asked(struct span sender)
{
	struct span pre, host;

	return verp_split(sender, &pre, &host);
}

void
verp_ask(struct buf *to, struct span sender)
{
	struct span local, domain;

	if (verp_asked(sender) || span_is(sender, "#@[]") ||
	    !address_split(sender, &local, &domain)) {
		buf_span(to, sender);
		return;
	}
	buf_span(to, local);
	buf_str(to, "-@");
	buf_span(to, domain);
	buf_str(to, "-@[]");
}

void
verp_expand(struct buf *to, struct span sender, struct span recipient)
{
	struct span pre, host, local, domain;

	if (!verp_split(sender, &pre, &host)) {
		buf_span(to, sender);
		return;
	}
	buf_span(to, pre);
	if (address_split(recipient, &local, &domain)) {
		buf_span(to, local);
		buf_char(to, '=');
		buf_span(to, domain);
	} else {
		buf_span(to, recipient);
	}
	buf_char(to, '@');
	buf_span(to, host);
}

void
verp_base(struct buf *to, struct span sender)
{
	struct span pre, host;

	if (!verp_split(sender, &pre, &host)) {
		buf_span(to, sender);
		return;
	}
	buf_span(to, pre);
	buf_char(to, '@');
	buf_span(to, host);
}
