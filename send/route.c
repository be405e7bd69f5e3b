/*
 * Control files to values. Each load builds a new value and swaps it in when
 * all of it was readable, so that a mistake made while editing changes
 * nothing.
 */
#include "send/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "lib/os/control.h"
#include "lib/os/rewriting.h"

enum {
	CONCURRENCY_LOCAL = 10,
	CONCURRENCY_REMOTE = 20,
	LIFETIME_S = 604800,
	BOUNCE_MAX = 65536,
	NAME_MAX_BYTES = 1024,
	KEY_MAX_BYTES = 1024,
	ADDRESS_MAX_BYTES = 4096,
};

/* ---- settings ---- */

static int
load_numbers(struct settings *s, int dir, const char **what)
{
	const struct {
		const char *name;
		uint64_t *to, preset, max;
	} numbers[] = {
		{ "concurrencylocal", &s->concurrency[LOCAL],
		    CONCURRENCY_LOCAL, UINT32_MAX },
		{ "concurrencyremote", &s->concurrency[REMOTE],
		    CONCURRENCY_REMOTE, UINT32_MAX },
		{ "queuelifetime", &s->lifetime_s, LIFETIME_S, UINT32_MAX },
		{ "delaywarning", &s->delay_warning_s, 0, UINT32_MAX },
		{ "bouncemaxbytes", &s->bounce_max, BOUNCE_MAX, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		*numbers[i].to = numbers[i].preset;
		*what = numbers[i].name;
		if (control_num(dir, numbers[i].name, numbers[i].max,
		    numbers[i].to) == -1)
			return -1;
	}
	for (int k = 0; k < KINDS; k++)
		if (s->concurrency[k] > CONF_SPAWN)
			s->concurrency[k] = CONF_SPAWN;
	return 0;
}

static int
load_names(struct settings *s, int dir, const char **what)
{
	const struct {
		const char *name, *fallback, *literal;
		struct buf *to;
	} names[] = {
		{ "me", NULL, "localhost", &s->me },
		{ "bouncefrom", NULL, "MAILER-DAEMON", &s->bouncefrom },
		{ "bouncehost", "me", "bouncehost", &s->bouncehost },
		{ "doublebounceto", NULL, "postmaster", &s->doublebounceto },
		{ "doublebouncehost", "me", "doublebouncehost",
		    &s->doublebouncehost },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		buf_init(names[i].to, NAME_MAX_BYTES);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		*what = names[i].name;
		if (control_default(dir, names[i].name, names[i].fallback,
		    names[i].literal, names[i].to) == -1)
			return -1;
	}
	return 0;
}

int
settings_load(struct settings *s, int dir, const char **what)
{
	struct settings fresh;
	int err;

	if (load_names(&fresh, dir, what) == -1 ||
	    load_numbers(&fresh, dir, what) == -1) {
		err = errno;
		settings_free(&fresh);
		errno = err;
		return -1;
	}
	settings_free(s);
	*s = fresh;
	return 0;
}

void
settings_free(struct settings *s)
{
	buf_free(&s->me);
	buf_free(&s->bouncefrom);
	buf_free(&s->bouncehost);
	buf_free(&s->doublebounceto);
	buf_free(&s->doublebouncehost);
}

/* ---- routes ---- */

static int
compare_entries(const void *a, const void *b)
{
	const struct rewrite_entry *x = a, *y = b;
	size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
	int d = len > 0 ? memcmp(x->key.p, y->key.p, len) : 0;

	return d != 0 ? d : (x->key.len > y->key.len) -
	    (x->key.len < y->key.len);
}

/* "domain:relay"; colons inside brackets belong to the domain. */
static struct rewrite_entry
split_route(char *p, size_t len)
{
	size_t at = 0;
	int depth = 0;
	struct rewrite_entry e;

	for (; at < len && (depth > 0 || p[at] != ':'); at++) {
		depth += p[at] == '[' ? 1 : p[at] == ']' ? -1 : 0;
		p[at] = char_lower(p[at]);
	}
	e.key = span_trim((struct span){ p, at });
	e.value = span_trim(span_tail((struct span){ p, len }, at + 1));
	return e;
}

static int
load_smtproutes(struct routes *r, struct span list)
{
	struct rewrite_table *t = &r->smtproutes;
	size_t entries = 1, at = 0;

	for (size_t i = 0; i < list.len; i++)
		entries += list.p[i] == '\0';
	r->smtproutes_text = malloc(list.len + 1);
	t->entries = calloc(entries, sizeof *t->entries);
	t->count = 0;
	if (r->smtproutes_text == NULL || t->entries == NULL)
		return -1;
	if (list.len > 0)
		memcpy(r->smtproutes_text, list.p, list.len);
	while (at < list.len) {
		size_t len = span_find(span_tail(list, at), '\0');

		t->entries[t->count++] =
		    split_route(r->smtproutes_text + at, len);
		at += len + 1;
	}
	qsort(t->entries, t->count, sizeof *t->entries, compare_entries);
	return 0;
}

static int
read_smtproutes(struct routes *r, int dir, const char **what)
{
	struct buf list;
	int result;
	int err;

	*what = "smtproutes";
	buf_init(&list, CONTROL_MAX);
	result = control_list(dir, *what, &list);
	if (result != -1)
		result = load_smtproutes(r, buf_peek(&list));
	err = errno;
	buf_free(&list);
	errno = err;
	return result;
}

int
routes_load(struct routes *r, int dir, struct span own_ips,
    const char **what)
{
	struct routes fresh = { 0 };
	int err;

	if (rewriting_read(dir, own_ips, &fresh.rewrite, what) == 0 &&
	    read_smtproutes(&fresh, dir, what) == 0) {
		routes_free(r);
		*r = fresh;
		return 0;
	}
	err = errno;
	routes_free(&fresh);
	errno = err;
	return -1;
}

void
routes_free(struct routes *r)
{
	rewrite_free(&r->rewrite);
	free(r->smtproutes.entries);
	free(r->smtproutes_text);
	*r = (struct routes){ 0 };
}

/* ---- decisions ---- */

void
route_room_init(struct route_room *room)
{
	buf_init(&room->address, ADDRESS_MAX_BYTES);
	buf_init(&room->key, KEY_MAX_BYTES);
}

static const struct rewrite_entry *
find_exact(const struct rewrite_table *t, struct span key)
{
	const struct rewrite_entry wanted = { .key = key };

	if (t->count == 0)
		return NULL;
	return bsearch(&wanted, t->entries, t->count, sizeof wanted,
	    compare_entries);
}

/* The most special entry: domain, .suffix the longest first, "". */
static const struct rewrite_entry *
find_relay(const struct rewrite_table *t, struct span domain)
{
	const struct rewrite_entry *e = find_exact(t, domain);
	struct span rest = domain;

	while (e == NULL && rest.len > 0) {
		rest = span_tail(rest, 1);
		rest = span_tail(rest, span_find(rest, '.'));
		e = find_exact(t, rest);	/* in the end: "" */
	}
	return e;
}

void
route_key(const struct routes *r, struct span domain, struct buf *key)
{
	const struct rewrite_entry *e;
	struct span lower;

	buf_reset(key);
	for (size_t i = 0; i < domain.len; i++)
		buf_char(key, char_lower(domain.p[i]));
	lower = buf_peek(key);
	e = find_relay(&r->smtproutes, lower);
	buf_reset(key);
	if (e != NULL && e->value.len > 0) {
		buf_str(key, "r:");
		buf_span(key, e->value);
		return;
	}
	buf_str(key, "m:");
	for (size_t i = 0; i < domain.len; i++)
		buf_char(key, char_lower(domain.p[i]));
}

int
route_recipient(const struct routes *r, struct span address,
    struct route_room *room, struct route *out)
{
	struct rewritten to;

	if (rewrite_address(&r->rewrite, address, &room->address, &to) == -1)
		return -1;
	out->kind = to.local ? LOCAL : REMOTE;
	out->address = to.address;
	buf_reset(&room->key);
	if (to.local)
		buf_span(&room->key, to.user);
	else
		route_key(r, to.domain, &room->key);
	return buf_get(&room->key, &out->key);
}
