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
	case 'b':
		return 1;
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

/* "500", so many times usual, or "500M", "500MB". */
static bool
take_size(struct span *s, uint64_t usual, uint64_t *n)
{
	uint64_t factor;

	if (num_take(s, UINT64_MAX >> 41, n) != PARSE_OK)
		return false;
	factor = s->len > 0 ? unit(s->p[0]) : 0;
	*n *= factor > 0 ? factor : usual;
	*s = span_tail(*s, factor > 0);
	if (factor > 1 && s->len > 0 && char_lower(s->p[0]) == 'b')
		*s = span_tail(*s, 1);
	return true;
}

static void
put_limit(struct buf *to, uint64_t n, char kind)
{
	if (to->len > 0)
		buf_char(to, ',');
	buf_num(to, n);
	buf_char(to, kind);
}

/* One of "500M", "1000S", "1000", "50C". */
static bool
one_limit(struct span s, struct buf *to)
{
	uint64_t n;

	if (!take_size(&s, 1, &n) ||
	    (s.len > 0 && !span_is(s, "S") && !span_is(s, "C")))
		return false;
	put_limit(to, n, span_is(s, "C") ? 'C' : 'S');
	return true;
}

enum parse
quota_write(struct span s, struct buf *to)
{
	if (span_is(s, "none"))
		return PARSE_OK;
	if (s.len == 0)
		return PARSE_BAD;
	while (s.len > 0)
		if (!one_limit(span_cut(&s, ','), to))
			return PARSE_BAD;
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

/* As usermod -L has it, a hash behind '!'; where there is none: no password. */
static void
take_locked(struct span s, struct buf *known, struct buf *to)
{
	bool usable = s.len <= PEOPLE_HASH_MAX && hash_usable(s, known);

	buf_str(to, usable ? "!" : "*");
	buf_span(to, usable ? s : SPAN(""));
}

static bool
take_hash(struct span s, const char *scheme, struct buf *known,
    struct buf *to, const char **why)
{
	static const char *const crypts[] = { "CRYPT", "SHA512-CRYPT",
		"SHA256-CRYPT", "BLF-CRYPT", "MD5-CRYPT", "DES-CRYPT", NULL };
	static const char *const clear[] = { "PLAIN", "CLEARTEXT",
		"CLEAR", NULL };
	struct span kind = SPAN(""), rest = s;

	if (s.len > 0 && s.p[0] == '!') {
		take_locked(span_tail(s, 1), known, to);
		return true;
	}
	if (s.len == 0 || s.p[0] == '*' || span_is(s, "x")) {
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
	if (rest.len > PEOPLE_HASH_MAX || !hash_usable(rest, known)) {
		*why = "not a password hash that this system knows";
		return false;
	}
	buf_span(to, rest);
	return true;
}

/* "storage=1G" (in kB where it does not say), "bytes=5", "messages=5". */
static bool
rule_part(struct span s, struct buf *to)
{
	struct span name = span_cut(&s, '=');
	bool counts = span_is(name, "messages");
	uint64_t usual = span_is(name, "storage") ? 1024 : 1;
	uint64_t n;

	if ((!counts && usual == 1 && !span_is(name, "bytes")) ||
	    !take_size(&s, usual, &n) || s.len > 0)
		return false;
	if (n > 0)			/* 0 is no limit */
		put_limit(to, n, counts ? 'C' : 'S');
	return true;
}

/* What stands behind "userdb_quota_rule=": "*:storage=1G:messages=1000". */
static bool
take_rule(struct span rule, struct buf *to)
{
	struct span folder = span_cut(&rule, ':');

	if (!span_is(folder, "*") && !span_is(folder, "?"))
		return true;		/* of one folder: there is no such */
	while (rule.len > 0)
		if (!rule_part(span_cut(&rule, ':'), to))
			return false;
	return true;
}

/*
 * Dovecot's quota among other words: rules up to version 2.3, then
 * userdb_quota_storage_size. false: one that we cannot have.
 */
static bool
take_quota(struct span extra, struct buf *to)
{
	while (extra.len > 0) {
		struct span value = span_cut(&extra, ' ');
		struct span name = span_cut(&value, '=');
		uint64_t n;

		if (span_starts(name, SPAN("userdb_quota_rule"))) {
			if (!take_rule(value, to))
				return false;
		} else if (span_is(name, "userdb_quota_storage_size")) {
			if (!take_size(&value, 1, &n) || value.len > 0)
				return false;
			put_limit(to, n, 'S');
		}
	}
	return true;
}

/* ---- other words of Dovecot's ---- */

/* What is not the same without them is said. */
static const struct left_out {
	const char *name, *note;
} left_out[] = {
	{ "allow_nets", "allow_nets is left out: he may log in from anywhere" },
	{ "userdb_home", "userdb_home is left out" },
	{ "userdb_mail", "userdb_mail is left out: mail is in Maildir below "
	    "the home" },
	{ "userdb_mail_path", "userdb_mail_path is left out: mail is in "
	    "Maildir below the home" },
	{ "userdb_uid", "userdb_uid is left out" },
	{ "userdb_gid", "userdb_gid is left out" },
};

/* Is it where mail is here, too? */
static bool
is_maildir(struct span value)
{
	return span_is(value, "maildir:~/Maildir") ||
	    span_is(value, "~/Maildir");
}

/* The bit of a word that is left out; 0 for others. */
static unsigned
bit_of(struct span name, struct span value)
{
	for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
		if (span_is(name, left_out[i].name) && !is_maildir(value))
			return 1U << i;
	return 0;
}

const char *
import_left_out(unsigned *set)
{
	for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
		if (*set & 1U << i) {
			*set &= ~(1U << i);
			return left_out[i].note;
		}
	return NULL;
}

static void
lock(struct buf *hash)
{
	if (hash->len == 0 || hash->p[0] == '!')
		return;
	buf_char(hash, '\0');		/* room for one more */
	memmove(hash->p + 1, hash->p, hash->len - 1);
	hash->p[0] = '!';
}

/* Nobody's password; what is locked stays locked. */
static void
take_away(struct buf *hash)
{
	bool locked = hash->len > 0 && hash->p[0] == '!';

	buf_reset(hash);
	buf_str(hash, locked ? "!*" : "*");
}

/*
 * "nologin" locks the account, with "nopassword" (which would let everybody in)
 * it has none. Returns the set of the others that matter.
 */
static unsigned
take_words(struct span extra, struct buf *hash)
{
	unsigned left = 0;

	while (extra.len > 0) {
		struct span value = span_cut(&extra, ' ');
		struct span name = span_cut(&value, '=');

		if (span_is(name, "nopassword"))
			take_away(hash);
		else if (span_is(name, "nologin"))
			lock(hash);
		else
			left |= bit_of(name, value);
	}
	return left;
}

enum import_result
import_line(struct span line, const char *scheme, struct buf *known,
    struct buf *hash, struct buf *quota, struct people_entry *out,
    unsigned *left, const char **why)
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
	if (!people_take_id(uid, &e.uid) || !people_take_id(gid, &e.gid)) {
		*why = "uid or gid is not a number";
		return IMPORT_BAD;
	}
	if (uid.len > 0 && e.uid == 0) {
		*why = "belongs to root";
		return IMPORT_BAD;
	}
	if (!take_hash(password, scheme, known, hash, why))
		return IMPORT_BAD;
	if (!take_quota(line, quota)) {
		*why = "a quota that is not known here";
		return IMPORT_BAD;
	}
	*left = take_words(line, hash);
	e.hash = buf_peek(hash);
	e.quota = buf_peek(quota);
	*out = e;
	return IMPORT_OK;
}
