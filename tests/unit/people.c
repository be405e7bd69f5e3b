/* The password file's lines and records, hashes, and the failure line. */
#include "auth/people.h"

#include "auth/failure.h"
#include "auth/hash.h"
#include "tests/tap.h"

static void
lines(void)
{
	const char text[] =
	    "ann@example.org:$6$x$y:1000:1001:/v/ann:9S:phone=h1 pc=h2";
	struct people_entry e, back;
	struct span apps, name, hash;
	struct buf b;

	buf_init(&b, 1000);
	ok(people_take_line(span_str(text), &e) == PARSE_OK &&
	    span_is(e.address, "ann@example.org") &&
	    span_is(e.hash, "$6$x$y") && e.uid == 1000 && e.gid == 1001 &&
	    span_is(e.home, "/v/ann") && span_is(e.quota, "9S"), "a line");
	apps = e.apps;
	ok(people_next_app(&apps, &name, &hash) && span_is(name, "phone") &&
	    span_is(hash, "h1") && people_next_app(&apps, &name, &hash) &&
	    span_is(name, "pc") && !people_next_app(&apps, &name, &hash),
	    "its application passwords");
	people_put_line(&b, &e);
	ok(b.len == sizeof text && memcmp(b.p, text, b.len - 1) == 0,
	    "written back as it was");
	buf_reset(&b);
	people_put_record(&b, &e);
	ok(people_take_record(buf_peek(&b), &back) == PARSE_OK &&
	    span_eq(back.hash, e.hash) && back.uid == 1000 &&
	    span_eq(back.apps, e.apps), "a record read back is the same");
	ok(people_take_record(span_head(buf_peek(&b), b.len - 1), &back) ==
	    PARSE_BAD, "half a record is none");
	ok(people_take_line(SPAN("x"), &e) == PARSE_OK && e.uid == 0 &&
	    e.hash.len == 0, "missing fields are empty");
	ok(people_take_line(SPAN("# x:y"), &e) == PARSE_BAD &&
	    people_take_line(SPAN(""), &e) == PARSE_BAD &&
	    people_take_line(SPAN(":h:1:1:/:"), &e) == PARSE_BAD &&
	    people_take_line(SPAN("a:h:-1:1:/:"), &e) == PARSE_BAD &&
	    people_take_line(SPAN("a:h:99999999999:1:/:"), &e) == PARSE_BAD,
	    "comments, empty lines, no address, no number");
	buf_free(&b);
}

static bool
becomes(const char *given, const char *want)
{
	struct buf b;
	bool good;

	buf_init(&b, PEOPLE_ADDRESS_MAX);
	good = people_address(span_str(given), &b) &&
	    span_is(buf_peek(&b), want);
	buf_free(&b);
	return good;
}

static void
addresses(void)
{
	static const char *const bad[] = { "", "@", "a@", "@b", "a b@c",
		"a@b c", "a:b", "../x", ".a@b", "a/b@c", "a@.b", "a@b@c",
		"a\nb", "-a", "\xff@b", "a@\xff" };
	struct buf b;

	ok(becomes("Ann@Example.ORG", "ann@example.org"), "in lower case");
	ok(becomes("ann", "ann"), "a name without domain");
	ok(becomes("a+b.c@d", "a+b.c@d"), "with an extension");
	ok(becomes("\xc3\xa4@B\xc3\xbc" "cher.test",
	    "\xc3\xa4@xn--bcher-kva.test") &&
	    becomes("u@XN--Bcher-KVA.test", "u@xn--bcher-kva.test"),
	    "the domain as DNS has it");
	buf_init(&b, PEOPLE_ADDRESS_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_reset(&b);
		ok(!people_address(span_str(bad[i]), &b), "no address");
	}
	buf_free(&b);
}

static bool
matches(struct span hash, struct span password)
{
	bool worked = false;

	return hash_matches(hash, password, &worked) && worked;
}

static bool
works(struct span hash)
{
	bool worked = false;

	(void)hash_matches(hash, SPAN("sesame"), &worked);
	return worked;
}

static void
hashes(void)
{
	static const char *const schemes[] = { "scram", "sha512", "default" };
	struct buf b;

	for (size_t i = 0; i < 3; i++) {
		buf_init(&b, PEOPLE_HASH_MAX);
		ok(hash_make(&b, schemes[i], SPAN("sesame")) == 0 &&
		    people_field(buf_peek(&b)) &&
		    matches(buf_peek(&b), SPAN("sesame")) &&
		    !matches(buf_peek(&b), SPAN("sesamf")) &&
		    !matches(buf_peek(&b), SPAN("")), schemes[i]);
		buf_free(&b);
	}
	buf_init(&b, PEOPLE_HASH_MAX);
	ok(hash_make(&b, "plain", SPAN("x")) == -1 &&
	    hash_make(&b, "scram", SPAN("")) == -1, "no other schemes");
	ok(matches(SPAN("$6$rounds=1000$saltstring$"), SPAN("")) == false,
	    "a hash cut short matches nothing");
	ok(!matches(SPAN("*"), SPAN("*")) &&
	    !matches(SPAN("!!"), SPAN("")) &&
	    !matches(SPAN(""), SPAN("")), "no hash matches nothing");
	ok(works(SPAN("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/")) &&
	    works(SPAN("$1$saltsalt$")) && !works(SPAN("*LK*")) &&
	    !works(SPAN("$9$x$y")) && !works(SPAN("{SCRAM-SHA-256}1,x")),
	    "whether there was work to do is known");
	buf_reset(&b);
	ok(!hash_usable(SPAN("hello"), &b) && !hash_usable(SPAN("$9$x$y"), &b) &&
	    hash_usable(SPAN("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"), &b),
	    "what may be a hash");
	ok(hash_usable(SPAN("$1$pepper12$qjXMvbEw8oaL.CzflDtaK/"), &b) &&
	    !hash_usable(SPAN("$1$pepper12$qjXMvbEw8oaL.CzflDtaK"), &b) &&
	    !hash_usable(SPAN("$1$pepper12$qjXMvbEw8oaL.CzflDta!/"), &b) &&
	    !hash_usable(SPAN("$1$pepper123$jXMvbEw8oaL.CzflDtaK/"), &b) &&
	    !hash_usable(SPAN("$9$pepper12$qjXMvbEw8oaL.CzflDtaK/"), &b),
	    "also among others");
	buf_free(&b);
}

static void
failures(void)
{
	struct buf b;

	buf_init(&b, 1000);
	failure_line(&b, SPAN("192.0.2.1"), SPAN("pop3"),
	    SPAN("a b%\n\xff\"=x@y"), "password");
	ok(span_is(buf_peek(&b), "192.0.2.1 postern-auth-failure service=pop3 "
	    "user=a%20b%25%0A%FF%22%3Dx@y why=password\n"),
	    "a name cannot forge a line");
	buf_reset(&b);
	failure_line(&b, SPAN(""), SPAN(""), SPAN(""), "unknown");
	ok(span_is(buf_peek(&b), "- postern-auth-failure service=- user=- "
	    "why=unknown\n"), "nothing is a dash");
	buf_free(&b);
}

int
main(void)
{
	lines();
	addresses();
	hashes();
	failures();
	return tap_done();
}
