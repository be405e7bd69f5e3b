/* Address lists: RFC 5322's examples, qmail's, completion, hostile input. */
#include "lib/mail/address.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/tap.h"

static const struct completion how = {
	.defaulthost = { "silverton", 9 },
	.defaultdomain = { "berkeley.edu", 12 },
	.plusdomain = { "plus.edu", 8 },
};

/* All of value as "address,address,"; groups as "name:...;". NULL: an error. */
static const char *
listed(const char *value)
{
	static char text[4096];
	struct address_list l;
	struct address a;
	size_t n = 0;
	int r;

	address_list_init(&l, span_str(value));
	while ((r = address_next(&l, &a)) == 1) {
		struct span s = a.kind == ADDRESS_GROUP ? a.name : a.whole;

		n += (size_t)snprintf(text + n, sizeof text - n, "%.*s%s",
		    (int)s.len, s.p, a.kind == ADDRESS_GROUP ? ":" :
		    a.kind == ADDRESS_GROUP_END ? ";" : ",");
	}
	address_list_free(&l);
	text[n] = '\0';
	return r == 0 ? text : NULL;
}

static bool
lists(const char *value, const char *want)
{
	const char *got = listed(value);

	if (got != NULL && strcmp(got, want) == 0)
		return true;
	printf("# got: %s\n", got != NULL ? got : "(error)");
	return false;
}

static bool
completes(const char *value, const char *want)
{
	struct buf b;
	struct span got = { "", 0 };
	bool good;

	buf_init(&b, 100000);
	good = address_list_complete(&b, span_str(value), &how, NULL,
	    NULL) == 0 && buf_get(&b, &got) == 0 && span_is(got, want);
	if (!good)
		printf("# got: %.*s\n", (int)got.len, got.p);
	buf_free(&b);
	return good;
}

static void
reading(void)
{
	ok(lists("John Doe <jdoe@machine.example>", "jdoe@machine.example,"),
	    "RFC 5322 A.1.1");
	ok(lists("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
	    "mary@x.test,jdoe@example.org,one@y.test,"), "A.1.2");
	ok(lists("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <s@e.net>",
	    "boss@nil.test,s@e.net,"), "quoted name");
	ok(lists("A Group:Ed Jones <c@a.test>,joe@where.test,J <d@one.test>;",
	    "A Group:c@a.test,joe@where.test,d@one.test,;"), "A.1.3");
	ok(lists("Undisclosed recipients:;", "Undisclosed recipients:;"),
	    "empty group");
	ok(lists("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
	    "pete@silly.test,"), "A.5 comments");
	ok(lists("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)"
	    "public.example>,\r\n joe@example.org,\r\n John <jdoe@one.test> "
	    "(my dear friend); (the end of the group)",
	    "A Group(Some people):c@public.example,joe@example.org,"
	    "jdoe@one.test,;"), "A.5 group");
	ok(lists("(Empty list)(start)Hidden recipients  :(nobody(that I know)); ",
	    "Hidden recipients:;"), "A.5 empty group");
	ok(lists("Joe Q. Public <john.q.public@example.com>",
	    "john.q.public@example.com,"), "A.6.1");
	ok(lists("Mary Smith <@node.test:mary@example.net>, , jdoe@test . example",
	    "mary@example.net,jdoe@test.example,"), "A.6.1 route, blanks");
	ok(lists("God@heaven.af.mil, <@brl.mil:\"a\\\"quote\"@heaven.af.mil>,\n"
	    "  \"The Almighty\".One@heaven.af.mil",
	    "God@heaven.af.mil,a\"quote@heaven.af.mil,"
	    "The Almighty.One@heaven.af.mil,"), "addresses(5)");
	ok(lists("< \"God\"@heaven .af.mil>, \"a\\\"quote\" (Who?) @ heaven . af."
	    "  mil\n , God<\"The Almighty.One\"@heaven.af.mil>",
	    "God@heaven.af.mil,a\"quote@heaven.af.mil,"
	    "The Almighty.One@heaven.af.mil,"), "addresses(5), strange");
	ok(lists("djb fred", "djb,fred,"), "a blank for a comma");
	ok(lists("a@b c@d \"x y\"@z", "a@b,c@d,x y@z,"), "several");
	ok(lists("a@b; c@d;", "a@b,c@d,"), "semicolons for commas");
	ok(lists("x@[127.0.0.1], y@[IPv6:::1]", "x@[127.0.0.1],y@[IPv6:::1],"),
	    "literals");
	ok(lists("J\xc3\xb6rg <j\xc3\xb6rg@m\xc3\xbc.example>",
	    "j\xc3\xb6rg@m\xc3\xbc.example,"), "UTF-8");
	ok(lists("J\xf6rg M\xfcller <a@b>", "a@b,"), "8-bit name");
	ok(lists("", "") && lists(" (nobody) ", "") && lists(" , ,", ""),
	    "nobody");
	ok(lists("<>", ","), "empty address");
	ok(lists("@heaven.af.mil", "@heaven.af.mil,"), "empty local part");
	ok(lists("@at@@heaven.af.mil", "@at@@heaven.af.mil,"), "last @");
}

