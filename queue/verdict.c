/* What an exit code of qmail-queue's interface means to the one who asked. */
#include <string.h>

#include "lib/mail/utf8.h"
#include "queue/injector.h"

enum { EXIT_CUSTOM = 82, CUSTOM_MIN = 3 };

static const struct {
	int code;
	const char *text;
} texts[] = {
	{ 0, "Kok" },
	{ 11, "Denvelope address too long for qq (#5.1.3)" },
	{ 31, "Dmail server permanently rejected message (#5.3.0)" },
	{ 51, "Zqq out of memory (#4.3.0)" },
	{ 52, "Zqq timeout (#4.3.0)" },
	{ 53, "Zqq write error or disk full (#4.3.0)" },
	{ 54, "Zqq read error (#4.3.0)" },
	{ 55, "Zqq unable to read configuration (#4.3.0)" },
	{ 56, "Zqq trouble making network connection (#4.3.0)" },
	{ 61, "Zqq trouble in home directory (#4.3.0)" },
	{ 62, "Zqq trouble creating files in queue (#4.3.0)" },
	{ 63, "Zqq trouble creating files in queue (#4.3.0)" },
	{ 64, "Zqq trouble creating files in queue (#4.3.0)" },
	{ 65, "Zqq trouble creating files in queue (#4.3.0)" },
	{ 66, "Zqq trouble creating files in queue (#4.3.0)" },
	{ 71, "Zmail server temporarily rejected message (#4.3.0)" },
	{ 72, "Zconnection to mail server timed out (#4.4.1)" },
	{ 73, "Zconnection to mail server rejected (#4.4.1)" },
	{ 74, "Zcommunication with mail server failed (#4.4.2)" },
	{ 81, "Zqq internal bug (#4.3.0)" },
	{ 91, "Zqq internal bug (#4.3.0)" },
	{ 115, "Denvelope address too long for qq (#5.1.3)" },
	{ 120, "Zunable to exec qq (#4.3.0)" },
};

static const char *
text_of(int code)
{
	if (code < 0)
		return "Zqq crashed (#4.3.0)";
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].code == code)
			return texts[i].text;
	if (code >= 11 && code <= 40)
		return "Dqq permanent problem (#5.3.0)";
	return "Zqq temporary problem (#4.3.0)";
}

/* A stranger's text as one printable line; line ends become blanks. */
static void
tame(struct span from, char *to, size_t size)
{
	size_t len = 0;

	from = span_trim_end(from);
	while (from.len > 0) {
		struct span rest = from;
		uint32_t c;
		bool good = utf8_take(&rest, &c) == PARSE_OK && c >= ' ' &&
		    c != 127 && (c < 128 || c >= 160) &&
		    c != 0x2028 && c != 0x2029;
		size_t n = good ? from.len - rest.len : 1;

		if (n > size - 1 - len)
			break;
		if (good)
			memcpy(to + len, from.p, n);
		else
			to[len] = *from.p == '\n' || *from.p == '\r' ||
			    *from.p == '\t' ? ' ' : '?';
		len += n;
		from = span_tail(from, n);
	}
	to[len] = '\0';
}

void
injector_explain(int code, struct span custom, struct injector_verdict *v)
{
	struct span said = span_trim_end(custom);

	v->code = code < 0 ? 81 : code;
	if (code == EXIT_CUSTOM && said.len >= CUSTOM_MIN &&
	    (said.p[0] == 'D' || said.p[0] == 'Z'))
		tame(said, v->text, sizeof v->text);
	else
		tame(span_str(text_of(code)), v->text, sizeof v->text);
}
