/*
 * users/assign: what compiles can be looked up; a cdb of any bytes gives an
 * owner whose strings end, or none.
 *
 * links: auth/assign.o
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
look_up(struct span cdb, const char *local)
{
	struct owner o;

	if (assign_find(cdb, span_str(local), &o) == 1 &&
	    (o.home[0] != '/' || strlen(o.home) > DOOR_HOME_MAX ||
	    strlen(o.user) > DOOR_USER_MAX))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span text = { (const char *)bytes, size };
	struct owner o;
	struct buf cdb;
	unsigned long line;
	const char *why;

	buf_init(&cdb, 1 << 24);
	if (assign_compile(text, &cdb, &line, &why) == 0 &&
	    assign_find(buf_peek(&cdb), SPAN("joe-x"), &o) == -1)
		abort();
	buf_free(&cdb);
	look_up(text, "joe");
	look_up(text, "joe-list");
	return 0;
}
