/*
 * The password file's lines and records, addresses, and the packets of the
 * auth door: what is read can be written and read again.
 *
 * links: auth/people.o auth/failure.o lib/wire/auth.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/failure.h"
#include "auth/people.h"
#include "lib/wire/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
line(struct span in)
{
	struct people_entry e, again;
	struct span name, hash;
	struct buf b;

	if (people_take_line(in, &e) != PARSE_OK)
		return;
	buf_init(&b, 2 * PEOPLE_LINE_MAX);
	people_put_record(&b, &e);
	if (b.err != 0 || people_take_record((struct span){ b.p, b.len },
	    &again) != PARSE_OK || !span_eq(e.hash, again.hash) ||
	    e.uid != again.uid || !span_eq(e.apps, again.apps))
		abort();
	while (people_next_app(&again.apps, &name, &hash))
		if (!people_app_name(name))
			abort();
	buf_free(&b);
}

/* An address as it is looked up is looked up as it is. */
static void
address(struct span in)
{
	struct buf b, again;

	buf_init(&b, PEOPLE_ADDRESS_MAX);
	buf_init(&again, PEOPLE_ADDRESS_MAX);
	if (people_address(in, &b) && (b.p[0] == '.' ||
	    memchr(b.p, '/', b.len) != NULL ||
	    memchr(b.p, ':', b.len) != NULL ||
	    !people_address(buf_peek(&b), &again) ||
	    !span_eq(buf_peek(&b), buf_peek(&again))))
		abort();
	buf_free(&b);
	buf_free(&again);
}

/* One line, whatever the name, with exactly as many blanks. */
static void
failure(struct span in)
{
	struct buf b;
	size_t blanks = 0;

	buf_init(&b, 1 << 20);
	failure_line(&b, in, in, in, "why");
	for (size_t i = 0; i < b.len; i++) {
		blanks += b.p[i] == ' ';
		if (b.p[i] == '\n' && i + 1 < b.len)
			abort();
	}
	if (b.err == 0 && blanks != 4)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };
	struct people_entry e;
	struct auth_question q;
	struct auth_answer a;

	line(in);
	(void)!people_take_record(in, &e);
	address(in);
	failure(in);
	(void)!auth_take_question(in, &q);
	if (auth_take_answer(in, &a) == PARSE_OK && a.type == AUTH_YES &&
	    (strlen(a.user) > AUTH_USER_MAX || strlen(a.home) > AUTH_PATH_MAX))
		abort();
	return 0;
}
