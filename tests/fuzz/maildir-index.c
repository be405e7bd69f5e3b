/*
 * The index of a Maildir, and other servers' lists of identifiers: the first
 * byte says which. Identifiers are such as POP3 has, each note is found, and
 * what is stored is loaded again.
 *
 * links: lib/maildir/index.o lib/maildir/import.o
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/maildir.h"

enum { NOTES_MAX = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* In order, each once, and found. */
static void
check(struct maildir_index *x)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct maildir_note *n = &x->notes[i];

		if (maildir_index_find(x, n->base) != n ||
		    (i > 0 && span_compare(n[-1].base, n->base) >= 0))
			abort();
	}
}

/* What is taken over may be given to clients, and is not given twice. */
static void
check_uidls(const struct maildir_index *x)
{
	for (size_t i = 0; i < x->count; i++) {
		struct span uidl = x->notes[i].uidl;

		if (uidl.len > 0 && !maildir_uidl_ok(uidl))
			abort();
		for (size_t k = 0; k < i && uidl.len > 0; k++)
			if (span_eq(x->notes[k].uidl, uidl))
				abort();
	}
}

/* Stores what may be stored: "BASE TAB UIDL", and a size of our own. */
static void
store_and_load(struct span in)
{
	struct maildir_note notes[NOTES_MAX];
	struct maildir_index x;
	size_t n = 0;

	while (in.len > 0 && n < NOTES_MAX) {
		struct span line = span_cut(&in, '\n');

		notes[n].base = span_cut(&line, '\t');
		notes[n].uidl = span_head(line, MAILDIR_UIDL_MAX);
		notes[n].wire_size = n % 2 > 0 ? n : MAILDIR_SIZE_UNKNOWN;
		n++;
	}
	maildir_index_init(&x);
	if (maildir_index_store(box, notes, n) == -1 ||
	    maildir_index_load(&x, box, MAILDIR_UIDL_FORMAT) != 1)
		abort();
	check(&x);
	for (size_t i = 0; i < n; i++)
		if (maildir_index_find(&x, notes[i].base) == NULL)
			abort();
	maildir_index_free(&x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span in = { (const char *)bytes, size };
	struct maildir_index x;
	struct span kind = span_head(in, 1);

	if (box == -1 && (!box_make() || atexit(box_remove) != 0))
		abort();
	in = span_tail(in, 1);
	maildir_index_init(&x);
	if (span_is(kind, "s")) {
		store_and_load(in);
	} else if (span_is(kind, "d")) {
		struct span format = span_cut(&in, '\n');

		(void)maildir_uidl_format_ok(format);
		buf_span(&x.text, in);
		if (maildir_import_dovecot(&x, format) == 1) {
			check(&x);
			check_uidls(&x);
		}
	} else if (span_is(kind, "c")) {
		buf_span(&x.text, in);
		if (maildir_import_courier(&x) == 1) {
			check(&x);
			check_uidls(&x);
		}
	} else {
		buf_span(&x.text, in);
		if (maildir_index_parse(&x) == 1)
			check(&x);
	}
	maildir_index_free(&x);
	return 0;
}
