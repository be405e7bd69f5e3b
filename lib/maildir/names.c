/* Names of files in a Maildir, written and read. */
#include "lib/maildir/names.h"

#include <string.h>

#include "lib/base/num.h"

enum {
	HOST_MAX = 64,
	MICRO = 1000000,
	STRIPE = 64,	/* bytes counted at a time, without a branch */
};

/* '/', ':' and ',' would mean something: they become octal. */
static void
add_host(struct buf *b, struct span host)
{
	size_t end = b->len + HOST_MAX;

	if (host.len == 0)
		host = SPAN("localhost");
	for (size_t i = 0; i < host.len && b->len < end; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (c <= ' ' || c >= 127 || c == '/' || c == ':' || c == ',')
			buf_fmt(b, "\\%03o", c);
		else
			buf_char(b, (char)c);
	}
}

void
maildir_name_queued(struct buf *b, uint64_t birth_us, struct span id,
    uint64_t index, unsigned instruction, struct span host)
{
	buf_num(b, birth_us / MICRO);
	buf_str(b, ".Q");
	buf_span(b, id);
	buf_char(b, 'N');
	buf_num(b, index);
	if (instruction > 0) {
		buf_char(b, '_');
		buf_num(b, instruction);
	}
	buf_char(b, '.');
	add_host(b, host);
}

void
maildir_name_fresh(struct buf *b, uint64_t now_us, uint64_t pid,
    uint64_t count, struct span host)
{
	buf_num(b, now_us / MICRO);
	buf_str(b, ".M");
	buf_num(b, now_us % MICRO);
	buf_char(b, 'P');
	buf_num(b, pid);
	buf_char(b, 'Q');
	buf_num(b, count);
	buf_char(b, '.');
	add_host(b, host);
}

void
maildir_name_add_size(struct buf *b, char key, uint64_t n)
{
	buf_char(b, ',');
	buf_char(b, key);
	buf_char(b, '=');
	buf_num(b, n);
}

struct span
maildir_name_base(struct span name)
{
	return span_head(name, span_find(name, ':'));
}

struct span
maildir_name_flags(struct span name)
{
	struct span info = span_tail(name, span_find(name, ':'));

	if (!span_starts(info, SPAN(":2,")))
		return (struct span){ info.p, 0 };
	return span_tail(info, 3);
}

struct span
maildir_name_folder(struct span path)
{
	size_t slash;

	while (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	slash = span_rfind(path, '/');
	if (slash < path.len)
		path = span_tail(path, slash + 1);
	if (path.len > 1 && path.p[0] == '.' && path.p[1] != '.')
		return path;
	return span_head(path, 0);
}

bool
maildir_name_size(struct span name, char key, uint64_t *out)
{
	struct span base = maildir_name_base(name);

	for (size_t i = 0; i + 3 < base.len; i++)
		if (base.p[i] == ',' && base.p[i + 1] == key &&
		    base.p[i + 2] == '=') {
			struct span rest = span_tail(base, i + 3);

			return num_parse(span_cut(&rest, ','), INT64_MAX,
			    out) == 0;
		}
	return false;
}

uint64_t
maildir_bare_lf(struct span s, bool *cr)
{
	uint64_t n = 0;
	size_t i = 1;

	if (s.len == 0)
		return 0;
	n = s.p[0] == '\n' && !*cr;
	for (; i + STRIPE <= s.len; i += STRIPE) {
		const char *p = s.p + i, *before = p - 1;
		unsigned char found = 0;

		for (size_t k = 0; k < STRIPE; k++)
			found += (unsigned char)((p[k] == '\n') &
			    (before[k] != '\r'));
		n += found;
	}
	for (; i < s.len; i++)
		n += s.p[i] == '\n' && s.p[i - 1] != '\r';
	*cr = s.p[s.len - 1] == '\r';
	return n;
}
