/* Settings and routes: from control files to decisions. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "send/route.h"
#include "tests/tap.h"

static char dir_name[] = "/tmp/postern-route.XXXXXX";
static int dir;
static struct route_room room;

static void
put(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		exit(1);
	close(fd);
}

/* "L key address" or "R key address" of a recipient. */
static const char *
goes(const struct routes *r, const char *address)
{
	static char text[4096];
	struct route to;

	if (route_recipient(r, span_str(address), &room, &to) == -1)
		return "error";
	snprintf(text, sizeof text, "%c %.*s %.*s",
	    to.kind == LOCAL ? 'L' : 'R', (int)to.key.len, to.key.p,
	    (int)to.address.len, to.address.p);
	return text;
}

#define GOES(from, to) ok(strcmp(goes(&r, from), to) == 0, from " -> " to)

static void
routes(void)
{
	struct routes r = { 0 };
	const char *what;

	put("me", "me.example\n");
	put("smtproutes", "relay.example:host.example:2525\n"
	    ".sub.example:[192.0.2.1]\n# no\n"
	    "deep.sub.example:[IPv6:2001:db8::1]:26\n"
	    "direct.sub.example:\n[192.0.2.9]:literal.example\n");
	ok(routes_load(&r, dir, SPAN("127.0.0.1"), &what) == 0, "loads");
	GOES("joe@me.example", "L joe joe@me.example");
	GOES("joe", "L joe joe@me.example");
	GOES("Joe@ME.Example", "L Joe Joe@ME.Example");
	GOES("joe@Other.Example", "R m:other.example joe@Other.Example");
	GOES("joe@relay.example", "R r:host.example:2525 joe@relay.example");
	GOES("joe@RELAY.example", "R r:host.example:2525 joe@RELAY.example");
	GOES("joe@x.relay.example", "R m:x.relay.example joe@x.relay.example");
	GOES("joe@sub.example", "R m:sub.example joe@sub.example");
	GOES("joe@a.b.sub.example", "R r:[192.0.2.1] joe@a.b.sub.example");
	GOES("joe@deep.sub.example",
	    "R r:[IPv6:2001:db8::1]:26 joe@deep.sub.example");
	GOES("joe@direct.sub.example",
	    "R m:direct.sub.example joe@direct.sub.example");
	GOES("joe@[192.0.2.9]", "R r:literal.example joe@[192.0.2.9]");
	put("smtproutes", ":smart.example\nme2.example:\n");
	put("virtualdomains", "virt.example:bob\njoe@me2.example:ann-x\n");
	put("locals", "l1.example\nl2.example\n");
	put("percenthack", "l1.example\n");
	ok(routes_load(&r, dir, SPAN(""), &what) == 0, "loads again");
	GOES("joe@any.example", "R r:smart.example joe@any.example");
	GOES("joe@me2.example", "L ann-x-joe ann-x-joe@me2.example");
	GOES("jim@me2.example", "R m:me2.example jim@me2.example");
	GOES("info@virt.example", "L bob-info bob-info@virt.example");
	GOES("a%b.example@l1.example", "R r:smart.example a@b.example");
	GOES("joe@me.example", "R r:smart.example joe@me.example");
	GOES("joe@l2.example", "L joe joe@l2.example");
	chmod(dir_name, 0);
	if (geteuid() != 0) {
		ok(routes_load(&r, dir, SPAN(""), &what) == -1,
		    "an unreadable file is an error");
		GOES("joe@l2.example", "L joe joe@l2.example");
	}
	chmod(dir_name, 0700);
	routes_free(&r);
}

static void
settings(void)
{
	struct settings s = { 0 };
	const char *what;

	ok(settings_load(&s, dir, &what) == 0, "settings load");
	ok(s.concurrency[LOCAL] == 10 && s.concurrency[REMOTE] == 20 &&
	    s.lifetime_s == 604800 && s.delay_warning_s == 0,
	    "qmail's defaults");
	ok(span_is(buf_peek(&s.bouncehost), "me.example") &&
	    span_is(buf_peek(&s.bouncefrom), "MAILER-DAEMON") &&
	    span_is(buf_peek(&s.doublebounceto), "postmaster"),
	    "names default to me");
	put("concurrencylocal", "1000\n");
	put("concurrencyremote", "999999\n");
	put("queuelifetime", "60\n");
	put("doublebounceto", "\n");
	ok(settings_load(&s, dir, &what) == 0 &&
	    s.concurrency[LOCAL] == 1000 && s.concurrency[REMOTE] == 1000 &&
	    s.lifetime_s == 60, "concurrency goes up to a thousand");
	ok(buf_peek(&s.doublebounceto).len == 0, "an empty line is a value");
	put("queuelifetime", "sixty\n");
	put("concurrencylocal", "7\n");
	ok(settings_load(&s, dir, &what) == -1 &&
	    strcmp(what, "queuelifetime") == 0 && s.lifetime_s == 60 &&
	    s.concurrency[LOCAL] == 1000,
	    "a malformed file is named and changes nothing");
	settings_free(&s);
}

int
main(void)
{
	static const char *const names[] = { "me", "smtproutes", "locals",
	    "virtualdomains", "percenthack", "concurrencylocal",
	    "concurrencyremote", "queuelifetime", "doublebounceto" };

	if (mkdtemp(dir_name) == NULL)
		return 1;
	dir = open(dir_name, O_RDONLY | O_DIRECTORY);
	route_room_init(&room);
	routes();
	settings();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlinkat(dir, names[i], 0);
	rmdir(dir_name);
	return tap_done();
}
