/* Envelope recipients become what qmail-send's rules say. */
#include "lib/mail/rewrite.h"

#include <stdlib.h>

#include "tests/tap.h"

#define LIST(lit) ((struct span){ (lit), sizeof(lit) })

static struct rewrite rules;
static struct buf scratch;

static const struct rewrite_lists lists = {
	.envnoathost = { "me.example", 10 },
	.localiphost = { "me.example", 10 },
	.locals = LIST("me.example\0Two.example\0[10.9.8.7]"),
	.percenthack = LIST("hack.example"),
	.virtualdomains = LIST("virt.example:joe-foo\0"
	    "Bob@mixed.example:bob\0"
	    ".nowhere.mil:joe-host\0"
	    "not.nowhere.mil:\0"
	    "me.example:never\0"
	    "x.nowhere.mil:first\0x.nowhere.mil:second\0"
	    "u@[IPv6:::9]:lit"),
	.own_ips = LIST("127.0.0.1\0::1"),
	.brk = '-',
};

static bool
becomes(const char *from, const char *to, bool local)
{
	struct rewritten out;

	if (rewrite_address(&rules, span_str(from), &scratch, &out) == -1)
		return false;
	return out.local == local && span_is(out.address, to) &&
	    out.address.len == out.user.len + 1 + out.domain.len;
}

static void
many(void)
{
	size_t size = 0;
	char *text = malloc(20000 * 32);
	struct rewrite_lists l = lists;
	struct rewrite r;
	struct rewritten out;
	bool good = true;

	for (int i = 0; i < 20000; i++)
		size += (size_t)sprintf(text + size, "d%d.example:u%d", i, i) + 1;
	l.virtualdomains = (struct span){ text, size };
	ok(rewrite_load(&r, &l) == 0, "20,000 domains load");
	free(text);
	for (int i = 0; i < 20000; i += 7) {
		char from[64], to[64];

		snprintf(from, sizeof from, "x@D%d.example", i);
		snprintf(to, sizeof to, "u%d-x@D%d.example", i, i);
		good = good && rewrite_address(&r, span_str(from), &scratch,
		    &out) == 0 && span_is(out.address, to);
	}
	ok(good, "and each is found");
	rewrite_free(&r);
}

int
main(void)
{
	buf_init(&scratch, 4000);
	ok(rewrite_load(&rules, &lists) == 0, "lists load");
	ok(becomes("joe", "joe@me.example", true), "no @: envnoathost");
	ok(becomes("joe@TWO.Example", "joe@TWO.Example", true), "locals");
	ok(becomes("joe@far.example", "joe@far.example", false), "remote");
	ok(becomes("", "@me.example", true), "empty");
	ok(becomes("a@b@two.example", "a@b@two.example", true), "last @");
	ok(becomes("joe@[127.0.0.1]", "joe@me.example", true), "own address");
	ok(becomes("joe@[IPv6:0:0:0:0:0:0:0:1]", "joe@me.example", true),
	    "own IPv6 address, written otherwise");
	ok(becomes("joe@[10.9.8.7]", "joe@[10.9.8.7]", true), "literal listed");
	ok(becomes("joe@[10.9.8.6]", "joe@[10.9.8.6]", false), "foreign one");
	ok(becomes("joe%two.example@hack.example", "joe@two.example", true),
	    "percent hack");
	ok(becomes("a%b%hack.example@hack.example", "a@b", false), "twice");
	ok(becomes("joe@hack.example", "joe@hack.example", false), "no percent");
	ok(becomes("info@virt.example", "joe-foo-info@virt.example", true),
	    "virtual domain");
	ok(becomes("bob@MIXED.example", "bob-bob@MIXED.example", true),
	    "virtual user");
	ok(becomes("al@mixed.example", "al@mixed.example", false),
	    "no other user");
	ok(becomes("a@b.c.nowhere.mil", "joe-host-a@b.c.nowhere.mil", true),
	    "suffix");
	ok(becomes("a@nowhere.mil", "a@nowhere.mil", false),
	    "a suffix is not its domain");
	ok(becomes("a@not.nowhere.mil", "a@not.nowhere.mil", false),
	    "exception");
	ok(becomes("a@me.example", "a@me.example", true), "locals come first");
	ok(becomes("a@x.nowhere.mil", "second-a@x.nowhere.mil", true),
	    "the last of two lines");
	ok(becomes("u@[IPv6:::9]", "lit-u@[IPv6:::9]", true),
	    "colons in a literal");
	rewrite_free(&rules);
	many();
	buf_free(&scratch);
	return tap_done();
}
