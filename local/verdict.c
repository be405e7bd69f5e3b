/* How a delivery ended, and in what words. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "local/job.h"

enum { SENTENCE_MAX = 500 };

void
verdict_init(struct verdict *v)
{
	*v = (struct verdict){ .action = "" };
	buf_init(&v->text, WORK_TEXT_MAX);
}

void
verdict_free(struct verdict *v)
{
	buf_free(&v->text);
}

static void
say(struct verdict *v, char class, const char *code, const char *sentence,
    const char *why)
{
	if (v->class != 0)
		return;
	v->class = class;
	snprintf(v->code, sizeof v->code, "%s", code);
	buf_str(&v->text, sentence);
	if (why[0] != '\0') {
		buf_str(&v->text, ": ");
		buf_str(&v->text, why);
		buf_char(&v->text, '.');
	}
	buf_fmt(&v->text, " (#%s)\n", code);
}

void
verdict_set(struct verdict *v, char class, const char *code,
    const char *fmt, ...)
{
	char sentence[SENTENCE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	say(v, class, code, sentence, "");
}

void
verdict_errno(struct verdict *v, const char *code, const char *fmt, ...)
{
	char sentence[SENTENCE_MAX];
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof sentence, fmt, ap);
	va_end(ap);
	say(v, WORK_LATER, code, sentence, why);
}
