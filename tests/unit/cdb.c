/* cdb: what is put in comes out; what is no cdb does no harm. */
#include "lib/base/cdb.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/tap.h"

static struct buf file;

static struct span
key_of(char *room, unsigned i)
{
	return (struct span){ room, (size_t)snprintf(room, 32, "key%u",
	    i % 700) };
}

static void
make(unsigned n)
{
	struct cdb_make m;
	char k[32], d[32];

	cdb_make_start(&m, &file);
	for (unsigned i = 0; i < n; i++) {
		int len = snprintf(d, sizeof d, "data%u", i);

		cdb_make_add(&m, key_of(k, i), (struct span){ d,
		    (size_t)len });
	}
	cdb_make_add(&m, SPAN(""), SPAN("empty key"));
	ok(cdb_make_finish(&m) == 0, "made");
}

static void
round_trip(void)
{
	struct span all, data;
	char k[32];
	bool good = true;

	make(1000);
	ok(buf_get(&file, &all) == 0, "there is a file");
	for (unsigned i = 0; i < 700; i++) {
		struct cdb_find f = { 0 };
		char want[32];

		snprintf(want, sizeof want, "data%u", i);
		good &= cdb_get(all, key_of(k, i), &data) == 1 &&
		    span_is(data, want);
		good &= cdb_next(all, key_of(k, i), &f, &data) == 1;
		snprintf(want, sizeof want, "data%u", i + 700);
		good &= cdb_next(all, key_of(k, i), &f, &data) ==
		    (i < 300) && (i >= 300 || span_is(data, want));
		good &= cdb_next(all, key_of(k, i), &f, &data) == 0;
	}
	ok(good, "every key, the first of several first");
	ok(cdb_get(all, SPAN(""), &data) == 1 && span_is(data, "empty key"),
	    "the empty key");
	ok(cdb_get(all, SPAN("nothing"), &data) == 0, "no other key");
	make(0);
	ok(buf_get(&file, &all) == 0 &&
	    cdb_get(all, SPAN("x"), &data) == 0, "an empty one");
}

/* A record, byte by byte as the format has it. */
static void
format(void)
{
	struct cdb_make m;
	const unsigned char *p;

	cdb_make_start(&m, &file);
	cdb_make_add(&m, SPAN("one"), SPAN("Hello"));
	ok(cdb_make_finish(&m) == 0, "made");
	ok(file.len == 2048 + 8 + 8 + 16, "size");
	p = (const unsigned char *)file.p + 2048;
	ok(p[0] == 3 && p[4] == 5 && memcmp(p + 8, "oneHello", 8) == 0,
	    "record");
}

/* Cut anywhere, or with any byte changed: an answer, and no crash. */
static void
disbelief(void)
{
	struct span all, data;
	char *copy;
	bool good = true;

	make(20);
	if (buf_get(&file, &all) == -1)
		return;
	for (size_t len = 0; len < all.len; len++) {
		copy = malloc(len + 1);
		memcpy(copy, all.p, len);
		for (unsigned i = 0; i < 20; i++) {
			char k[32];
			int r = cdb_get((struct span){ copy, len },
			    key_of(k, i), &data);

			good &= r == 1 || r == 0 || errno == EPROTO;
			good &= len >= CDB_HEADER || r == -1;
		}
		free(copy);
	}
	ok(good, "cut anywhere");
	copy = malloc(all.len);
	srand(1);
	for (int n = 0; n < 20000; n++) {
		char k[32];

		memcpy(copy, all.p, all.len);
		for (int i = 0; i < 20; i++)
			copy[(unsigned)rand() % all.len] = (char)rand();
		if (cdb_get((struct span){ copy, all.len },
		    key_of(k, (unsigned)n % 20), &data) == 1)
			good &= data.p >= copy &&
			    data.p + data.len <= copy + all.len;
	}
	free(copy);
	ok(good, "any bytes changed");
}

int
main(void)
{
	buf_init(&file, 1 << 20);
	round_trip();
	format();
	disbelief();
	buf_free(&file);
	return tap_done();
}
