/*
 * postern-local - deliver mail as the recipient
 *
 * runs as    the recipient; postern-lspawn has become that user already
 * hears      send, over descriptor 0, and messages, which it only copies
 * reads      the recipient's .qmail files; control/defaultdelivery
 * starts     programs named in .qmail files, postern-queue for forwards
 * never      sees an envelope, or a message that is not for this user
 * exits      as a worker 0, or 111; by hand 0 delivered, 100 failed for good,
 *            111 failed for now
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/os/control.h"
#include "lib/os/die.h"
#include "local/worker.h"

enum { DEFAULT_MAX = 65536, HOST_MAX = 255 };

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

/* Who we deliver for, and into the home directory. 0; -1 and the verdict. */
static int
take_place(struct owner *o, const char *user, const char *home,
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

static int
be_worker(const char *user, const char *home)
{
	struct verdict v;
	struct owner o;

	verdict_init(&v);
	if (take_place(&o, user, home, &v) == -1) {
		worker_unready(0, &v);
		return 111;
	}
	return worker_run(&o, 0);
}

int
main(int argc, char **argv)
{
	die_name("postern-local");
	umask(077);
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (argc == 4 && strcmp(argv[1], "-w") == 0)
		return be_worker(argv[2], argv[3]);
	diex(100, "usage: postern-local [-nN] user homedir local dash ext "
	    "domain sender defaultdelivery");
}
