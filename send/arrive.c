/*
 * How send learns of mail: the trigger names new files, and listing finds what
 * the trigger lost and what an earlier life of ours left behind. Listing goes
 * in slices between other events, so new mail never waits for old.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/paths.h"
#include "queue/store.h"
#include "send/send.h"

enum {
	TRIGGER_READ = 65536,		/* all that a FIFO holds */
	TRIGGER_NEARLY_FULL = 60000,
	ARRIVALS_AT_ONCE = 32,
	GATHER_MS = 5,
	NAMES_AT_ONCE = 512,
	ADMITTED_AT_ONCE = 32,
	LIST_EVERY_MS = 60000,
	NAME_MAX_LEN = 255,
};

/* What is being listed: names first, then the files in order of arrival. */
struct listing {
	enum listed { LIST_NEW, LIST_CUR, LIST_REPORT } what;
	bool again;		/* not the first time: strange names are known */
	DIR *dir;
	struct idlist found;
	bool sorted;
};

static const char *const list_names[] = { "new", "cur", "report" };

static bool
parse_id(struct span name, uint64_t *id)
{
	return queue_id_ok(name) && num_parse(name, UINT64_MAX, id) == 0;
}

/* ---- the trigger ---- */

static void
take_line(struct send *s, struct span line)
{
	uint64_t id;

	if (!parse_id(line, &id) ||
	    messages_find(&s->messages, id) != NULL)
		return;
	if (idlist_add(&s->arrived, id) == -1)
		s->list_ms = 0;		/* found by listing */
}

/* The bytes behind the last newline wait for the rest of their line. */
static void
take_lines(struct send *s, struct span bytes)
{
	while (bytes.len > 0) {
		size_t lf = span_find(bytes, '\n');
		size_t room = sizeof s->trigger_rest - s->trigger_rest_len;
		size_t n = lf < room ? lf : room;

		memcpy(s->trigger_rest + s->trigger_rest_len, bytes.p, n);
		s->trigger_rest_len += n;
		if (lf == bytes.len)
			return;
		take_line(s, (struct span){ s->trigger_rest,
		    s->trigger_rest_len });
		s->trigger_rest_len = 0;
		bytes = span_tail(bytes, lf + 1);
	}
}

static void
trigger_ready(struct send *s, struct source *self, unsigned ready)
{
	static char bytes[TRIGGER_READ];
	ssize_t n = read(self->fd, bytes, sizeof bytes);

	(void)ready;
	if (n <= 0)
		return;
	if (n >= TRIGGER_NEARLY_FULL)
		s->list_ms = 0;
	take_lines(s, (struct span){ bytes, (size_t)n });
}

/* ---- listing ---- */

