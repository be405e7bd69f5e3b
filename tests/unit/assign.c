/* users/assign: compiled and looked up, qmail-users(5). */
#include "auth/owner.h"

#include "tests/tap.h"

static struct buf cdb;

static const char text[] =
    "=joe.shmoe:joe:503:78:/home/joe:::\n"
    "+:alias:7790:2108:/var/qmail/alias:-::\n"
    "+joe-:joe:507:100:/home/joe:-::\n"
    "=joe:joe:508:100:/home/joe:::\n"
    "=joe:other:509:100:/home/other:::\n"
    "+Joe-List-:list:510:100:/home/list:-:pre-:\n"
    ".\n";

static void
finds(const char *local, const char *user, unsigned uid, const char *dash,
    const char *ext)
{
	struct owner o;

	ok(assign_find(buf_peek(&cdb), span_str(local), &o) == 1 &&
	    strcmp(o.user, user) == 0 && o.uid == uid &&
	    strcmp(o.dash, dash) == 0 && strcmp(o.ext, ext) == 0, local);
}

static void
refuses(struct span bad, unsigned long at, const char *what)
{
	struct buf b;
	unsigned long line;
	const char *why;

	buf_init(&b, 1 << 20);
	ok(assign_compile(bad, &b, &line, &why) == -1 && line == at &&
	    why != NULL, what);
	buf_free(&b);
}

int
main(void)
{
	struct owner o;
	unsigned long line;
	const char *why;

	buf_init(&cdb, 1 << 20);
	ok(assign_compile(span_str(text), &cdb, &line, &why) == 0, "compiles");
	finds("joe", "joe", 508, "", "");
	finds("JOE", "joe", 508, "", "");
	finds("joe-direct", "joe", 507, "-", "direct");
	finds("Joe-Di.Rect", "joe", 507, "-", "Di.Rect");
	finds("joe.shmoe", "joe", 503, "", "");
	finds("joe.shmoe2", "alias", 7790, "-", "joe.shmoe2");
	finds("bill", "alias", 7790, "-", "bill");
	finds("", "alias", 7790, "-", "");
	finds("joe-list-x-y", "list", 510, "-", "pre-x-y");
	finds("joe-list-", "list", 510, "-", "pre-");
	ok(assign_find(SPAN("garbage"), SPAN("joe"), &o) == -1,
	    "what is no cdb");

	refuses(SPAN(""), 1, "empty");
	refuses(SPAN("=a:a:1:1:/h:::\n"), 2, "no dot at the end");
	refuses(SPAN("=a:a:1:1:/h:::"), 1, "no end of line");
	refuses(SPAN("=a:a:1:1:/h:::\nb:c:1:1:/h:::\n.\n"), 2,
	    "neither = nor +");
	refuses(SPAN("=a:a:1:1:/h::\n.\n"), 1, "too few fields");
	refuses(SPAN("=a:a:x:1:/h:::\n.\n"), 1, "bad uid");
	refuses(SPAN("=a:a:1:1:h:::\n.\n"), 1, "relative home");
	refuses(SPAN("=a::1:1:/h:::\n.\n"), 1, "no user");
	refuses(SPAN("=a\0b:a:1:1:/h:::\n.\n"), 1, "NUL");
	refuses(SPAN("\n.\n"), 1, "an empty line");
	ok(assign_compile(SPAN("."), &cdb, &line, &why) == 0 &&
	    assign_find(buf_peek(&cdb), SPAN("joe"), &o) == 0,
	    "no assignments at all");
	buf_free(&cdb);
	return tap_done();
}
