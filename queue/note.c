/*
 * A note is a text that postern-send appends to: of several lines about one
 * recipient the last counts, and so does the last about holding.
 */
#include "queue/note.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/in.h"

enum { NOTE_MAX = 3 << 20 };	/* bytes of it: more than send writes */

struct deferral {
	uint64_t index;		/* of the recipient */
	struct span reason;	/* in the text */
};

void
note_init(struct note *note)
{
	note->held = false;
	note->next = 0;
	buf_init(&note->text, NOTE_MAX);
	buf_init(&note->deferrals, NOTE_MAX * 2);
}

void
note_free(struct note *note)
{
	buf_free(&note->text);
	buf_free(&note->deferrals);
}

static void
read_text(struct note *note, int fd)
{
	char *to = buf_reserve(&note->text, NOTE_MAX);
	ssize_t n;

	if (to != NULL && (n = read_full(fd, to, NOTE_MAX)) > 0)
		note->text.len += (size_t)n;
}

/* By recipient, and those of one in the order of the note. */
static int
compare_deferrals(const void *a, const void *b)
{
	const struct deferral *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->reason.p < y->reason.p ? -1 : x->reason.p > y->reason.p;
}

/* "deferral TIME INDEX CODE TEXT", "hold TIME UID", "release TIME UID". */
static void
understand(struct note *note)
{
	struct span rest = buf_peek(&note->text);
	struct deferral d;

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		struct span kind = span_cut(&line, ' ');

		if (span_is(kind, "hold"))
			note->held = true;
		if (span_is(kind, "release"))
			note->held = false;
		if (!span_is(kind, "deferral"))
			continue;
		span_cut(&line, ' ');
		if (num_parse(span_cut(&line, ' '), UINT32_MAX, &d.index) == -1)
			continue;
		span_cut(&line, ' ');
		d.reason = line;
		buf_add(&note->deferrals, &d, sizeof d);
	}
	if (note->deferrals.len > 0)
		qsort(note->deferrals.p, note->deferrals.len / sizeof d,
		    sizeof d, compare_deferrals);
}

void
note_read(struct note *note, int fd)
{
	note->held = false;
	note->next = 0;
	buf_reset(&note->text);
	buf_reset(&note->deferrals);
	if (fd == -1)
		return;
	read_text(note, fd);
	close(fd);
	understand(note);
}

struct span
note_reason(struct note *note, uint64_t index)
{
	const struct deferral *all =
	    (const struct deferral *)(const void *)note->deferrals.p;
	size_t count = note->deferrals.len / sizeof *all;
	struct span reason = SPAN("");

	for (; note->next < count && all[note->next].index <= index;
	    note->next++)
		if (all[note->next].index == index)
			reason = all[note->next].reason;
	return reason;
}
