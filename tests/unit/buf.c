/* Bufs: bounded growth, and the first failure sticks. */
#include "lib/base/buf.h"

#include <errno.h>

#include "tests/tap.h"

int
main(void)
{
	struct buf b;
	struct span s;

	buf_init(&b, 10);
	ok(buf_get(&b, &s) == 0 && s.len == 0, "empty is a value");
	buf_str(&b, "12345");
	buf_num(&b, 67890);
	ok(buf_get(&b, &s) == 0 && span_is(s, "1234567890"), "up to the max");
	buf_char(&b, 'x');
	ok(buf_get(&b, &s) == -1 && errno == EMSGSIZE, "no further");
	buf_reset(&b);
	buf_str(&b, "12345678901");
	buf_str(&b, "a");
	ok(buf_get(&b, &s) == -1, "failure sticks");
	ok(buf_peek(&b).len == 0, "a failed buf peeks empty");
	buf_free(&b);
	buf_init(&b, 100);
	buf_fmt(&b, "%s-%d", "a", 5);
	ok(buf_get(&b, &s) == 0 && span_is(s, "a-5"), "formatted");
	ok(strcmp(buf_cstr(&b), "a-5") == 0, "as a string");
	buf_add(&b, "\0z", 2);
	ok(buf_cstr(&b) == NULL && errno == EINVAL, "not with a NUL inside");
	buf_free(&b);
	return tap_done();
}
