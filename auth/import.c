/* Accounts of other systems. */
#include "auth/import.h"

#include <string.h>

#include "auth/hash.h"
#include "lib/base/num.h"
#include "lib/sasl/scram.h"

/* ---- quota ---- */

static uint64_t
unit(char c)
{
	switch (char_lower(c)) {
	case 'k':
		return 1024;
	case 'm':
		return 1024 * 1024;
	case 'g':
		return 1024 * 1024 * 1024;
	case 't':
		return 1024ULL * 1024 * 1024 * 1024;
	default:
		return 0;
	}
}

/* One of "500M", "1000S", "1000", "50C". */
static bool
one_limit(struct span s, struct buf *to)
{
	uint64_t n, factor;

	if (num_take(&s, UINT64_MAX >> 41, &n) != PARSE_OK)
		return false;
	if (s.len > 0 && (factor = unit(s.p[0])) > 0) {
		n *= factor;
		s = span_tail(s, 1);
		if (s.len > 0 && char_lower(s.p[0]) == 'b')
			s = span_tail(s, 1);
	} else if (span_is(s, "C")) {
		buf_num(to, n);
		buf_char(to, 'C');
		return true;
	} else if (span_is(s, "S")) {
		s = span_tail(s, 1);
	}
	if (s.len > 0)
		return false;
	buf_num(to, n);
	buf_char(to, 'S');
	return true;
}

enum parse
quota_write(struct span s, struct buf *to)
{
	bool first = true;

	if (span_is(s, "none"))
		return PARSE_OK;
	if (s.len == 0)
		return PARSE_BAD;
	while (s.len > 0) {
		if (!first)
			buf_char(to, ',');
		if (!one_limit(span_cut(&s, ','), to))
			return PARSE_BAD;
		first = false;
	}
	return to->err == 0 ? PARSE_OK : PARSE_BAD;
}

/* ---- passwords ---- */

static bool
in_list(struct span s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (span_case_is(s, *list))
			return true;
	return false;
}

static bool
take_hash(struct span s, const char *scheme, struct buf *to,
    const char **why)
{
	static const char *const crypts[] = { "CRYPT", "SHA512-CRYPT",
		"SHA256-CRYPT", "BLF-CRYPT", "MD5-CRYPT", "DES-CRYPT", NULL };
	static const char *const clear[] = { "PLAIN", "CLEARTEXT",
		"CLEAR", NULL };
	struct span kind = SPAN(""), rest = s;

	if (s.len == 0 || s.p[0] == '!' || s.p[0] == '*' || span_is(s, "x")) {
		buf_char(to, '*');	/* nobody can log in with it */
		return true;
	}
	if (s.p[0] == '{' && span_find(s, '}') < s.len) {
		rest = span_tail(s, 1);
		kind = span_cut(&rest, '}');
	}
	if (in_list(kind, clear)) {
		if (hash_make(to, scheme, rest) == 0)
			return true;
		*why = "cannot hash the password";
		return false;
	}
	if (scram_is_verifier(s))
		rest = s;
	else if (kind.len > 0 && !in_list(kind, crypts)) {
		*why = "a password scheme that is not known here";
		return false;
	}
	if (rest.len > PEOPLE_HASH_MAX || !hash_usable(rest)) {
		*why = "not a password hash that this system knows";
		return false;
	}
	buf_span(to, rest);
	return true;
}

static bool
take_id(struct span s, uint32_t *id)
{
	uint64_t n = PEOPLE_NOBODY;

	if (s.len > 0 && num_parse(s, UINT32_MAX - 1, &n) == -1)
		return false;
	*id = (uint32_t)n;
	return true;
}

/* "userdb_quota_rule=*:storage=1G" (or bytes=), among other words. */
static void
take_quota(struct span extra, struct buf *to)
{
	while (extra.len > 0) {
		struct span word = span_cut(&extra, ' '), value = word;
		struct span name = span_cut(&value, '=');

		if (!span_is(name, "userdb_quota_rule") &&
		    !span_is(name, "userdb_quota_storage_size"))
			continue;
		if (span_starts(value, SPAN("*:")))
			value = span_tail(value, 2);
		if (span_starts(value, SPAN("storage=")) ||
		    span_starts(value, SPAN("bytes=")))
			(void)span_cut(&value, '=');
		if (quota_write(value, to) != PARSE_OK)
			buf_reset(to);
		return;
	}
}

enum import_result
import_line(struct span line, const char *scheme, struct buf *hash,
    struct buf *quota, struct people_entry *out, const char **why)
{
	struct people_entry e = { 0 };
	struct span password, uid, gid;

	line = span_trim_end(line);
	if (line.len == 0 || line.p[0] == '#')
		return IMPORT_NOTHING;
	e.address = span_cut(&line, ':');
	password = span_cut(&line, ':');
	uid = span_cut(&line, ':');
	gid = span_cut(&line, ':');
	(void)span_cut(&line, ':');		/* gecos */
	e.home = span_cut(&line, ':');
	(void)span_cut(&line, ':');		/* shell */
	buf_reset(hash);
	buf_reset(quota);
	if (!take_id(uid, &e.uid) || !take_id(gid, &e.gid)) {
		*why = "uid or gid is not a number";
		return IMPORT_BAD;
	}
	if (uid.len > 0 && e.uid == 0) {
		*why = "belongs to root";
		return IMPORT_BAD;
	}
	if (!take_hash(password, scheme, hash, why))
		return IMPORT_BAD;
	take_quota(line, quota);
	e.hash = buf_peek(hash);
	e.quota = buf_peek(quota);
	*out = e;
	return IMPORT_OK;
}
