/* Accounts, from passwd.cdb and from NSS. */
#include "auth/account.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <shadow.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cdb.h"
#include "lib/net/idn.h"
#include "lib/os/control.h"
#include "lib/os/paths.h"

enum { HASHES_MAX = 65536, SECONDS_A_DAY = 86400 };

void
accounts_init(struct accounts *db, int control)
{
	memset(db, 0, sizeof *db);
	db->control = control;
}

void
account_init(struct account *a)
{
	memset(a, 0, sizeof *a);
	buf_init(&a->hashes, HASHES_MAX);
}

void
account_free(struct account *a)
{
	buf_free(&a->hashes);
}

/* ---- passwd.cdb ---- */

static void
unmap(struct accounts *db)
{
	if (db->cdb.len > 0)
		munmap((void *)db->cdb.p, db->cdb.len);
	db->cdb = SPAN("");
	memset(&db->cdb_is, 0, sizeof db->cdb_is);
}

static int
map(struct accounts *db)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = openat(db->control, "passwd.cdb", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return -1;
	db->cdb = (struct span){ p, (size_t)st.st_size };
	db->cdb_is = st;
	return 0;
}

/* Maps the newest passwd.cdb. 0, also when there is none; -1 with errno. */
static int
refresh(struct accounts *db)
{
	struct stat st;

	if (fstatat(db->control, "passwd.cdb", &st, 0) == -1) {
		if (errno != ENOENT)
			return -1;
		unmap(db);
		return 0;
	}
	if (db->cdb.len > 0 && st.st_ino == db->cdb_is.st_ino &&
	    st.st_dev == db->cdb_is.st_dev &&
	    st.st_size == db->cdb_is.st_size &&
	    st.st_mtim.tv_sec == db->cdb_is.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == db->cdb_is.st_mtim.tv_nsec)
		return 0;
	unmap(db);
	return map(db);
}

/* The entry of an address in lower case. 1; 0; -1 with errno. */
static int
look_up(struct accounts *db, struct span address, struct people_entry *e)
{
	struct span data;
	int r;

	if (refresh(db) == -1)
		return -1;
	if (db->cdb.len == 0)
		return 0;
	r = cdb_get(db->cdb, address, &data);
	if (r == 1 && people_take_record(data, e) != PARSE_OK) {
		errno = EPROTO;
		r = -1;
	}
	return r;
}

/* app: of what application the password is; empty: it is the account's. */
static void
add_hash(struct account *a, struct span app, struct span hash)
{
	if (hash.len > 0 && hash.p[0] == '!') {
		a->barred = true;
		hash = span_tail(hash, 1);
	}
	if (hash.len < 3)
		return;			/* "*", "x": none */
	buf_span(&a->hashes, app);
	buf_char(&a->hashes, '\0');
	buf_span(&a->hashes, hash);
	buf_char(&a->hashes, '\0');
}

bool
account_next_hash(struct span *all, struct span *app, struct span *hash)
{
	if (all->len == 0)
		return false;
	*app = span_cut(all, '\0');
	*hash = span_cut(all, '\0');
	return true;
}

static void
add_apps(struct account *a, struct span apps)
{
	struct span name, hash;

	for (size_t n = 0; n < PEOPLE_APPS_MAX &&
	    people_next_app(&apps, &name, &hash); n++)
		add_hash(a, name, hash);
}

static int
from_entry(struct span address, const struct people_entry *e,
    struct account *a)
{
	if (span_to_cstr(address, a->user, sizeof a->user) == -1 ||
	    span_to_cstr(e->home, a->home, sizeof a->home) == -1)
		return -1;
	memcpy(a->shell, "/bin/false", sizeof "/bin/false");
	a->uid = e->uid;
	a->gid = e->gid;
	a->barred = (e->uid == 0 && !path_rootless()) ||
	    a->home[0] != '/';
	add_hash(a, SPAN(""), e->hash);
	add_apps(a, e->apps);
	return a->hashes.err == 0 ? 1 : -1;
}

/* ---- the system's accounts ---- */

/* Has the account, or its password, run out (shadow(5))? */
static bool
expired(const struct spwd *sp, long today)
{
	if (sp->sp_expire >= 0 && today >= sp->sp_expire)
		return true;		/* 0 is a day, too: chage -E 0 */
	if (sp->sp_lstchg == 0)
		return true;		/* must be changed before any login */
	return sp->sp_lstchg > 0 && sp->sp_max >= 0 && sp->sp_inact >= 0 &&
	    today > sp->sp_lstchg + sp->sp_max + sp->sp_inact;
}

