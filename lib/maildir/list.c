/*
 * Listing a Maildir: the kernel writes names into chunks that never move, each
 * name is looked at once, and what is found in it is sorted by arrival.
 */
#include "lib/maildir/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/maildir/blocks.h"
#include "lib/maildir/index.h"
#include "lib/maildir/names.h"
#include "lib/os/deadline.h"

enum {
	LISTINGS_MAX = 3,	/* of a cur/ that changes all the time */
	TICK_US = 20000,	/* more than any kernel's */
};

void
maildir_list_init(struct maildir_list *l)
{
	*l = (struct maildir_list){ NULL, 0, 0, NULL };
}

void
maildir_list_free(struct maildir_list *l)
{
	dir_chunks_free(l->names);
	free(l->entries);
	maildir_list_init(l);
}

/* The seconds in front of a name; without digits, the beginning of time. */
static uint64_t
seconds_of(const char *name)
{
	uint64_t n = 0;

	while (char_is_digit(*name) && n < UINT64_MAX / 100)
		n = n * 10 + (uint64_t)(*name++ - '0');
	return n;
}

/* Where things are in a name; NOWHERE: not there. */
struct places {
	size_t comma, colon;	/* the first of each */
	size_t odd;		/* the first that no POP3 identifier has */
	size_t end;
};
#define NOWHERE SIZE_MAX

/* Of the next eight bytes, does find_places pass over all? */
static bool
nothing_here(const char *p)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	uint64_t w, colons;

	memcpy(&w, p, sizeof w);
	colons = w ^ ones * ':';
	return ((((w - ones * '-') & ~w) | ((colons - ones) & ~colons) |
	    (w + ones) | w) & tops) == 0;
}

/* false: no name of a message. */
static bool
find_places(const char *name, struct places *at)
{
	size_t i;

	*at = (struct places){ NOWHERE, NOWHERE, NOWHERE, 0 };
	for (i = 0;; i++) {
		unsigned char c;

		/* what is aligned does not reach beyond an entry */
		while ((uintptr_t)(name + i) % 8 == 0 && nothing_here(name + i))
			i += 8;
		c = (unsigned char)name[i];
		if (c > ',' && c != ':' && c < 127)
			continue;
		if (c == '\0')
			break;
		if (c < ' ' || c == 127)
			return false;
		if (c == ',' && at->comma == NOWHERE)
			at->comma = i;
		if (c == ':' && at->colon == NOWHERE)
			at->colon = i;
		if ((c == ' ' || c > 127) && at->odd == NOWHERE)
			at->odd = i;
	}
	at->end = i;
	return i > 0 && i <= MAILDIR_NAME_MAX && name[0] != '.';
}

/* What a name says, into e. false: no name of a message. */
static bool
look_at_name(const char *name, struct maildir_entry *e)
{
	struct places at;
	size_t base, unique;

	if (!find_places(name, &at))
		return false;
	base = at.colon != NOWHERE ? at.colon : at.end;
	unique = at.comma < base ? at.comma : base;
	e->arrival_s = seconds_of(name);
	e->name = name;
	e->base_len = (unsigned char)base;
	e->unique_len = (unsigned char)unique;
	e->uidl_ok = unique > 0 && unique <= MAILDIR_UIDL_MAX &&
	    at.odd >= unique;
	e->wire_size = MAILDIR_SIZE_UNKNOWN;
	if (unique < base)
		(void)maildir_name_size((struct span){ name + unique,
		    base - unique }, 'W', &e->wire_size);
	return true;
}

/* A file? Some file systems leave the type to stat(2). */
static bool
is_file(int dir, const struct dir_entry *d)
{
	struct stat st;

	if (d->type != DT_UNKNOWN)
		return d->type == DT_REG;
	return fstatat(dir, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode);
}

static bool
look_at_entry(int dir, const struct dir_entry *d, struct maildir_entry *e)
{
	return look_at_name(d->name, e) && is_file(dir, d);
}

/* Two with the same unique part, which ought not to be, are neighbours. */
static int
compare(const struct maildir_entry *a, const struct maildir_entry *b)
{
	int r;

	if (a->arrival_s != b->arrival_s)
		return a->arrival_s < b->arrival_s ? -1 : 1;
	r = span_compare(maildir_entry_unique(a), maildir_entry_unique(b));
	return r != 0 ? r : span_compare(maildir_entry_base(a),
	    maildir_entry_base(b));
}

static bool
comes_before(const struct maildir_entry *a, const struct maildir_entry *b)
{
	int r = compare(a, b);

	if (r != 0)
		return r < 0;
	return !a->in_new && b->in_new;		/* cur/ is the newer state */
}

/*
 * A merge sort, since qsort(3) of a large Maildir takes longer than reading it:
 * its moves and comparisons are calls. spare has room for half of the entries.
 */
