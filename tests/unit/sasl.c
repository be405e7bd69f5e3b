/* SASL exchanges, and SCRAM-SHA-256 with the example of RFC 7677. */
#include "lib/sasl/sasl.h"

#include "lib/mail/encode.h"
#include "lib/sasl/scram.h"
#include "tests/tap.h"

static const char client_first[] = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
static const char server_half[] = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
static const char server_first[] =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
static const char client_last[] =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
static const char server_last[] =
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

static void
example_verifier(struct scram_verifier *v)
{
	struct buf salt;

	buf_init(&salt, SCRAM_SALT_MAX);
	if (base64_decode(&salt, SPAN("W22ZaJ0SNY7soEsUEjb6gQ==")) == 0)
		scram_make(v, SPAN("pencil"), buf_peek(&salt), 4096);
	buf_free(&salt);
}

/* The whole exchange with that last message. */
static enum parse
exchange(const char *first, const char *last, struct buf *out)
{
	struct scram_verifier v;
	struct scram s;
	enum parse result;

	example_verifier(&v);
	scram_init(&s);
	buf_reset(out);
	result = scram_first(&s, span_str(first));
	if (result == PARSE_OK &&
	    scram_challenge(&s, &v, span_str(server_half), out) == -1)
		result = PARSE_BAD;
	buf_reset(out);
	if (result == PARSE_OK)
		result = scram_last(&s, span_str(last), out);
	scram_free(&s);
	return result;
}

static void
rfc_7677(void)
{
	struct scram_verifier v;
	struct scram s;
	struct buf out;

	buf_init(&out, SCRAM_MESSAGE_MAX);
	example_verifier(&v);
	scram_init(&s);
	ok(scram_first(&s, span_str(client_first)) == PARSE_OK &&
	    span_is(buf_peek(&s.name), "user"), "RFC 7677: client first");
	ok(scram_challenge(&s, &v, span_str(server_half), &out) == 0 &&
	    span_is(buf_peek(&out), server_first), "RFC 7677: server first");
	buf_reset(&out);
	ok(scram_last(&s, span_str(client_last), &out) == PARSE_OK &&
	    span_is(buf_peek(&out), server_last), "RFC 7677: the last two");
	scram_free(&s);
	ok(scram_check(&v, SPAN("pencil")), "the verifier knows the password");
	ok(!scram_check(&v, SPAN("pencils")), "and no other");
	buf_free(&out);
}

static void
verifiers(void)
{
	struct scram_verifier v, w;
	struct buf out;

	buf_init(&out, SCRAM_MESSAGE_MAX);
	example_verifier(&v);
	scram_write(&out, &v);
	ok(scram_parse(buf_peek(&out), &w) == PARSE_OK &&
	    memcmp(&v, &w, sizeof v) == 0, "a verifier read back is the same");
	for (size_t cut = 0; cut < out.len; cut++)
		if (scram_parse(span_head(buf_peek(&out), cut), &w) ==
		    PARSE_OK)
			ok(false, "half a verifier is none");
	buf_str(&out, ",AA==");
	ok(scram_parse(buf_peek(&out), &w) == PARSE_BAD, "nothing behind it");
	ok(scram_parse(SPAN("{SCRAM-SHA-256}0,AA==,AA==,AA=="), &w) ==
	    PARSE_BAD, "short keys and no iterations are refused");
	scram_fake(&v, SPAN("nobody"), SPAN("secret"));
	scram_fake(&w, SPAN("nobody"), SPAN("secret"));
	ok(memcmp(&v, &w, sizeof v) == 0, "a fake is stable");
	scram_fake(&w, SPAN("somebody"), SPAN("secret"));
	ok(memcmp(v.salt, w.salt, SCRAM_SALT) != 0, "and not all alike");
	buf_free(&out);
}

static void
scram_refuses(void)
{
	static const char *const firsts[] = {
		"", "n", "n,", "n,,", "n,,n=user", "n,,r=abc", "n,,n=,r=abc",
		"n,,n=user,r=", "p=tls-unique,,n=user,r=abc", "x,,n=u,r=a",
		"n,a=,n=user,r=abc", "n,b=x,n=user,r=abc",
		"n,,n=us=er,r=abc", "n,,n=user=2,r=abc", "n,,m=x,n=user,r=abc",
		"n,,n=us\xff,r=abc", "n,,n=user,r=a b",
	};
	static const char *const lasts[] = {
		"", "c=biws", "c=biws,p=", "p=dHzbZapWIk4jUhN+Ute9ytag9zjf"
		"MHgsqmmiz7AndVQ=",
		"c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k1,"
		"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	struct buf out;

	buf_init(&out, SCRAM_MESSAGE_MAX);
	for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
		ok(exchange(firsts[i], client_last, &out) == PARSE_BAD,
		    firsts[i][0] != '\0' ? "a bad first message is refused" :
		    "an empty first message is refused");
	for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++)
		ok(exchange(client_first, lasts[i], &out) == PARSE_BAD,
		    "a bad last message is refused");
	for (size_t cut = 0; cut < sizeof client_last - 1; cut++) {
		char part[sizeof client_last];

		memcpy(part, client_last, cut);
		part[cut] = '\0';
		if (exchange(client_first, part, &out) != PARSE_BAD)
			ok(false, "a last message cut short is refused");
	}
	buf_free(&out);
}

