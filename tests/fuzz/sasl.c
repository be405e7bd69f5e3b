/*
 * SASL and SCRAM: a client's lines, cut at LF, through every mechanism, with a
 * door that says what a door may say. Nothing is ever let in without a
 * password or a proof, and verifiers that are read can be written.
 *
 * links: lib/sasl/sasl.o lib/sasl/scram.o lib/sasl/sha256.o lib/mail/encode.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sasl/sasl.h"
#include "lib/sasl/scram.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
exchange(enum sasl_mechanism m, struct span in)
{
	struct span initial = span_cut(&in, '\n');
	enum sasl_next next;
	struct sasl s;

	sasl_init(&s, m, SPAN("ann"));
	next = sasl_begin(&s, initial.len > 0 ? &initial : NULL);
	for (int n = 0; n < 10; n++) {
		if (next == SASL_RELAY)
			next = sasl_relayed(&s, SPAN("r=x"), n > 1);
		else if (next == SASL_CHALLENGE)
			next = sasl_line(&s, span_cut(&in, '\n'));
		else
			break;
	}
	if (next == SASL_PASSWORD && (s.user.len == 0 || s.password.len == 0))
		abort();
	if (next == SASL_VOUCHED && !span_is((struct span){ s.user.p,
	    s.user.len }, "ann"))
		abort();
	sasl_free(&s);
}

static void
messages(struct span in)
{
	struct span first = span_cut(&in, '\n');
	struct scram_verifier v;
	struct scram s;
	struct buf out;

	buf_init(&out, SCRAM_MESSAGE_MAX);
	scram_init(&s);
	scram_fake(&v, SPAN("x"), SPAN("y"));
	if (scram_first(&s, first) == PARSE_OK &&
	    scram_challenge(&s, &v, SPAN("half"), &out) == 0 &&
	    scram_last(&s, in, &out) == PARSE_OK)
		abort();		/* nobody can prove that */
	scram_free(&s);
	buf_free(&out);
}

static void
verifier(struct span in)
{
	struct scram_verifier v, again;
	struct buf b;

	if (scram_parse(in, &v) != PARSE_OK)
		return;
	buf_init(&b, SCRAM_MESSAGE_MAX);
	scram_write(&b, &v);
	if (b.err != 0 || scram_parse((struct span){ b.p, b.len }, &again) !=
	    PARSE_OK || memcmp(&v, &again, sizeof v) != 0)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };

	exchange(SASL_PLAIN, in);
	exchange(SASL_LOGIN, in);
	exchange(SASL_SCRAM_SHA_256, in);
	exchange(SASL_EXTERNAL, in);
	messages(in);
	verifier(in);
	return 0;
}
