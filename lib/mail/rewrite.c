/*
 * What becomes of an envelope recipient. The lists are copied into one block,
 * keys folded to lower case and sorted, so that a look-up is a binary search
 * however many thousand domains there are.
 */
#include "lib/mail/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/path.h"
#include "lib/mail/utf8.h"
#include "lib/net/idn.h"
#include "lib/net/ip.h"

enum { SUFFIXES_MAX = 128 };	/* labels of a domain that we look at */

static int
compare_entries(const void *a, const void *b)
{
	const struct rewrite_entry *x = a, *y = b;
	int d = span_compare(x->key, y->key);

	/* Equal keys stay in the order of the file. */
	return d != 0 ? d : (x->key.p > y->key.p) - (x->key.p < y->key.p);
}

static const struct rewrite_entry *
find_ascii(const struct rewrite_table *t, struct span s)
{
	char folded[PATH_ADDRESS_MAX + 1];
	struct span key = { folded, s.len };
	size_t low = 0, high = t->count;

	if (s.len > sizeof folded)
		return NULL;
	for (size_t i = 0; i < s.len; i++)
		folded[i] = char_lower(s.p[i]);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(t->entries[middle].key, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || !span_eq(t->entries[low - 1].key, key))
		return NULL;
	return &t->entries[low - 1];
}

/*
 * The entry of s, in any case of letters, its domain in the form of DNS; of
 * several the last in the file.
 */
static const struct rewrite_entry *
table_find(const struct rewrite_table *t, struct span s)
{
	const struct rewrite_entry *e = NULL;
	struct buf b;
	struct span ascii;

	if (ascii_ok(s))
		return find_ascii(t, s);
	buf_init(&b, PATH_ADDRESS_MAX);
	if (idn_address(s, &b) == 0 && buf_get(&b, &ascii) == 0)
		e = find_ascii(t, ascii);
	buf_free(&b);
	return e;
}

/* ---- loading ---- */

static size_t
count_entries(struct span list)
{
	size_t n = 0;

	while (list.len > 0) {
		span_cut(&list, '\0');
		n++;
	}
	return n;
}

static struct span
copy_name(struct span name, char **at)
{
	struct span copy = { *at, name.len };

	if (name.len > 0)
		memcpy(*at, name.p, name.len);
	*at += name.len;
	return copy;
}

/* Where the key of "key:value" ends; colons in "[IPv6:...]" are its own. */
static size_t
key_extent(struct span entry, char separator)
{
	size_t colon, bracket;

	if (separator == '\0')
		return entry.len;
	colon = span_find(entry, separator);
	bracket = span_find(entry, ']');
	if (span_find(entry, '[') < colon && bracket < entry.len)
		return bracket + 1 + span_find(span_tail(entry, bracket + 1),
		    separator);
	return colon;
}

/*
 * Copies list to *at, which is moved along, and makes a table of it. With a
 * separator an entry is key, separator, value; one without it is left out.
 */
static int
table_load(struct rewrite_table *t, struct span list, char separator,
    char **at)
{
	char *start = *at;
	struct span copy = copy_name(list, at);

	t->count = 0;
	t->entries = calloc(count_entries(list) + 1, sizeof *t->entries);
	if (t->entries == NULL)
		return -1;
	while (copy.len > 0) {
		struct span entry = span_cut(&copy, '\0');
		size_t len = key_extent(entry, separator);
		char *key = start + (entry.p - start);

		if (separator != '\0' && len == entry.len)
			continue;
		for (size_t i = 0; i < len; i++)
			key[i] = char_lower(key[i]);
		t->entries[t->count].key = span_head(entry, len);
		t->entries[t->count++].value = span_tail(entry, len + 1);
	}
	qsort(t->entries, t->count, sizeof *t->entries, compare_entries);
	return 0;
}

