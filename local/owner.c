/* Whose mailbox this is: the default instructions, the home directory. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "local/job.h"

enum { DEFAULT_MAX = 65536, HOST_MAX = 255 };

/* Without a file, or with an empty one, mail goes to ./Maildir/. */
static void
read_default(struct owner *o)
{
	int dir = control_open();
	int r = dir == -1 ? -1 :
	    control_bytes(dir, "defaultdelivery", &o->fallback);

	if (dir == -1 && errno == ENOENT)
		r = 0;
	if (r == -1)
		o->fallback_err = errno;
	if (r == 0 || (r == 1 && o->fallback.len == 0))
		buf_str(&o->fallback, "./Maildir/\n");
	if (dir != -1)
		close(dir);
}

int
owner_take_place(struct owner *o, const char *user, const char *home,
    struct verdict *v)
{
	struct utsname name;
	struct stat st;

	*o = (struct owner){ .user = user, .home = home };
	buf_init(&o->host, HOST_MAX);
	buf_init(&o->fallback, DEFAULT_MAX);
	buf_str(&o->host, uname(&name) == 0 ? name.nodename : "localhost");
	read_default(o);
	if (chdir(home) == -1 || stat(".", &st) == -1) {
		verdict_errno(v, "4.3.0", "Unable to switch to %s", home);
		return -1;
	}
	o->dev = st.st_dev;
	o->ino = st.st_ino;
	return 0;
}
