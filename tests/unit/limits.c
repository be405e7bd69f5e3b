/* Failures counted: who is refused, who is not, and when it is forgotten. */
#include "auth/limits.h"

#include <stdio.h>

#include "tests/tap.h"

static struct limits l;

static void
reset(void)
{
	memset(&l, 0, sizeof l);
	l.per_peer = 5;
	l.per_user = 10;
	l.window_ms = 600000;
	l.seed = 42;
}

static void
per_peer(void)
{
	struct span bad = SPAN("192.0.2.1"), six = SPAN("2001:db8::1");
	char name[16];

	reset();
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "user%d", i);
		ok(limits_allow(&l, bad, span_str(name), 1000),
		    "a few failures are allowed");
		limits_failed(&l, bad, span_str(name), 1000);
	}
	ok(!limits_allow(&l, bad, SPAN("fresh"), 1001), "then no more");
	ok(limits_allow(&l, SPAN("192.0.2.2"), SPAN("fresh"), 1001),
	    "but from elsewhere");
	ok(!limits_allow(&l, bad, SPAN("fresh"), 100000), "still not");
	ok(limits_allow(&l, bad, SPAN("fresh"), 130000),
	    "one more when a fifth of the time has passed");
	for (int i = 0; i < 5; i++)
		limits_failed(&l, six, SPAN("x"), 0);
	ok(!limits_allow(&l, SPAN("2001:db8::ffff"), SPAN("y"), 0),
	    "an IPv6 network counts as one");
	ok(limits_allow(&l, SPAN("2001:db8:0:1::1"), SPAN("y"), 0),
	    "its neighbour does not");
}

static void
per_user(void)
{
	char peer[32];

	reset();
	limits_passed(&l, SPAN("198.51.100.7"), SPAN("ann"), 0);
	for (int i = 0; i < 10; i++) {
		snprintf(peer, sizeof peer, "192.0.2.%d", i);
		limits_failed(&l, span_str(peer), SPAN("ann"), 0);
	}
	ok(!limits_allow(&l, SPAN("203.0.113.1"), SPAN("ann"), 0),
	    "a user under attack from many places");
	ok(!limits_allow(&l, SPAN("203.0.113.1"), SPAN("ANN"), 0),
	    "in whatever case");
	ok(limits_allow(&l, SPAN("198.51.100.7"), SPAN("ann"), 0),
	    "can log in from where it worked before");
	ok(limits_allow(&l, SPAN("203.0.113.1"), SPAN("bob"), 0),
	    "others are not concerned");
}

static void
bounded(void)
{
	char peer[32];

	reset();
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(peer, sizeof peer, "10.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		limits_failed(&l, span_str(peer), SPAN("z"), i);
	}
	for (int i = 0; i < 5; i++)
		limits_failed(&l, SPAN("192.0.2.9"), SPAN("q"), 100000);
	ok(!limits_allow(&l, SPAN("192.0.2.9"), SPAN("r"), 100000),
	    "a full table forgets the oldest, not the newest");
	for (int i = 0; i < 20; i++)
		limits_failed(&l, SPAN("127.0.0.1"), SPAN("w"), 0);
	ok(limits_allow(&l, SPAN("127.0.0.1"), SPAN("v"), 0),
	    "this host itself is no peer to be refused");
}

int
main(void)
{
	per_peer();
	per_user();
	bounded();
	return tap_done();
}
