/* Whose mailbox this is: the default instructions, the home directory. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "local/job.h"

enum {
	DEFAULT_MAX = 65536,
	HOST_MAX = 255,
	QUOTA_MAX = 100,
	GRACE_SECONDS = 24 * 60 * 60,
};

/* Without a file, or with an empty one, mail goes to ./Maildir/. */
static int
read_default(int dir, struct buf *out)
{
	if (control_bytes(dir, "defaultdelivery", out) == -1)
		return -1;
	if (out->len == 0)
		buf_str(out, "./Maildir/\n");
	return 0;
}

static void
read_control(struct owner *o)
{
	int dir = control_open();

	o->grace_s = GRACE_SECONDS;
	if (dir == -1 && errno == ENOENT) {
		buf_str(&o->fallback, "./Maildir/\n");
		return;
	}
	if (dir == -1 || read_default(dir, &o->fallback) == -1 ||
	    control_line(dir, "maildirquota", &o->quota) == -1 ||
	    control_num(dir, "quotagrace", INT32_MAX, &o->grace_s) == -1)
		o->control_err = errno;
	if (dir != -1)
		close(dir);
}

/* Into the home directory. 0; -1 with errno. */
static int
enter_home(struct owner *o)
{
	struct stat st;

	if (chdir(o->home) == -1 || stat(".", &st) == -1)
		return -1;
	o->dev = st.st_dev;
	o->ino = st.st_ino;
	return 0;
}

int
owner_take_place(struct owner *o, const char *user, const char *home,
    struct verdict *v)
{
	struct utsname name;

	*o = (struct owner){ .user = user, .home = home };
	buf_init(&o->host, HOST_MAX);
	buf_init(&o->fallback, DEFAULT_MAX);
	buf_str(&o->host, uname(&name) == 0 ? name.nodename : "localhost");
	buf_init(&o->quota, QUOTA_MAX);
	read_control(o);
	/* the name of a file must not depend on how much memory there was */
	errno = o->host.err != 0 ? o->host.err : o->fallback.err;
	if (errno != 0) {
		verdict_errno(v, "4.3.0", "Unable to begin");
		return -1;
	}
	if (enter_home(o) == -1) {
		verdict_errno(v, "4.3.0", "Unable to switch to %s", home);
		return -1;
	}
	return 0;
}

int
owner_find_home(const struct owner *o, struct stat *st, struct verdict *v)
{
	if (stat(o->home, st) == -1) {
		verdict_errno(v, "4.3.0", "Unable to look at %s", o->home);
		return -1;
	}
	if (st->st_dev == o->dev && st->st_ino == o->ino)
		return 0;
	verdict_set(v, WORK_LATER, "4.3.0",
	    "Home directory has just been replaced.");
	return -1;
}

void
owner_follow_home(struct owner *o)
{
	struct stat st;

	if (stat(o->home, &st) == 0 &&
	    (st.st_dev != o->dev || st.st_ino != o->ino))
		(void)enter_home(o);	/* who looks next says that it failed */
}