static void
sort(struct maildir_entry *e, size_t count, struct maildir_entry *spare)
{
	size_t half = count / 2;
	size_t left = 0, right = half, to = 0;

	if (count < 2)
		return;
	sort(e, half, spare);
	sort(e + half, count - half, spare);
	if (!comes_before(&e[half], &e[half - 1]))
		return;
	memcpy(spare, e, half * sizeof *e);
	while (left < half)
		e[to++] = right < count && comes_before(&e[right], &spare[left])
		    ? e[right++] : spare[left++];
}

static unsigned char
digit_of(const struct maildir_entry *e, unsigned digit)
{
	return (unsigned char)(e->arrival_s >> 8 * digit);
}

/* By one octet of the seconds, from e to to; what is equal keeps its order. */
static void
sort_by_digit(const struct maildir_entry *e, size_t count, unsigned digit,
    struct maildir_entry *to)
{
	size_t starts[256] = { 0 };
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[digit_of(&e[i], digit)]++;
	for (size_t i = 0; i < 256; i++) {
		size_t n = starts[i];

		starts[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[digit_of(&e[i], digit)]++] = e[i];
}

/* Bits of the seconds that are not the same in all entries. */
static uint64_t
differing_bits(const struct maildir_list *l)
{
	uint64_t bits = 0;

	for (size_t i = 1; i < l->count; i++)
		bits |= l->entries[i].arrival_s ^ l->entries[0].arrival_s;
	return bits;
}

/* By the seconds, octet by octet; then by name what has the same. */
static int
sort_by_arrival(struct maildir_list *l)
{
	uint64_t bits = differing_bits(l);
	struct maildir_entry *spare = malloc((l->count + 1) * sizeof *spare);
	size_t first = 0;

	if (spare == NULL)
		return -1;
	for (unsigned digit = 0; digit < sizeof bits; digit++)
		if ((unsigned char)(bits >> 8 * digit) != 0) {
			struct maildir_entry *from = l->entries;

			sort_by_digit(from, l->count, digit, spare);
			l->entries = spare;
			spare = from;
		}
	for (size_t i = 1; i <= l->count; i++)
		if (i == l->count ||
		    l->entries[i].arrival_s != l->entries[first].arrival_s) {
			sort(l->entries + first, i - first, spare);
			first = i;
		}
	free(spare);
	l->room = l->count;	/* of either: both have that */
	return 0;
}

static void
drop_doubles(struct maildir_list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct maildir_entry *e = &l->entries[i];

		if (kept == 0 || compare(&l->entries[kept - 1], e) != 0)
			l->entries[kept++] = *e;
		else if (!e->in_new)
			l->entries[kept - 1] = *e;	/* listed later */
	}
	l->count = kept;
}

/*
 * Has somebody changed cur/ since that time? What the kernel writes down is
 * behind a clock by a tick at most.
 */
static bool
has_changed(int box, uint64_t since_us)
{
	struct stat st;

	return fstatat(box, "cur", &st, 0) == 0 &&
	    (uint64_t)st.st_mtim.tv_sec * 1000000 +
	    (uint64_t)st.st_mtim.tv_nsec / 1000 + TICK_US >= since_us;
}

/*
 * What gets other flags meanwhile may be seen under both names, or under none:
 * then another listing is added to the first. 0; -1 with errno.
 */
static int
list_cur(struct maildir_list *l, int box)
{
	for (int i = 0; i < LISTINGS_MAX; i++) {
		uint64_t began_us = clock_wall_us();

		if (dir_read(box, false, l, look_at_entry) == -1)
			return -1;
		if (l->count > MAILDIR_MESSAGES_MAX / 2 ||
		    !has_changed(box, began_us))
			break;
	}
	return 0;
}

int
maildir_list_read(struct maildir_list *l, int box)
{
	/* new/ first: what moves to cur/ meanwhile is seen twice, not never */
	if (dir_read(box, true, l, look_at_entry) == -1 ||
	    list_cur(l, box) == -1)
		return -1;
	if (sort_by_arrival(l) == -1)
		return -1;
	drop_doubles(l);
	return 0;
}

struct span
maildir_entry_base(const struct maildir_entry *e)
{
	return (struct span){ e->name, e->base_len };
}

struct span
maildir_entry_unique(const struct maildir_entry *e)
{
	return (struct span){ e->name, e->unique_len };
}

void
maildir_entry_path(const struct maildir_entry *e, char to[MAILDIR_PATH_MAX])
{
	snprintf(to, MAILDIR_PATH_MAX, "%s/%s", e->in_new ? "new" : "cur",
	    e->name);
}

const struct maildir_entry *
maildir_list_find(const struct maildir_list *l, const struct maildir_entry *e)
{
	size_t from = 0, to = l->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&l->entries[middle], e) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < l->count && compare(&l->entries[from], e) == 0 ?
	    &l->entries[from] : NULL;
}

int
maildir_size(int box, const char *path, uint64_t *size)
{
	struct stat st;

	if (maildir_name_size(span_str(path), 'S', size))
		return 0;
	if (fstatat(box, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return 0;
}
