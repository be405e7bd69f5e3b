/* A sender that asks for it is told apart for each recipient. */
#include "lib/mail/verp.h"

#include "tests/tap.h"

static bool
expands(const char *sender, const char *recipient, const char *to)
{
	struct buf b;
	struct span s;
	bool good;

	buf_init(&b, 1000);
	verp_expand(&b, span_str(sender), span_str(recipient));
	good = buf_get(&b, &s) == 0 && span_is(s, to);
	buf_free(&b);
	return good;
}

static bool
asks(const char *sender, const char *to)
{
	struct buf b;
	struct span s;
	bool good;

	buf_init(&b, 1000);
	verp_ask(&b, span_str(sender));
	good = buf_get(&b, &s) == 0 && span_is(s, to);
	buf_free(&b);
	return good;
}

int
main(void)
{
	struct buf b;
	struct span s;

	ok(expands("list-@host-@[]", "user@dom", "list-user=dom@host"), "VERP");
	ok(expands("list-@host-@[]", "a@b@dom", "list-a@b=dom@host"), "last @");
	ok(expands("list-@host-@[]", "user", "list-user@host"), "no domain");
	ok(expands("joe@host", "user@dom", "joe@host"), "not asked");
	ok(expands("#@[]", "user@dom", "#@[]"), "double bounce");
	ok(expands("", "user@dom", ""), "bounce");
	ok(!verp_asked(SPAN("-@[]")) && verp_asked(SPAN("l-@h-@[]")), "asked");
	ok(asks("list@host", "list-@host-@[]"), "asks");
	ok(asks("a@b@host", "a@b-@host-@[]"), "asks behind the last @");
	ok(asks("list-@host-@[]", "list-@host-@[]"), "asks once");
	ok(asks("#@[]", "#@[]") && asks("", ""), "bounces do not ask");
	ok(asks("list", "list"), "who has no host does not ask");
	buf_init(&b, 1000);
	verp_base(&b, SPAN("list-@host-@[]"));
	ok(buf_get(&b, &s) == 0 && span_is(s, "list-@host"), "base");
	buf_free(&b);
	return tap_done();
}