static void
refusing(void)
{
	ok(!listed("\"open <a@b>"), "open quotes");
	ok(!listed("(open <a@b>"), "open comment");
	ok(!listed("<a@b"), "open bracket");
	ok(!listed("a@b>"), "closed, not opened");
	ok(!listed("<a@b, c@d>"), "comma in brackets");
	ok(!listed("x@[1.2"), "open literal");
}

static void
spans(void)
{
	struct address_list l;
	struct address a;

	address_list_init(&l, SPAN(" \"Q\" R (x) <@r:a@b.c> (one) (two), d"));
	ok(address_next(&l, &a) == 1 && span_is(a.name, "\"Q\" R (x)") &&
	    span_is(a.spec, "@r:a@b.c") && span_is(a.comment, "two") &&
	    a.route && a.angle, "name, spec and comment");
	ok(address_next(&l, &a) == 1 && !a.has_domain && !a.comma_lacks &&
	    span_is(a.local, "d"), "lone word");
	ok(address_next(&l, &a) == 0, "end");
	address_list_free(&l);
}

static void
completing(void)
{
	ok(completes(" djb@silverton", " djb@silverton.berkeley.edu"), "domain");
	ok(completes(" eric@mammoth.cs+", " eric@mammoth.cs.plus.edu"), "plus");
	ok(completes(" eric@mammoth+", " eric@mammoth.plus.edu"), "plus alone");
	ok(completes(" djb", " djb@silverton.berkeley.edu"), "host");
	ok(completes(" djb@", " djb@silverton.berkeley.edu"), "lone @");
	ok(completes(" djb@x.", " djb@x.berkeley.edu"), "last dot");
	ok(completes(" a@[1.2.3.4], F <g@h.i> (e)\n\tb@c.d",
	    " a@[1.2.3.4], F <g@h.i> (e), b@c.d"), "only the comma");
	ok(completes(" djb fred", " djb@silverton.berkeley.edu, "
	    "fred@silverton.berkeley.edu"), "blank for a comma");
	ok(completes(" A (x) <@r.s:a@b.c> (y)", " A (x) <a@b.c> (y)"), "route");
	ok(completes(" a (who) @ b", " a@b.berkeley.edu (who)"),
	    "a comment inside");
	ok(completes(" a b: c, d;, e",
	    " a b: c@silverton.berkeley.edu, d@silverton.berkeley.edu;, "
	    "e@silverton.berkeley.edu"), "group");
	ok(completes(" a: b@c.d", " a: b@c.d;"), "group without end");
	ok(completes(" a@b.c; d@e.f;", " a@b.c, d@e.f"), "semicolons");
	ok(completes(" \"x y\"", " \"x y\"@silverton.berkeley.edu"), "quotes");
	ok(completes(" \"x@y\"", " \"x@y\"@silverton.berkeley.edu") &&
	    completes(" <\"x@y\">", " <\"x@y\"@silverton.berkeley.edu>"),
	    "a quoted @ is no domain's");
	ok(!completes(" x@\"y z\"", ""), "nor are quotes a domain");
	ok(completes(" <>", " <>"), "empty");
	ok(completes(" Odd . Dots  <a@b.c>,\r\n\t(z) d@e.f",
	    " Odd . Dots  <a@b.c>,\r\n\t(z) d@e.f"), "as it was");
	ok(!completes(" \"a\nb\"\x01@c", ""), "control characters");
}

static void
cuts(void)
{
	static const char text[] = "\"a\\\"\" (b(c)) <@d,@e:\"f g\"@h.i> (j), "
	    "k: l m@[n\\]], o <p@q>; , r . s @ t . u (v";
	bool good = true;

	for (size_t n = 0; n < sizeof text; n++) {
		char *copy = malloc(n + 1);
		struct address_list l;
		struct address a;

		memcpy(copy, text, n);
		address_list_init(&l, (struct span){ copy, n });
		while (address_next(&l, &a) == 1)
			good = good && a.whole.len <= n && l.rest.len <= n;
		address_list_free(&l);
		free(copy);
	}
	ok(good, "cut at every byte");
}

static void
large(void)
{
	enum { COUNT = 400000 };
	char *text = malloc(COUNT * 2);
	struct address_list l;
	struct address a;
	int count = 0;

	for (int i = 0; i < COUNT; i++)
		memcpy(text + 2 * i, "a ", 2);
	address_list_init(&l, (struct span){ text, COUNT * 2 });
	while (address_next(&l, &a) == 1)
		count++;
	ok(count == COUNT, "many words, in linear time");
	address_list_free(&l);
	memset(text, '(', COUNT);
	address_list_init(&l, (struct span){ text, COUNT });
	ok(address_next(&l, &a) == -1 && errno == EMSGSIZE, "deep comment");
	address_list_free(&l);
	memset(text, 'a', COUNT);
	address_list_init(&l, (struct span){ text, COUNT });
	ok(address_next(&l, &a) == -1 && errno == EMSGSIZE, "long address");
	address_list_free(&l);
	free(text);
}

int
main(void)
{
	reading();
	refusing();
	spans();
	completing();
	cuts();
	large();
	return tap_done();
}
