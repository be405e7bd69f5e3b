/* Password hashes, through crypt(3) and lib/sasl. */
#include "auth/hash.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "auth/people.h"
#include "lib/sasl/sasl.h"
#include "lib/sasl/scram.h"

enum { CRYPT_SALT = 16 };

static const char crypt_alphabet[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void
wipe_bytes(void *p, size_t len)
{
	explicit_bzero(p, len);
}

int
random_bytes(void *p, size_t len)
{
	char *at = p;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
random_text(struct buf *to, const char *alphabet, size_t len)
{
	size_t kinds = strlen(alphabet), fair = 256 - 256 % kinds;
	unsigned char c;

	while (len > 0) {
		if (random_bytes(&c, 1) == -1)
			return -1;
		if (c >= fair)
			continue;
		buf_char(to, alphabet[c % kinds]);
		len--;
	}
	return 0;
}

/* crypt(3) of a bounded password; NULL when it knows no such setting. */
static const char *
crypted(struct span setting, struct span password)
{
	char word[SASL_PASSWORD_MAX + 1], room[PEOPLE_HASH_MAX + 1];
	const char *made = NULL;

	if (span_to_cstr(password, word, sizeof word) == 0 &&
	    span_to_cstr(setting, room, sizeof room) == 0)
		made = crypt(word, room);
	wipe_bytes(word, sizeof word);
	return made != NULL && made[0] != '*' ? made : NULL;
}

bool
hash_matches(struct span hash, struct span password, bool *worked)
{
	struct scram_verifier v;
	const char *made;

	if (scram_is_verifier(hash)) {
		if (scram_parse(hash, &v) != PARSE_OK)
			return false;
		*worked = true;
		return scram_check(&v, password);
	}
	if (hash.len < 3 || hash.p[0] == '!' || hash.p[0] == '*')
		return false;
	made = crypted(hash, password);
	if (made == NULL)
		return false;
	*worked = true;
	return strlen(made) == hash.len && same_bytes(made, hash.p, hash.len);
}

/*
 * How much of a hash says how it is made: "$2b$12$", "$6$rounds=5000$", "$y$j9T$";
 * behind it come salt and hash. None: 0.
 */
static size_t
parameters(struct span hash)
{
	size_t last = span_rfind(hash, '$');

	if (last == hash.len || span_starts(hash, SPAN("$2")))
		return last == hash.len ? 0 : last + 1;
	last = span_rfind(span_head(hash, last), '$');
	return last + 1;
}

/* Salt, '$' and hash, as crypt(3) writes them. */
static bool
in_alphabet(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] != '$' &&
		    (s.p[i] == '\0' || strchr(crypt_alphabet, s.p[i]) == NULL))
			return false;
	return true;
}

/* Of the same method and cost, and as long in all parts, as one that works? */
static bool
same_kind(struct span hash, struct span known)
{
	size_t n = parameters(hash);

	return known.len > 0 && hash.len == known.len && n > 0 &&
	    span_eq(span_head(hash, n), span_head(known, n)) &&
	    span_rfind(hash, '$') == span_rfind(known, '$') &&
	    in_alphabet(span_tail(hash, n));
}

bool
hash_usable(struct span hash, struct buf *known)
{
	struct scram_verifier v;
	const char *made;
	size_t last = span_rfind(hash, '$');

	if (scram_is_verifier(hash))
		return scram_parse(hash, &v) == PARSE_OK;
	if (hash.len < 3 || !people_field(hash) ||
	    span_find(hash, ' ') < hash.len)
		return false;
	if (same_kind(hash, buf_peek(known)))
		return true;
	made = crypted(hash, SPAN("x"));
	if (made == NULL || strlen(made) != hash.len || (last < hash.len &&
	    strncmp(made, hash.p, last + 1) != 0))
		return false;
	buf_reset(known);
	buf_span(known, hash);
	return true;
}

static int
make_scram(struct buf *to, struct span password)
{
	unsigned char salt[SCRAM_SALT];
	struct scram_verifier v;

	if (random_bytes(salt, sizeof salt) == -1)
		return -1;
	scram_make(&v, password, (struct span){ (char *)salt, sizeof salt },
	    SCRAM_ITERATIONS);
	scram_write(to, &v);
	return 0;
}

static int
make_crypt(struct buf *to, struct span password, bool choose)
{
	struct buf setting;
	const char *made = NULL;

	buf_init(&setting, PEOPLE_HASH_MAX);
#ifdef CRYPT_GENSALT_IMPLEMENTS_AUTO_ENTROPY
	if (choose && (made = crypt_gensalt(NULL, 0, NULL, 0)) != NULL)
		buf_str(&setting, made);
#else
	(void)choose;
#endif
	if (setting.len == 0) {
		buf_str(&setting, "$6$");
		if (random_text(&setting, crypt_alphabet, CRYPT_SALT) == -1)
			return -1;
	}
	made = crypted(buf_peek(&setting), password);
	buf_free(&setting);
	if (made == NULL) {
		errno = EINVAL;
		return -1;
	}
	buf_str(to, made);
	return 0;
}

bool
hash_scheme_ok(const char *scheme)
{
	return strcmp(scheme, "scram") == 0 || strcmp(scheme, "sha512") == 0 ||
	    strcmp(scheme, "default") == 0;
}

int
hash_make(struct buf *to, const char *scheme, struct span password)
{
	if (password.len == 0 || password.len > SASL_PASSWORD_MAX ||
	    span_find(password, '\0') < password.len) {
		errno = EINVAL;
		return -1;
	}
	if (strcmp(scheme, "scram") == 0)
		return make_scram(to, password);
	if (strcmp(scheme, "sha512") == 0)
		return make_crypt(to, password, false);
	if (strcmp(scheme, "default") == 0)
		return make_crypt(to, password, true);
	errno = EINVAL;
	return -1;
}