static int
list_begin(struct send *s, enum listed what, bool again)
{
	const int dirs[] = { s->new_dir, s->cur_dir, s->report_dir };
	struct listing *l = calloc(1, sizeof *l);
	int fd = openat(dirs[what], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (l != NULL && fd != -1 && (l->dir = fdopendir(fd)) != NULL) {
		l->what = what;
		l->again = again;
		s->listing = l;
		return 0;
	}
	log_say(&s->log, "alert", "unable to opendir",
	    span_str(list_names[what]));
	if (fd != -1)
		close(fd);
	free(l);
	return -1;
}

static void
list_end(struct send *s)
{
	struct listing *l = s->listing;
	bool again = l->again;
	enum listed what = l->what;

	closedir(l->dir);
	free(l->found.ids);
	free(l);
	s->listing = NULL;
	s->list_ms = s->now_ms + LIST_EVERY_MS;
	if (what == LIST_NEW && (!again || s->cur_unseen))
		s->cur_unseen = list_begin(s, LIST_CUR, again) == -1;
	else if (what == LIST_CUR && !again)
		(void)list_begin(s, LIST_REPORT, false);
}

static int
compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* A dot file in new/ is being written as long as its writer lives. */
static void
check_unfinished(struct send *s, const char *name)
{
	int r;

	if (!queue_id_ok(span_str(name + 1)))
		return;
	r = store_clean(s->new_dir, name);
	if (r == 1)
		log_say(&s->log, "warning", "removed the unfinished file",
		    span_str(name));
	else if (r == -1 && errno != ENOENT && errno != EACCES)
		log_say(&s->log, "warning", "cannot check the unfinished file",
		    span_str(name));
}

/* cur/ID.note without ID; other strange names are told of, once. */
static void
strange_in_cur(struct send *s, struct span name)
{
	char id[QUEUE_ID_LEN + 1];
	char whole[NAME_MAX_LEN + 1];
	uint64_t number;

	if (span_starts(name, SPAN("bad.")))
		return;
	if (!span_case_ends(name, SPAN(".note")) ||
	    !parse_id(span_head(name, name.len - 5), &number)) {
		log_say(&s->log, "warning", "strange file in cur:", name);
		return;
	}
	queue_id_write(number, id);
	if (messages_find(&s->messages, number) == NULL &&
	    faccessat(s->cur_dir, id, F_OK, 0) == -1 && errno == ENOENT &&
	    span_to_cstr(name, whole, sizeof whole) == 0)
		(void)unlinkat(s->cur_dir, whole, 0);
}

static void
list_name(struct send *s, struct listing *l, const char *name)
{
	struct span span = span_str(name);
	uint64_t id;

	if (parse_id(span, &id)) {
		if ((l->what == LIST_REPORT ||
		    messages_find(&s->messages, id) == NULL) &&
		    idlist_add(&l->found, id) == -1) {
			log_say(&s->log, "alert", "out of memory", SPAN(""));
			s->cur_unseen |= l->what == LIST_CUR;
		}
		return;
	}
	if (span_is(span, ".") || span_is(span, ".."))
		return;
	if (l->what == LIST_NEW && name[0] == '.')
		check_unfinished(s, name);
	else if (l->what == LIST_NEW && !span_starts(span, SPAN("bad.")))
		(void)arrive_set_aside(s, s->new_dir, name);
	else if (l->what == LIST_CUR)
		strange_in_cur(s, span);
	else if (l->what == LIST_REPORT)
		log_say(&s->log, "warning", "strange file in report:", span);
}

/* A report whose message is gone has been told: only its file was left. */
static void
check_report(struct send *s, uint64_t id)
{
	char name[QUEUE_ID_LEN + 1];

	queue_id_write(id, name);
	if (messages_find(&s->messages, id) == NULL &&
	    faccessat(s->new_dir, name, F_OK, 0) == -1 && errno == ENOENT &&
	    faccessat(s->cur_dir, name, F_OK, 0) == -1 && errno == ENOENT &&
	    unlinkat(s->report_dir, name, 0) == -1 && errno != ENOENT)
		log_say(&s->log, "warning", "strange file in report:",
		    span_str(name));
}

static void
look_at(struct send *s, const struct listing *l, uint64_t id)
{
	if (l->what == LIST_REPORT)
		check_report(s, id);
	else
		admit_file(s, id, l->what == LIST_NEW ? FOUND_NEW : FOUND_CUR);
}

/*
 * The next name; NULL at the end, which trouble is too: then what was found is
 * taken in, and the rest by another listing.
 */
static const char *
next_name(struct send *s, struct listing *l)
{
	struct dirent *e;

	errno = 0;
	e = readdir(l->dir);
	if (e == NULL && errno != 0) {
		log_say(&s->log, "alert", "unable to read the whole of",
		    span_str(list_names[l->what]));
		s->cur_unseen |= l->what == LIST_CUR;
	}
	return e == NULL ? NULL : e->d_name;
}

static void
list_slice(struct send *s)
{
	struct listing *l = s->listing;
	const char *name;
	uint64_t id;

	if (!l->sorted) {
		for (int i = 0; i < NAMES_AT_ONCE; i++) {
			if ((name = next_name(s, l)) != NULL) {
				list_name(s, l, name);
				continue;
			}
			if (l->found.count > 1)
				qsort(l->found.ids, l->found.count,
				    sizeof *l->found.ids, compare_ids);
			l->sorted = true;
			return;
		}
		return;
	}
	for (int i = 0; i < ADMITTED_AT_ONCE; i++) {
		if (!idlist_take(&l->found, &id)) {
			list_end(s);
			return;
		}
		look_at(s, l, id);
	}
}

/* ---- both ---- */

int
arrive_start(struct send *s)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof path, "%s/trigger", path_queue()) >=
	    (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || source_add(s, &s->trigger, fd, trigger_ready) == -1)
		return -1;
	return list_begin(s, LIST_NEW, false);
}

/*
 * What the trigger named; true when there is more. The first message goes at
 * once. Those behind it are gathered for a moment, since deliveries that run
 * side by side share the disk's flushes, and leave it to those who wait for
 * their message to be taken in.
 */
static bool
take_arrivals(struct send *s)
{
	uint64_t id;

	if (s->now_ms < s->gather_ms)
		return false;
	for (int i = 0; i < ARRIVALS_AT_ONCE; i++) {
		if (!idlist_take(&s->arrived, &id)) {
			if (i > 0)
				s->gather_ms = s->now_ms + GATHER_MS;
			return false;
		}
		admit_file(s, id, FOUND_TRIGGER);
		send_work(s);
	}
	return true;
}

int
arrive_wait_ms(const struct send *s)
{
	int64_t at = s->list_ms;

	if (s->arrived.count > 0 && s->gather_ms < at)
		at = s->gather_ms;
	return at > s->now_ms ? (int)(at - s->now_ms) : 0;
}

bool
arrive_slice(struct send *s)
{
	bool more = take_arrivals(s);

	if (s->listing == NULL && s->now_ms >= s->list_ms &&
	    list_begin(s, LIST_NEW, true) == -1)
		s->list_ms = s->now_ms + 10000;
	if (s->listing != NULL) {
		list_slice(s);
		send_work(s);
	}
	return more || s->listing != NULL;
}

bool
arrive_set_aside(struct send *s, int dir, const char *name)
{
	bool aside = store_set_aside(dir, name) == 0;

	log_say(&s->log, "alert", aside ? "not a whole queue file, set aside "
	    "behind the prefix bad.:" : "not a whole queue file, and in the "
	    "way:", span_str(name));
	return aside;
}
