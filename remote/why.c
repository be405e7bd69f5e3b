/* Why a delivery did not happen, in words. */
#include "remote/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
add(struct why *w, struct span s)
{
	s = span_head(s, WHY_TEXT_MAX - w->len);
	memcpy(w->text + w->len, s.p, s.len);
	w->len += s.len;
}

__attribute__((format(printf, 3, 0))) static void
start(struct why *w, char class, const char *fmt, va_list ap)
{
	int n = vsnprintf(w->text, sizeof w->text, fmt, ap);

	w->class = class;
	w->len = n < 0 ? 0 : strlen(w->text);
	for (size_t i = 0; i < w->len; i++)
		if (w->text[i] != '\n' && (w->text[i] < ' ' ||
		    w->text[i] >= 127))
			w->text[i] = '?';
}

void
why_set(struct why *w, char class, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	start(w, class, fmt, ap);
	va_end(ap);
	snprintf(w->code, sizeof w->code, "%s", code);
	add(w, SPAN(" (#"));
	add(w, span_str(w->code));
	add(w, SPAN(")\n"));
}

void
why_no_relay(struct why *w)
{
	why_set(w, 'Z', "4.3.5", "Cannot find the relay that"
	    " control/smtproutes names.");
}

void
why_said(struct why *w, char class, const struct reply *r,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	start(w, class == '2' ? 'K' : class == '5' ? 'D' : 'Z', fmt, ap);
	va_end(ap);
	reply_status(r, class, w->code);
	add(w, SPAN("\nRemote host said: "));
	add(w, reply_text(r));
	add(w, SPAN("\n"));
}

struct span
why_text(const struct why *w)
{
	return (struct span){ w->text, w->len };
}
