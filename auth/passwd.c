/*
 * The system's accounts. Whatever is not a clear answer is "cannot tell now":
 * an error of a name service, an unreachable home directory, and the missing
 * home directory of what looks like a person, which may just not be mounted.
 */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/owner.h"
#include "conf.h"
#include "lib/os/paths.h"

enum {
	NAME_MAX_LEN = 31,
	RECORD_MAX = 65536,
	PERSON_MIN = 1000,	/* uids below are the system's */
	NOBODY = 65534,
};

/* 1 in *pw, its strings in room; 0 unknown; -1 with errno. */
static int
look_up(const char *name, struct passwd *pw, char *room)
{
	struct passwd *found;
	int err;

	do
		err = getpwnam_r(name, pw, room, RECORD_MAX, &found);
	while (err == EINTR);
	if (err != 0) {
		errno = err;
		return -1;
	}
	return found != NULL;
}

static bool
uid_ok(uid_t uid)
{
	return uid != 0 || (path_rootless() && getuid() == 0);
}

static bool
is_person(uid_t uid)
{
	return uid >= PERSON_MIN && uid != NOBODY;
}

/* May this account have mail? 1; 0; -1 with *why. */
static int
check(const struct passwd *pw, const char **why)
{
	struct stat st;

	if (!uid_ok(pw->pw_uid) || pw->pw_dir[0] != '/')
		return 0;
	if (stat(pw->pw_dir, &st) == 0)
		return S_ISDIR(st.st_mode) && st.st_uid == pw->pw_uid;
	if ((errno == ENOENT || errno == EACCES || errno == ENOTDIR) &&
	    !is_person(pw->pw_uid))
		return 0;
	*why = "Home directory cannot be reached.";
	return -1;
}

static int
fill(const struct passwd *pw, const char *user, const char *home,
    const char *dash, struct span ext, struct owner *out, const char **why)
{
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	if (span_to_cstr(span_str(user), out->user, sizeof out->user) == 0 &&
	    span_to_cstr(span_str(home), out->home, sizeof out->home) == 0 &&
	    span_to_cstr(span_str(dash), out->dash, sizeof out->dash) == 0 &&
	    span_to_cstr(ext, out->ext, sizeof out->ext) == 0)
		return 1;
	*why = "Account data is too long.";
	return -1;
}

/* Is there a user of this name, who then owns ext? 1; 0; -1 with *why. */
static int
try_user(struct span name, struct span ext, const char *dash,
    struct owner *out, const char **why)
{
	static char room[RECORD_MAX];
	char user[NAME_MAX_LEN + 1];
	struct passwd pw;
	int r;

	if (name.len == 0 || name.len > NAME_MAX_LEN)
		return 0;
	for (size_t i = 0; i < name.len; i++)
		user[i] = char_lower(name.p[i]);
	user[name.len] = '\0';
	if (strlen(user) != name.len)
		return 0;
	r = look_up(user, &pw, room);
	if (r == -1)
		*why = "Unable to look up users.";
	if (r == 1)
		r = check(&pw, why);
	if (r == 1)
		r = fill(&pw, user, pw.pw_dir, dash, ext, out, why);
	return r;
}

static int
use_alias(struct span local, struct owner *out, const char **why)
{
	static char room[RECORD_MAX];
	struct passwd pw;
	int r;

	if (path_rootless()) {
		pw.pw_uid = getuid();
		pw.pw_gid = getgid();
		return fill(&pw, CONF_USER_ALIAS, path_alias(), "-", local,
		    out, why);
	}
	r = look_up(CONF_USER_ALIAS, &pw, room);
	if (r != 1 || pw.pw_uid == 0) {
		*why = "Unable to find alias user!";
		return -1;
	}
	return fill(&pw, CONF_USER_ALIAS, path_alias(), "-", local, out, why);
}

int
passwd_find(struct span local, struct owner *out, const char **why)
{
	int r = try_user(local, SPAN(""), "", out, why);

	for (size_t at = local.len; r == 0 && at > 0; at--)
		if (local.p[at - 1] == CONF_BREAK)
			r = try_user(span_head(local, at - 1),
			    span_tail(local, at), "-", out, why);
	return r == 0 ? use_alias(local, out, why) : r;
}
