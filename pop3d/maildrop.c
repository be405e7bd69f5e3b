/* A maildrop over a Maildir: opening it, finding messages, updating it. */
#include "pop3d/maildrop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/maildir/measure.h"
#include "lib/maildir/names.h"
#include "lib/maildir/quota.h"
#include "lib/os/rename.h"
#include "lib/sasl/sha256.h"

enum {
	UIDL_HASHED = 32,	/* hexadecimal digits of a hashed identifier */
	MADE_MAX = MAILDIR_MESSAGES_MAX * UIDL_HASHED,
};

/* For names that cannot be identifiers; offsets, since d->made may move. */
static int
hash_uidl(struct maildrop *d, size_t i)
{
	unsigned char sum[SHA256_SIZE];

	sha256(maildir_entry_base(&d->list.entries[i]), sum);
	d->messages[i].uidl = (struct span){ NULL, d->made.len };
	for (size_t k = 0; k < UIDL_HASHED / 2; k++)
		buf_fmt(&d->made, "%02x", sum[k]);
	return d->made.err == 0 ? 0 : -1;
}

static int
name_messages(struct maildrop *d)
{
	for (size_t i = 0; i < d->list.count; i++) {
		const struct maildir_entry *e = &d->list.entries[i];
		struct span unique = maildir_entry_unique(e);
		const struct maildir_note *n =
		    maildir_index_find(&d->index, maildir_entry_base(e));
		bool twice = i > 0 && e->arrival_s == e[-1].arrival_s &&
		    span_eq(unique, maildir_entry_unique(e - 1));

		if (n != NULL && maildir_uidl_ok(n->uidl))
			d->messages[i].uidl = n->uidl;
		else if (!twice && e->uidl_ok)
			d->messages[i].uidl = unique;
		else if (hash_uidl(d, i) == -1)
			return -1;
	}
	for (size_t i = 0; i < d->list.count; i++) {
		struct span *u = &d->messages[i].uidl;

		if (u->p == NULL)
			*u = (struct span){ d->made.p + u->len, UIDL_HASHED };
	}
	return 0;
}

/* What the name or the index tells; or MAILDIR_SIZE_UNKNOWN. */
static uint64_t
known_size(struct maildrop *d, const struct maildir_entry *e)
{
	const struct maildir_note *n;

	if (e->wire_size != MAILDIR_SIZE_UNKNOWN)
		return e->wire_size;
	n = maildir_index_find(&d->index, maildir_entry_base(e));
	return n != NULL ? n->wire_size : MAILDIR_SIZE_UNKNOWN;
}

/* What is to be done with a message's file. Not negative; -1 with errno. */
typedef int file_action(struct maildrop *d, const char *path, void *arg);

static int
act_at(struct maildrop *d, const struct maildir_entry *e, file_action *act,
    void *arg)
{
	char path[MAILDIR_PATH_MAX];

	maildir_entry_path(e, path);
	return act(d, path, arg);
}

/* What another listing (if anew, one made now) says of e; NULL with errno. */
static const struct maildir_entry *
find_again(struct maildrop *d, const struct maildir_entry *e, bool anew)
{
	const struct maildir_entry *found;

	if (anew) {
		maildir_list_free(&d->now);
		d->listed_again = maildir_list_read(&d->now, d->box) == 0;
		if (!d->listed_again)
			return NULL;
	}
	found = maildir_list_find(&d->now, e);
	if (found == NULL)
		errno = ENOENT;
	return found;
}

/*
 * Does it with the file of a message, wherever that is by now. Other programs
 * move many at a time: what is listed again for one of them serves for all.
 * What act says; -1 with errno, ENOENT when the message is gone.
 */
static int
act_on(struct maildrop *d, const struct maildir_entry *e, file_action *act,
    void *arg)
{
	int r = act_at(d, e, act, arg);

	for (bool anew = !d->listed_again; r == -1 && errno == ENOENT;
	    anew = true) {
		const struct maildir_entry *now = find_again(d, e, anew);

		if (now == NULL)
			return -1;
		r = act_at(d, now, act, arg);
		if (anew)
			break;
	}
	return r;
}

static int
measure_file(struct maildrop *d, const char *path, void *size)
{
	return maildir_measure(d->box, path, size);
}

/*
 * The note of one that cannot be read stays in the index: it may be readable
 * one day, and known to clients by what stands there. 0; -1 with errno ENOMEM.
 */
static int
keep_note(struct maildrop *d, const struct maildir_entry *e)
{
	const struct maildir_note *n =
	    maildir_index_find(&d->index, maildir_entry_base(e));

	return n != NULL ? maildir_index_add(&d->unread, n) : 0;
}

/* Sizes for all; what cannot be read leaves the list. *fresh: files read. */
static int
measure_all(struct maildrop *d, size_t *fresh)
{
	size_t count = d->list.count;
	uint64_t *sizes = malloc((count + 1) * sizeof *sizes);
	size_t unknown = 0, kept = 0;
	int r = 0;

	if (sizes == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		sizes[i] = known_size(d, &d->list.entries[i]);
		unknown += sizes[i] == MAILDIR_SIZE_UNKNOWN;
	}
	if (unknown > 0)
		maildir_measure_list(d->box, &d->list, sizes);
	for (size_t i = 0; i < count && r == 0; i++) {
		const struct maildir_entry *e = &d->list.entries[i];

		if (sizes[i] == MAILDIR_SIZE_UNKNOWN &&
		    act_on(d, e, measure_file, &sizes[i]) == -1) {
			r = errno == ENOENT ? 0 : keep_note(d, e);
			unknown--;
			continue;
		}
		d->messages[kept].size = sizes[i];
		d->list.entries[kept++] = *e;
	}
	free(sizes);
	d->list.count = kept;
	*fresh = unknown;
	return r;
}

