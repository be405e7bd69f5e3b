/*
 * postern-mboxlock - lock the caller's own mailbox in /var/mail
 *
 * runs as    anybody, set-gid to the group that owns /var/mail
 * hears      its caller: one argument, the name of the mailbox
 * writes     /var/mail/NAME.lock, and an empty /var/mail/NAME if there is none
 * starts     nothing
 * never      opens a mailbox, or touches one that is not the caller's
 * says       L on descriptor 1 when it has the lock, T when that takes too
 *            long; drops the lock and ends at the end of descriptor 0
 * exits      0 the lock was held and dropped; 100 not the caller's; 111 trouble
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/num.h"
#include "lib/os/control.h"
#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/dotlock.h"

enum {
	NAME_LEN_MAX = 64,
	LOCK_MS = 30000,
	HOLD_MS = 15 * 60 * 1000,
	ACCOUNTS_MAX = 64 << 20,
};

static const char spool[] = "/var/mail";

/* The caller chose all of this for us. */
static void
undo_caller(void)
{
	static char *nothing[] = { NULL };
	struct rlimit none = { 0, 0 };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", O_RDWR) != fd)
			_exit(111);
	environ = nothing;
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && sig != SIGCHLD)
			signal(sig, SIG_IGN);
	(void)setrlimit(RLIMIT_CORE, &none);
	umask(0);
}

static bool
name_ok(struct span name)
{
	if (name.len == 0 || name.len > NAME_LEN_MAX || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alpha(name.p[i]) && !char_is_digit(name.p[i]) &&
		    strchr("-_.+", name.p[i]) == NULL)
			return false;
	return !span_case_ends(name, SPAN(".lock"));
}

/* The uid field of the line of name; -1: there is none. */
static int64_t
uid_in(struct span accounts, struct span name)
{
	while (accounts.len > 0) {
		struct span line = span_cut(&accounts, '\n');
		uint64_t uid;

		if (!span_eq(span_cut(&line, ':'), name))
			continue;
		(void)span_cut(&line, ':');
		if (num_parse(span_cut(&line, ':'), UINT32_MAX, &uid) == 0)
			return (int64_t)uid;
	}
	return -1;
}

/*
 * Is name the caller's own, by the accounts of this system? A static program
 * does without name services: elsewhere the administrator makes mailboxes.
 */
static bool
is_callers_name(const char *name)
{
	struct buf text;
	int64_t uid = -1;
	int etc = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	buf_init(&text, ACCOUNTS_MAX);
	if (etc != -1 && control_bytes(etc, "passwd", &text) == 1)
		uid = uid_in(buf_peek(&text), span_str(name));
	buf_free(&text);
	return uid != -1 && (uid_t)uid == getuid();
}

/* Makes the mailbox if there is none. 0; -1 it is somebody else's. */
static int
find_or_make(int dir, const char *name)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode) && st.st_uid == getuid() ? 0 : -1;
	if (errno != ENOENT || !is_callers_name(name))
		return -1;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0660);
	if (fd == -1)
		die(111, "cannot make %s/%s", spool, name);
	close(fd);
	return 0;
}

/* No lock in time, or no lock at all: the caller is told which. */
static _Noreturn void
give_up(const char *name)
{
	if (errno == ETIMEDOUT && write(1, "T", 1) != 1)
		_exit(111);
	die(111, "cannot lock %s/%s", spool, name);
}

/* Until the caller lets go, or for a quarter of an hour. */
static void
hold(void)
{
	struct deadline d = deadline_in_ms(HOLD_MS);
	char c;

	if (write(1, "L", 1) != 1)
		return;
	while (deadline_wait(0, POLLIN, d) == 0 && read(0, &c, 1) > 0)
		continue;
}

int
main(int argc, char **argv)
{
	int dir;

	die_name("postern-mboxlock");
	undo_caller();
	if (argc != 2 || !name_ok(span_str(argv[1])))
		diex(100, "usage: postern-mboxlock name");
	dir = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		die(111, "cannot open %s", spool);
	if (find_or_make(dir, argv[1]) == -1)
		diex(100, "%s/%s is not yours", spool, argv[1]);
	if (dotlock_take(dir, argv[1], DOTLOCK_STALE_SECONDS,
	    deadline_in_ms(LOCK_MS)) == -1)
		give_up(argv[1]);
	hold();
	dotlock_drop(dir, argv[1]);
	return 0;
}