/* getpwnam's hash, or the shadow file's. 0; -1 with errno. */
static int
add_system_hash(const struct passwd *pw, struct account *a)
{
	const char *hash = pw->pw_passwd;
	struct spwd *sp;

	errno = 0;
	sp = getspnam(pw->pw_name);
	if (sp == NULL && errno != 0 && errno != ENOENT &&
	    strcmp(hash, "x") == 0)
		return -1;
	if (sp != NULL) {
		hash = sp->sp_pwdp;
		if (expired(sp, (long)(time(NULL) / SECONDS_A_DAY)))
			a->barred = true;
	}
	/* "*" is no password, and other ways in are left (shadow(5)); as the
	 * beginning of a word, such as "*LK*", it locks */
	if (hash[0] == '*' && hash[1] != '\0')
		a->barred = true;
	add_hash(a, SPAN(""), span_str(hash));
	return 0;
}

static int
from_passwd(const struct passwd *pw, struct account *a)
{
	if (span_to_cstr(span_str(pw->pw_name), a->user,
	    sizeof a->user) == -1 ||
	    span_to_cstr(span_str(pw->pw_dir), a->home,
	    sizeof a->home) == -1 ||
	    span_to_cstr(span_str(pw->pw_shell), a->shell,
	    sizeof a->shell) == -1)
		return -1;
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	a->barred = (pw->pw_uid == 0 && !path_rootless()) ||
	    a->home[0] != '/';
	return 0;
}

/* e: what passwd.cdb says about this Unix account, or NULL. */
static int
from_system(struct span name, const struct people_entry *e,
    struct account *a)
{
	char word[AUTH_USER_MAX + 1];
	struct passwd *pw;

	if (span_to_cstr(name, word, sizeof word) == -1)
		return 0;
	errno = 0;
	pw = getpwnam(word);
	if (pw == NULL)
		return errno == 0 || errno == ENOENT || errno == ESRCH ? 0 : -1;
	if (from_passwd(pw, a) == -1)
		return -1;
	if (e != NULL && !span_is(e->hash, "-"))
		add_hash(a, SPAN(""), e->hash);
	else if (add_system_hash(pw, a) == -1)
		return -1;
	if (e != NULL)
		add_apps(a, e->apps);
	return a->hashes.err == 0 ? 1 : -1;
}

/* ---- which of them ---- */

/* Is domain in the control file locals (or in me, without one)? */
static int
is_local(const struct accounts *db, struct span domain)
{
	struct buf list;
	struct span all, one;
	int r;

	buf_init(&list, CONTROL_MAX);
	r = control_list(db->control, "locals", &list);
	if (r == 0)
		r = control_list(db->control, "me", &list);
	if (r != -1)
		r = idn_list(&list, '\0');
	if (r != -1) {
		r = 0;
		for (all = buf_peek(&list); control_next(&all, &one);)
			if (span_case_eq(one, domain))
				r = 1;
	}
	buf_free(&list);
	return r;
}

/*
 * The name as passwd.cdb has it: in lower case, without a domain of locals
 * unless it is there with that. 1 it is there; 0 not; -1 with errno.
 */
static int
canonical(struct accounts *db, struct span name, struct buf *address,
    struct people_entry *e)
{
	size_t at;
	int r;

	if (!people_address(name, address)) {
		buf_reset(address);
		return 0;
	}
	at = span_rfind(buf_peek(address), '@');
	r = look_up(db, buf_peek(address), e);
	if (r != 0 || at == address->len)
		return r;
	r = is_local(db, span_tail(buf_peek(address), at + 1));
	if (r != 1)
		return r;
	address->len = at;
	return look_up(db, buf_peek(address), e);
}

/* found: e is its entry. */
static int
find(struct span address, bool found, const struct people_entry *e,
    bool virtual_only, struct account *out)
{
	if (people_has_domain(address))
		return found ? from_entry(address, e, out) : 0;
	if (!virtual_only)
		return from_system(address, found ? e : NULL, out);
	if (!found)
		return 0;
	add_hash(out, SPAN(""), e->hash);
	add_apps(out, e->apps);
	return 1;
}

int
account_find(struct accounts *db, struct span name, bool virtual_only,
    struct account *out)
{
	struct people_entry e = { 0 };
	struct buf address;
	int r;

	buf_init(&address, PEOPLE_ADDRESS_MAX);
	r = canonical(db, name, &address, &e);
	if (r != -1 && span_to_cstr(buf_peek(&address), out->user,
	    sizeof out->user) == 0 && address.len > 0)
		r = find(buf_peek(&address), r == 1, &e, virtual_only, out);
	buf_free(&address);
	return r;
}

void
account_answer(const struct account *a, struct auth_answer *out)
{
	memset(out, 0, sizeof *out);
	out->type = AUTH_YES;
	out->user = a->user;
	out->home = a->home;
	out->shell = a->shell;
	out->text = a->app;
	out->uid = a->uid;
	out->gid = a->gid;
}