/* What names do not tell, as notes in x. 0; -1 with errno ENOMEM. */
static int
collect_notes(struct maildrop *d, struct maildir_index *x)
{
	for (size_t i = 0; i < d->list.count; i++) {
		const struct maildir_entry *e = &d->list.entries[i];
		struct span base = maildir_entry_base(e);
		const struct maildir_note *old =
		    maildir_index_find(&d->index, base);
		struct maildir_note n = { base, MAILDIR_SIZE_UNKNOWN,
		    { "", 0 } };

		if (e->wire_size == MAILDIR_SIZE_UNKNOWN)
			n.wire_size = d->messages[i].size;
		if (old != NULL)
			n.uidl = old->uidl;
		if ((n.wire_size != MAILDIR_SIZE_UNKNOWN || n.uidl.len > 0) &&
		    maildir_index_add(x, &n) == -1)
			return -1;
	}
	for (size_t i = 0; i < d->unread.count; i++)
		if (maildir_index_add(x, &d->unread.notes[i]) == -1)
			return -1;
	return 0;
}

/*
 * Writes the index anew: with all there is to note, or not at all, since what
 * it says is believed. Failing is no harm: it is done again.
 */
static void
remember(struct maildrop *d)
{
	struct maildir_index x;

	maildir_index_init(&x);
	if (collect_notes(d, &x) == 0)
		(void)maildir_index_store(d->box, x.notes, x.count);
	maildir_index_free(&x);
}

static int
open_messages(struct maildrop *d, struct span uidl_format)
{
	size_t fresh;
	int r = maildir_index_load(&d->index, d->box, uidl_format);

	if (r == -1 || maildir_list_read(&d->list, d->box) == -1)
		return -1;
	d->messages = calloc(d->list.count + 1, sizeof *d->messages);
	if (d->messages == NULL)
		return -1;
	if (measure_all(d, &fresh) == -1 || name_messages(d) == -1)
		return -1;
	if (fresh > 0 || (r == 0 && d->index.count > 0))
		remember(d);
	return 0;
}

int
maildrop_open(struct maildrop *d, int box, struct span uidl_format)
{
	memset(d, 0, sizeof *d);
	maildir_list_init(&d->list);
	maildir_list_init(&d->now);
	maildir_index_init(&d->index);
	maildir_index_init(&d->unread);
	buf_init(&d->made, MADE_MAX);
	d->box = box;
	return open_messages(d, uidl_format);
}

static int
open_file(struct maildrop *d, const char *path, void *arg)
{
	(void)arg;
	return openat(d->box, path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
}

int
maildrop_message(struct maildrop *d, size_t i)
{
	return act_on(d, &d->list.entries[i], open_file, NULL);
}

static int
remove_file(struct maildrop *d, const char *path, void *quota)
{
	struct quota *q = quota;
	uint64_t size;
	bool counts = q->limited && quota_counts(span_str(path)) &&
	    maildir_size(d->box, path, &size) == 0;

	if (unlinkat(d->box, path, 0) == -1)
		return -1;
	if (counts)
		quota_gave_back(q, size);
	return 0;
}

/* One that is gone was removed by somebody else, who counts it. */
static int
remove_message(struct maildrop *d, size_t i, struct quota *q)
{
	int r = act_on(d, &d->list.entries[i], remove_file, q);

	return r == -1 && errno == ENOENT ? 0 : r;
}

/*
 * To cur/ with the flag S, but not over another's file. Not being able to is no
 * failure of the session.
 */
static void
mark_seen(struct maildrop *d, size_t i)
{
	const struct maildir_entry *e = &d->list.entries[i];
	struct span name = span_str(e->name);
	struct span base = maildir_entry_base(e);
	struct span flags = maildir_name_flags(name);
	size_t before = 0;
	char from[MAILDIR_PATH_MAX];
	char to[MAILDIR_PATH_MAX];
	int n;

	if (span_find(flags, 'S') < flags.len)
		return;
	while (before < flags.len && flags.p[before] < 'S')
		before++;
	maildir_entry_path(e, from);
	n = snprintf(to, sizeof to, "cur/%.*s:2,%.*sS%.*s",
	    (int)base.len, base.p, (int)before, flags.p,
	    (int)(flags.len - before), flags.p + before);
	if (n > 0 && (size_t)n < sizeof to)
		(void)rename_new(d->box, from, d->box, to);
}

void
maildrop_expire(struct maildrop *d, uint64_t days, uint64_t now_s)
{
	for (size_t i = 0; i < d->list.count; i++) {
		struct span name = span_str(d->list.entries[i].name);
		struct span flags = maildir_name_flags(name);
		uint64_t arrived;

		if (!d->messages[i].seen &&
		    span_find(flags, 'S') == flags.len)
			continue;
		if (num_take(&name, UINT64_MAX, &arrived) == PARSE_OK &&
		    arrived < now_s && (now_s - arrived) / 86400 >= days)
			d->messages[i].deleted = true;
	}
}

/* Removes what is marked. 0; -1 when something could not be removed. */
static int
remove_marked(struct maildrop *d)
{
	struct quota q;
	int result = 0;

	/* before anything is removed: it may have to count what is there */
	(void)quota_open(&q, d->box, ".", SPAN(""));
	for (size_t i = 0; i < d->list.count; i++)
		if (d->messages[i].deleted && remove_message(d, i, &q) == -1)
			result = -1;
	quota_close(&q);
	return result;
}

int
maildrop_update(struct maildrop *d)
{
	bool marked = false;

	for (size_t i = 0; i < d->list.count; i++) {
		if (d->messages[i].deleted)
			marked = true;
		else if (d->messages[i].seen)
			mark_seen(d, i);
	}
	return marked ? remove_marked(d) : 0;
}
