/* The index beside a Maildir: reading without belief, writing whole. */
#include "lib/maildir/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/checksum.h"
#include "lib/base/num.h"
#include "lib/os/control.h"
#include "lib/os/out.h"

enum { FIRST_ROOM = 256, SEAL_MAX = 100 };

static const char first_line[] = "postern-index 1\n";

void
maildir_index_init(struct maildir_index *x)
{
	memset(x, 0, sizeof *x);
	buf_init(&x->text, MAILDIR_INDEX_MAX);
}

void
maildir_index_free(struct maildir_index *x)
{
	free(x->notes);
	buf_free(&x->text);
	maildir_index_init(x);
}

int
maildir_index_add(struct maildir_index *x, const struct maildir_note *n)
{
	if (x->count == x->room) {
		size_t room = x->room > 0 ? x->room * 2 : FIRST_ROOM;
		void *p = realloc(x->notes, room * sizeof *x->notes);

		if (p == NULL)
			return -1;
		x->notes = p;
		x->room = room;
	}
	x->notes[x->count++] = *n;
	return 0;
}

bool
maildir_uidl_ok(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.len > 0 && s.len <= MAILDIR_UIDL_MAX;
}

static int
by_base(const void *left, const void *right)
{
	const struct maildir_note *a = left, *b = right;

	return span_compare(a->base, b->base);
}

void
maildir_index_sort(struct maildir_index *x)
{
	size_t kept = 0;

	if (x->count > 1)
		qsort(x->notes, x->count, sizeof *x->notes, by_base);
	for (size_t i = 0; i < x->count; i++)
		if (kept == 0 ||
		    by_base(&x->notes[kept - 1], &x->notes[i]) != 0)
			x->notes[kept++] = x->notes[i];
	x->count = kept;
	x->next = 0;
}

const struct maildir_note *
maildir_index_find(struct maildir_index *x, struct span base)
{
	const struct maildir_note key = { .base = base };
	const struct maildir_note *n;

	if (x->count == 0)
		return NULL;
	n = &x->notes[x->next];
	if (!span_eq(n->base, base))
		n = bsearch(&key, x->notes, x->count, sizeof *x->notes,
		    by_base);
	if (n != NULL)
		x->next = ((size_t)(n - x->notes) + 1) % x->count;
	return n;
}

/* Takes "BASE TAB WIRESIZE TAB UIDL" apart; the size may be "-". */
static bool
note_parse(struct span line, struct maildir_note *n)
{
	struct span size;

	n->base = span_cut(&line, '\t');
	size = span_cut(&line, '\t');
	n->uidl = line;
	n->wire_size = MAILDIR_SIZE_UNKNOWN;
	if (n->uidl.len > MAILDIR_UIDL_MAX)
		return false;
	return span_is(size, "-") ||
	    num_parse(size, UINT64_MAX - 1, &n->wire_size) == 0;
}

/* "end COUNT CHECKSUM", of all that stands before it. */
static void
seal_write(struct buf *b, struct span body, size_t count)
{
	buf_fmt(b, "end %zu %016llx\n", count,
	    (unsigned long long)checksum64(body));
}

static int
seal_check(struct span body, struct span seal, size_t count)
{
	struct buf b;
	int r = -1;

	buf_init(&b, SEAL_MAX);
	seal_write(&b, body, count);
	if (b.err == 0)
		r = span_eq(buf_peek(&b), seal);
	buf_free(&b);
	return r;
}

int
maildir_index_parse(struct maildir_index *x)
{
	struct span text = buf_peek(&x->text);
	/* the seal is the last line: any other may begin as it does */
	struct span unended = span_head(text, text.len > 0 ? text.len - 1 : 0);
	struct span body = span_head(text, span_rfind(unended, '\n') + 1);
	struct span rest = span_tail(body, sizeof first_line - 1);
	int r;

	if (!span_starts(body, span_str(first_line)))
		return 0;
	while (rest.len > 0) {
		struct maildir_note n;

		if (!note_parse(span_cut(&rest, '\n'), &n))
			return 0;
		if (maildir_index_add(x, &n) == -1)
			return -1;
	}
	r = seal_check(body, span_tail(text, body.len), x->count);
	if (r == 1)
		maildir_index_sort(x);
	return r;
}

/*
 * One of the files; 1 its bytes are there; 0 absent, or none; -1 errno.
 * What can never be read is none: a directory, a socket, a link to nowhere.
 */
static int
read_one(struct maildir_index *x, int box, const char *name)
{
	int r = control_bytes(box, name, &x->text);

	if (r == -1 && (errno == EINVAL || errno == ELOOP ||
	    errno == EMSGSIZE || errno == ENXIO || errno == ENOTDIR ||
	    errno == ENAMETOOLONG))
		r = 0;
	return r;
}

/* Of what a parser called useless nothing is left. */
static int
settle(struct maildir_index *x, int r)
{
	int err = errno;

	if (r != 1)
		maildir_index_free(x);
	errno = err;
	return r;
}

/* 1 there were identifiers; 0 none; -1 errno. */
static int
import(struct maildir_index *x, int box, struct span uidl_format)
{
	int r = read_one(x, box, "dovecot-uidlist");

	if (r == 1)
		r = settle(x, maildir_import_dovecot(x, uidl_format));
	if (r != 0)
		return r;
	r = read_one(x, box, "courierpop3dsizelist");
	return r == 1 ? settle(x, maildir_import_courier(x)) : r;
}

int
maildir_index_load(struct maildir_index *x, int box, struct span uidl_format)
{
	int r = read_one(x, box, MAILDIR_INDEX_NAME);

	if (r == -1 && errno == EACCES)
		r = 0;		/* ours, and made anew like a damaged one */
	if (r == 1)
		r = settle(x, maildir_index_parse(x));
	if (r != 0)
		return r;
	return import(x, box, uidl_format) == -1 ? -1 : 0;
}

static void
note_write(struct buf *b, const struct maildir_note *n)
{
	buf_span(b, n->base);
	buf_char(b, '\t');
	if (n->wire_size == MAILDIR_SIZE_UNKNOWN)
		buf_char(b, '-');
	else
		buf_num(b, n->wire_size);
	buf_char(b, '\t');
	buf_span(b, n->uidl);
	buf_char(b, '\n');
}

static int
store_text(int box, struct span text, bool durably)
{
	char tmp[64];
	int fd;
	int err;

	snprintf(tmp, sizeof tmp, "tmp/%s.%ld", MAILDIR_INDEX_NAME,
	    (long)getpid());
	(void)unlinkat(box, tmp, 0);	/* of one that died over it */
	fd = openat(box, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (write_all(fd, text.p, text.len) == 0 &&
	    (!durably || fsync(fd) == 0) &&
	    renameat(box, tmp, box, MAILDIR_INDEX_NAME) == 0) {
		close(fd);
		return 0;
	}
	err = errno;
	close(fd);
	unlinkat(box, tmp, 0);
	errno = err;
	return -1;
}

int
maildir_index_store(int box, const struct maildir_note *notes, size_t count)
{
	struct buf b;
	struct span text;
	bool precious = false;
	int r;

	buf_init(&b, MAILDIR_INDEX_MAX);
	buf_str(&b, first_line);
	for (size_t i = 0; i < count; i++) {
		note_write(&b, &notes[i]);
		precious = precious || notes[i].uidl.len > 0;
	}
	seal_write(&b, buf_peek(&b), count);
	r = buf_get(&b, &text);
	if (r == 0)
		r = store_text(box, text, precious);
	buf_free(&b);
	return r;
}
