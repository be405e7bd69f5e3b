/* Passwords against accounts. */
#include "auth/verify.h"

#include "auth/hash.h"
#include "lib/os/control.h"

int
verify_dummy(int control, struct buf *dummy)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	char scheme[16];
	struct buf b, word;
	int r = -1;

	buf_init(&b, sizeof scheme);
	buf_init(&word, 64);
	if (control_default(control, "authscheme", NULL, "scram", &b) == 0 &&
	    span_to_cstr(buf_peek(&b), scheme, sizeof scheme) == 0 &&
	    random_text(&word, letters, 32) == 0)
		r = hash_make(dummy, scheme, buf_peek(&word));
	buf_free(&b);
	buf_free(&word);
	return r;
}

/* Where nothing could be tried, the dummy takes the time that a try takes. */
static bool
any_matches(struct account *a, struct span password, struct span dummy)
{
	struct span all = buf_peek(&a->hashes), hash;
	bool worked = false;

	while (account_next_hash(&all, &a->app, &hash))
		if (hash_matches(hash, password, &worked))
			return true;
	if (!worked)
		(void)hash_matches(dummy, password, &worked);
	return false;
}

struct verdict
verify_password(struct accounts *db, struct span user, struct span password,
    struct span dummy, struct account *a)
{
	int found = account_find(db, user, false, a);
	bool match;

	if (found == -1)
		return (struct verdict){ AUTH_LATER, "error" };
	match = any_matches(a, password, dummy);
	if (found == 0)
		return (struct verdict){ AUTH_NO, "unknown" };
	if (a->barred || a->hashes.len == 0)
		return (struct verdict){ AUTH_NO, "barred" };
	if (!match)
		return (struct verdict){ AUTH_NO, "password" };
	return (struct verdict){ AUTH_YES, NULL };
}

struct verdict
verify_vouched(struct accounts *db, struct span user, struct account *a)
{
	int found = account_find(db, user, false, a);

	if (found == -1)
		return (struct verdict){ AUTH_LATER, "error" };
	if (found == 0)
		return (struct verdict){ AUTH_NO, "unknown" };
	if (a->barred)
		return (struct verdict){ AUTH_NO, "barred" };
	return (struct verdict){ AUTH_YES, NULL };
}
