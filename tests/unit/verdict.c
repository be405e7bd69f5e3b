/* What callers are told for each exit code. */
#include "queue/injector.h"

#include "tests/tap.h"

static bool
says(int code, struct span custom, const char *want)
{
	struct injector_verdict v = { .code = 0 };

	injector_explain(code, custom, &v);
	if (strcmp(v.text, want) == 0)
		return true;
	printf("# %d: %s\n", code, v.text);
	return false;
}

/* 0 is K, 11 to 40 are D, 115 is an old 11, the rest is Z; all have a text. */
static bool
classes(void)
{
	for (int code = -1; code < 256; code++) {
		struct injector_verdict v = { .code = 0 };
		char want = code == 0 ? 'K' : code == 115 ||
		    (code >= 11 && code <= 40) ? 'D' : 'Z';

		injector_explain(code, SPAN(""), &v);
		if (v.text[0] != want || strlen(v.text) < 2)
			return false;
	}
	return true;
}

int
main(void)
{
	static char big[1000];
	struct injector_verdict v = { .code = 0 };

	ok(classes(), "every code has its class");
	ok(says(31, SPAN("Dx"),
	    "Dmail server permanently rejected message (#5.3.0)"), "31");
	ok(says(-1, SPAN(""), "Zqq crashed (#4.3.0)"), "a crash");
	ok(says(82, SPAN("Dspam (#5.7.1)\n"), "Dspam (#5.7.1)"), "82 for good");
	ok(says(82, SPAN("Zlater"), "Zlater"), "82 for now");
	ok(says(82, SPAN("Dx"), "Zqq temporary problem (#4.3.0)"),
	    "82 with too little to say");
	ok(says(82, SPAN("Kfine"), "Zqq temporary problem (#4.3.0)"),
	    "82 cannot succeed");
	ok(says(82, SPAN("Dno\r\n250 ok\0x\033[2J\177"),
	    "Dno  250 ok?x?[2J?"), "controls are made harmless");
	ok(says(82, SPAN("Dgr\303\274\303\237e \377\300\200"),
	    "Dgr\303\274\303\237e ???"), "UTF-8 stays, other bytes do not");
	memset(big, 'D', sizeof big);
	injector_explain(82, (struct span){ big, sizeof big }, &v);
	ok(strlen(v.text) == INJECTOR_TEXT_MAX, "a long text is cut");
	return tap_done();
}
