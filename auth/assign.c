/*
 * users/assign and its compiled form. Keys of users/cdb: "!local\0" for a
 * simple assignment, "!loc" for a wildcard one, and "" for the set of last
 * bytes of wildcards' prefixes, which saves most look-ups. The data are the
 * fields, NUL between them.
 */
#include <errno.h>
#include <string.h>

#include "auth/owner.h"
#include "lib/base/cdb.h"
#include "lib/base/num.h"

enum { FIELDS = 6 };
#define ID_MAX 0xfffffffeU	/* no int, as the value of an enum must be */

/* ---- reading ---- */

static int
take_field(struct span *data, char *to, size_t size)
{
	return span_to_cstr(span_cut(data, '\0'), to, size);
}

/* The fields, with rest behind ext. 1; -1 with errno EPROTO. */
static int
take_owner(struct span data, struct span rest, struct owner *out)
{
	struct span uid, gid;
	size_t len;
	int bad;

	bad = take_field(&data, out->user, sizeof out->user) == -1;
	uid = span_cut(&data, '\0');
	gid = span_cut(&data, '\0');
	bad |= num_parse(uid, ID_MAX, &out->uid) == -1;
	bad |= num_parse(gid, ID_MAX, &out->gid) == -1;
	bad |= take_field(&data, out->home, sizeof out->home) == -1;
	bad |= take_field(&data, out->dash, sizeof out->dash) == -1;
	bad |= take_field(&data, out->ext, sizeof out->ext) == -1;
	len = strlen(out->ext);
	bad |= span_to_cstr(rest, out->ext + len, sizeof out->ext - len) == -1;
	if (bad || out->home[0] != '/' || out->user[0] == '\0') {
		errno = EPROTO;
		return -1;
	}
	return 1;
}

static bool
has(struct span set, char c)
{
	return span_find(set, c) < set.len;
}

/* key is "!" and local in lower case and a NUL. */
static int
find(struct span cdb, struct span key, struct span local, struct owner *out)
{
	struct span data = { NULL, 0 };
	struct span last = { NULL, 0 };
	int r = cdb_get(cdb, key, &data);

	if (r == 1)
		return take_owner(data, SPAN(""), out);
	if (r == 0)
		r = cdb_get(cdb, SPAN(""), &last);
	if (r == -1)
		return -1;
	if (r == 0)
		last = SPAN("");
	for (size_t len = key.len - 1; len > 0; len--) {
		if (len > 1 && !has(last, key.p[len - 1]))
			continue;
		r = cdb_get(cdb, span_head(key, len), &data);
		if (r == 1)
			return take_owner(data, span_tail(local, len - 1), out);
		if (r == -1)
			return -1;
	}
	return 0;
}

int
assign_find(struct span cdb, struct span local, struct owner *out)
{
	char key[WORK_ADDRESS_MAX + 3];
	size_t n = 0;

	if (local.len > WORK_ADDRESS_MAX)
		return 0;
	key[n++] = '!';
	for (size_t i = 0; i < local.len; i++)
		key[n++] = char_lower(local.p[i]);
	key[n++] = '\0';
	return find(cdb, (struct span){ key, n }, local, out);
}

/* ---- making ---- */

struct compiler {
	struct cdb_make make;
	struct buf key, data;
	struct buf last;	/* last bytes of wildcards' prefixes */
};

static void
add_key(struct compiler *c, bool wildcard, struct span local)
{
	buf_reset(&c->key);
	buf_char(&c->key, '!');
	for (size_t i = 0; i < local.len; i++)
		buf_char(&c->key, char_lower(local.p[i]));
	if (!wildcard)
		buf_char(&c->key, '\0');
	else if (local.len > 0 &&
	    !has(buf_peek(&c->last), c->key.p[c->key.len - 1]))
		buf_char(&c->last, c->key.p[c->key.len - 1]);
}

/* Puts the six fields into data; NULL, or what is wrong. */
static const char *
add_fields(struct compiler *c, struct span line)
{
	struct owner check;

	buf_reset(&c->data);
	for (int i = 0; i < FIELDS; i++) {
		size_t end = span_find(line, ':');

		if (end == line.len)
			return "fields are missing";
		if (i > 0)
			buf_char(&c->data, '\0');
		buf_span(&c->data, span_head(line, end));
		line = span_tail(line, end + 1);
	}
	if (c->data.err != 0)
		return "out of memory";
	if (take_owner(buf_peek(&c->data), SPAN(""), &check) == -1)
		return "bad user, uid, gid or home directory";
	return NULL;
}

static const char *
add_line(struct compiler *c, struct span line)
{
	size_t end = span_find(line, ':');
	const char *why;

	if (span_find(line, '\0') != line.len)
		return "NUL in line";
	if (line.len == 0 || (line.p[0] != '=' && line.p[0] != '+'))
		return "neither = nor + at the start";
	if (end == line.len)
		return "no colon";
	if (end > WORK_ADDRESS_MAX)
		return "address too long";
	why = add_fields(c, span_tail(line, end + 1));
	if (why != NULL)
		return why;
	add_key(c, line.p[0] == '+', span_between(line.p + 1, line.p + end));
	cdb_make_add(&c->make, buf_peek(&c->key), buf_peek(&c->data));
	return NULL;
}

static const char *
add_lines(struct compiler *c, struct span text, unsigned long *number)
{
	for (*number = 1; text.len > 0; ++*number) {
		struct span line;
		const char *why;

		if (span_find(text, '\n') == text.len && text.p[0] != '.')
			return "unended line; the last one is a single dot";
		line = span_cut(&text, '\n');
		if (line.len > 0 && line.p[0] == '.')
			return NULL;
		why = add_line(c, line);
		if (why != NULL)
			return why;
	}
	return "the last line must be a single dot";
}

int
assign_compile(struct span text, struct buf *cdb, unsigned long *line,
    const char **why)
{
	struct compiler c;
	int r = 0;

	cdb_make_start(&c.make, cdb);
	buf_init(&c.key, WORK_ADDRESS_MAX + 2);
	buf_init(&c.data, 1 << 16);
	buf_init(&c.last, 256);
	*why = add_lines(&c, text, line);
	if (*why == NULL) {
		*line = 0;
		cdb_make_add(&c.make, SPAN(""), buf_peek(&c.last));
	}
	if (cdb_make_finish(&c.make) == -1 && *why == NULL)
		*why = strerror(errno);
	if (*why != NULL)
		r = -1;
	buf_free(&c.key);
	buf_free(&c.data);
	buf_free(&c.last);
	return r;
}
