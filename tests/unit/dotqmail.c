/* The .qmail language: names that are looked for, and what lines say. */
#include "lib/mail/dotqmail.h"

#include "tests/tap.h"

/* Are these the names, in this order, "name:rest" each, blanks between? */
static void
looks_for(const char *dash, const char *ext, const char *wanted)
{
	struct dotqmail_search s;
	struct buf name, all;
	long rest;

	buf_init(&name, 200);
	buf_init(&all, 2000);
	dotqmail_search_start(&s, span_str(dash), span_str(ext));
	while (dotqmail_search_next(&s, &name, &rest)) {
		buf_span(&all, buf_peek(&name));
		if (rest == DOTQMAIL_NO_DEFAULT)
			buf_str(&all, " ");
		else
			buf_fmt(&all, ":%ld ", rest);
	}
	if (!ok(span_is(buf_peek(&all), wanted), wanted))
		printf("# got: %.*s\n", (int)all.len, all.p);
	buf_free(&name);
	buf_free(&all);
}

static void
names(void)
{
	looks_for("", "", ".qmail .qmaildefault:0 ");
	looks_for("-", "foo-bar", ".qmail-foo-bar .qmail-foo-default:4 "
	    ".qmail-default:0 ");
	looks_for("-", "", ".qmail- .qmail-default:0 ");
	looks_for("-", "A.b", ".qmail-a:b .qmail-default:0 ");
	looks_for("-", "--", ".qmail--- .qmail---default:2 "
	    ".qmail--default:1 .qmail-default:0 ");
	looks_for("-", "x-", ".qmail-x- .qmail-x-default:2 "
	    ".qmail-default:0 ");
	looks_for("-", "x-default", ".qmail-x-default:2 .qmail-x-default:2 "
	    ".qmail-default:0 ");
	looks_for("-", "../../etc", ".qmail-::/::/etc .qmail-default:0 ");
}

static void
says(const char *file, const char *wanted)
{
	struct span rest = span_str(file);
	struct dotqmail_line line;
	static int number;
	char what[32];
	struct buf all;

	snprintf(what, sizeof what, "file %d", ++number);
	buf_init(&all, 2000);
	while (dotqmail_next(&rest, &line)) {
		buf_char(&all, "-#|/.&+?"[line.kind]);
		buf_span(&all, line.text);
		buf_char(&all, '\n');
	}
	if (!ok(span_is(buf_peek(&all), wanted), what))
		printf("# of %s\n# got %.*s\n", file, (int)all.len, all.p);
	buf_free(&all);
}

static void
lines(void)
{
	says("", "");
	says("\n", "-\n");
	says(" \t\n", "-\n");
	says("# c\n", "## c\n");
	says("|cmd | more \t\n", "|cmd | more\n");
	says("./Maildir/\n", "/./Maildir/\n");
	says("/a/b\n", "./a/b\n");
	says("./a/ \n", "/./a/\n");
	says("&a@b\na@b\n& a@b", "&a@b\n&a@b\n& a@b\n");
	says("+list\n+other\n", "++list\n?+other\n");
	says("a@b\n\n\nc@d\n", "&a@b\n-\n-\n&c@d\n");
	says(".", "..\n");
	says("/", "//\n");
	says("&", "&\n");
}

int
main(void)
{
	names();
	lines();
	return tap_done();
}