int
rewrite_load(struct rewrite *r, const struct rewrite_lists *lists)
{
	size_t size = lists->envnoathost.len + lists->localiphost.len +
	    lists->locals.len + lists->percenthack.len +
	    lists->virtualdomains.len + lists->own_ips.len;
	char *at;

	memset(r, 0, sizeof *r);
	if ((at = r->text = malloc(size + 1)) == NULL)
		return -1;
	r->brk = lists->brk;
	r->envnoathost = copy_name(lists->envnoathost, &at);
	r->localiphost = copy_name(lists->localiphost, &at);
	if (table_load(&r->locals, lists->locals, '\0', &at) == -1 ||
	    table_load(&r->percenthack, lists->percenthack, '\0', &at) == -1 ||
	    table_load(&r->virtualdomains, lists->virtualdomains, ':',
	    &at) == -1 ||
	    table_load(&r->own_ips, lists->own_ips, '\0', &at) == -1) {
		rewrite_free(r);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
rewrite_free(struct rewrite *r)
{
	free(r->locals.entries);
	free(r->percenthack.entries);
	free(r->virtualdomains.entries);
	free(r->own_ips.entries);
	free(r->text);
	memset(r, 0, sizeof *r);
}

/* ---- the rules ---- */

/* Few and compared by value: "::1" may be written in several ways. */
static bool
is_own_literal(const struct rewrite *r, struct span domain)
{
	struct ip ip, own;

	if (!ip_literal_parse(domain, &ip))
		return false;
	for (size_t i = 0; i < r->own_ips.count; i++)
		if (ip_parse(r->own_ips.entries[i].key, &own) &&
		    ip_eq(&ip, &own))
			return true;
	return false;
}

/* Undoes the percent hack: user%dom@hackhost is user@dom. */
static void
strip_percents(const struct rewrite *r, struct span *user, struct span *domain)
{
	while (table_find(&r->percenthack, *domain) != NULL) {
		size_t percent = span_rfind(*user, '%');

		if (percent == user->len)
			return;
		*domain = span_tail(*user, percent + 1);
		*user = span_head(*user, percent);
	}
}

/* user@domain, domain, its suffixes that start with a dot, and "". */
static const struct rewrite_entry *
find_virtual(const struct rewrite *r, struct span address, struct span domain)
{
	const struct rewrite_entry *e = table_find(&r->virtualdomains, address);
	struct span suffix = domain;

	if (e != NULL)
		return e;
	for (int i = 0; i < SUFFIXES_MAX; i++) {
		if ((e = table_find(&r->virtualdomains, suffix)) != NULL)
			return e;
		if (suffix.len == 0)
			return NULL;
		suffix = span_tail(suffix, 1);
		suffix = span_tail(suffix, span_find(suffix, '.'));
	}
	return table_find(&r->virtualdomains, SPAN(""));
}

/* Puts [prepend, break,] user@domain into scratch. */
static int
finish(const struct rewrite *r, const struct span *prepend, struct span user,
    struct span domain, struct buf *scratch, struct rewritten *out)
{
	buf_reset(scratch);
	if (prepend != NULL) {
		buf_span(scratch, *prepend);
		buf_char(scratch, r->brk);
	}
	buf_span(scratch, user);
	buf_char(scratch, '@');
	buf_span(scratch, domain);
	if (buf_get(scratch, &out->address) == -1)
		return -1;
	out->user = span_head(out->address,
	    out->address.len - domain.len - 1);
	out->domain = span_tail(out->address, out->user.len + 1);
	return 0;
}

int
rewrite_address(const struct rewrite *r, struct span address,
    struct buf *scratch, struct rewritten *out)
{
	const struct rewrite_entry *virtual;
	struct span user, domain;

	if (!address_split(address, &user, &domain))
		domain = r->envnoathost;
	if (r->localiphost.len > 0 && is_own_literal(r, domain))
		domain = r->localiphost;
	strip_percents(r, &user, &domain);
	out->local = true;
	if (table_find(&r->locals, domain) != NULL)
		return finish(r, NULL, user, domain, scratch, out);
	if (finish(r, NULL, user, domain, scratch, out) == -1)
		return -1;
	virtual = find_virtual(r, out->address, domain);
	if (virtual != NULL && virtual->value.len > 0)
		return finish(r, &virtual->value, user, domain, scratch, out);
	out->local = false;
	return 0;
}