static void
escapes(void)
{
	struct scram s;

	scram_init(&s);
	ok(scram_first(&s, SPAN("y,a=b=3Dc,n=a=2Cb,r=x,e=1")) == PARSE_OK &&
	    span_is(buf_peek(&s.name), "a,b") &&
	    span_is(buf_peek(&s.act_as), "b=c") &&
	    span_is(buf_peek(&s.gs2), "y,a=b=3Dc,"), "names are unescaped");
	scram_free(&s);
}

static void
plain(void)
{
	struct span initial = SPAN("AHVzZXIAcGVuY2ls"), empty = SPAN("=");
	struct sasl s;

	sasl_init(&s, SASL_PLAIN, SPAN(""));
	ok(sasl_begin(&s, &initial) == SASL_PASSWORD &&
	    span_is(buf_peek(&s.user), "user") &&
	    span_is(buf_peek(&s.password), "pencil"),
	    "PLAIN with an initial response");
	ok(sasl_begin(&s, NULL) == SASL_CHALLENGE && s.out.len == 0,
	    "PLAIN without one: an empty challenge");
	ok(sasl_line(&s, initial) == SASL_PASSWORD, "and its answer");
	ok(sasl_begin(&s, &empty) == SASL_BAD, "an empty response is refused");
	ok(sasl_line(&s, SPAN("*")) == SASL_CANCELLED, "the client may stop");
	ok(sasl_line(&s, SPAN("=AAA")) == SASL_BAD, "RFC 5034: =AAA");
	ok(sasl_line(&s, SPAN("AAA=BBB")) == SASL_BAD, "RFC 5034: AAA=BBB");
	ok(sasl_line(&s, SPAN("AHVzZXIA cGVuY2ls")) == SASL_BAD,
	    "no blanks in base64");
	ok(sasl_line(&s, SPAN("dXNlcgBwZW5jaWw=")) == SASL_BAD,
	    "one NUL is too few");
	ok(sasl_line(&s, SPAN("AHVzZXIAcGVuAGNpbA==")) == SASL_BAD,
	    "three are too many");
	sasl_free(&s);
}

static void
others(void)
{
	struct span user = SPAN("dXNlcg=="), pw = SPAN("cGVuY2ls");
	struct span none = SPAN("=");
	struct sasl s;

	sasl_init(&s, SASL_LOGIN, SPAN(""));
	ok(sasl_begin(&s, NULL) == SASL_CHALLENGE &&
	    span_is(buf_peek(&s.out), "Username:"), "LOGIN asks for a name");
	ok(sasl_line(&s, user) == SASL_CHALLENGE &&
	    span_is(buf_peek(&s.out), "Password:"), "then for a password");
	ok(sasl_line(&s, pw) == SASL_PASSWORD &&
	    span_is(buf_peek(&s.user), "user") &&
	    span_is(buf_peek(&s.password), "pencil"), "and has both");
	sasl_free(&s);
	sasl_init(&s, SASL_EXTERNAL, SPAN("user"));
	ok(sasl_begin(&s, &none) == SASL_VOUCHED &&
	    span_is(buf_peek(&s.user), "user"), "EXTERNAL: whom one vouches for");
	ok(sasl_begin(&s, &user) == SASL_VOUCHED, "the same name again");
	ok(sasl_begin(&s, &pw) == SASL_BAD, "but no other");
	sasl_free(&s);
	sasl_init(&s, SASL_EXTERNAL, SPAN(""));
	ok(sasl_begin(&s, &none) == SASL_BAD, "nobody vouches");
	sasl_free(&s);
	sasl_init(&s, SASL_SCRAM_SHA_256, SPAN(""));
	ok(sasl_begin(&s, &user) == SASL_RELAY, "SCRAM goes to the door");
	ok(sasl_relayed(&s, SPAN("r="), false) == SASL_CHALLENGE, "and back");
	ok(sasl_line(&s, user) == SASL_RELAY, "twice");
	ok(sasl_relayed(&s, SPAN("v="), true) == SASL_CHALLENGE,
	    "the signature comes last");
	ok(sasl_line(&s, SPAN("")) == SASL_DONE, "and is acknowledged");
	sasl_free(&s);
}

static void
names(void)
{
	struct buf b;

	buf_init(&b, 100);
	sasl_names(&b, SASL_PLAIN | SASL_SCRAM_SHA_256);
	ok(span_is(buf_peek(&b), " SCRAM-SHA-256 PLAIN"), "names of a set");
	ok(sasl_by_name(SPAN("plain")) == SASL_PLAIN &&
	    sasl_by_name(SPAN("CRAM-MD5")) == 0, "a mechanism by its name");
	buf_free(&b);
}

int
main(void)
{
	rfc_7677();
	verifiers();
	scram_refuses();
	escapes();
	plain();
	others();
	names();
	return tap_done();
}
