/*
 * postern-start - open what the mail path needs, start its programs, become
 * postern-send
 *
 * runs as    root, or any one user in a build without root
 * started by a supervisor; the process goes on as postern-send
 * hears      nobody
 * makes      the queue's directories, trigger, lock and sockets, when missing,
 *            with the owners and modes that they must have
 * starts     postern-lspawn (root), postern-rspawn, postern-users,
 *            postern-queue -l, postern-auth (root), each as its own user and
 *            with the descriptors that it works on and no other
 * exits      111 when anything of that cannot be done
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "lib/os/confine.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/fds.h"
#include "lib/os/paths.h"

enum {
	FDS_FROM = 20,		/* ours lie above all that children get */
	CHILD_FDS = 7,		/* descriptors 0 to 6 of a child */
	PATH_ROOM = 4096,
	COMPANIONS = 5,		/* of postern-send */
	PID_ROOM = 16,
};

struct who {
	const char *name;
	uid_t uid;
	gid_t gid;
};

struct house {
	bool rootless;
	struct who root, smtpd, queue, send, remote, users, pop3;
	int lock;
	int injector, door, control, auth;	/* listening */
	int lspawn[2], rspawn[2];	/* ours (send's), theirs */
	int query[2], owner[2];		/* users' end, lspawn's end */
	int lifeline[2];
	char pids[COMPANIONS][PID_ROOM];
};

/* A program to be started: who it is, and its descriptors; -1: none. */
struct child {
	const char *program;
	const char *args[COMPANIONS];
	const struct who *who;
	int fds[CHILD_FDS];
};

/* ---- users ---- */

static void
look_up(const struct house *h, struct who *who, const char *name)
{
	struct passwd *pw;

	who->name = name;
	who->uid = getuid();
	who->gid = getgid();
	if (h->rootless)
		return;
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		diex(111, "there is no user %s: see INSTALL", name);
	who->uid = pw->pw_uid;
	who->gid = pw->pw_gid;
}

static void
look_up_all(struct house *h)
{
	h->rootless = path_rootless();
	if (!h->rootless && geteuid() != 0)
		diex(111, "must be started by root");
	if (h->rootless)
		warn_plain("built to run without root: all programs and all "
		    "deliveries run as uid %u", (unsigned)getuid());
	h->root = (struct who){ "root", getuid(), getgid() };
	look_up(h, &h->smtpd, CONF_USER_SMTPD);
	look_up(h, &h->queue, CONF_USER_QUEUE);
	look_up(h, &h->send, CONF_USER_SEND);
	look_up(h, &h->remote, CONF_USER_REMOTE);
	look_up(h, &h->users, CONF_USER_USERS);
	look_up(h, &h->pop3, CONF_USER_POP3);
}

static void
become(const struct house *h, const struct who *who)
{
	if (h->rootless || who->uid == 0)
		return;
	if (setgroups(1, &who->gid) == -1 ||
	    setresgid(who->gid, who->gid, who->gid) == -1 ||
	    setresuid(who->uid, who->uid, who->uid) == -1)
		die(111, "cannot become %s", who->name);
	if (geteuid() != who->uid || getegid() != who->gid)
		diex(111, "did not become %s", who->name);
}

/* ---- the queue's directories ---- */

static void
queue_path(const char *leaf, char path[PATH_ROOM])
{
	if (snprintf(path, PATH_ROOM, "%s%s%s", path_queue(),
	    leaf[0] == '\0' ? "" : "/", leaf) >= PATH_ROOM)
		diex(111, "the queue's path is too long");
}

/* Owner, group and mode as they must be; said when they were not. */
static void
set_right(const struct house *h, const char *path, uid_t uid, gid_t gid,
    mode_t mode)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		die(111, "cannot look at %s", path);
	if (h->rootless) {
		uid = st.st_uid;
		gid = st.st_gid;
	}
	if (st.st_uid == uid && st.st_gid == gid &&
	    (st.st_mode & 07777) == mode)
		return;
	if (lchown(path, uid, gid) == -1 || chmod(path, mode) == -1)
		die(111, "cannot set owner and mode of %s", path);
	warn_plain("owner and mode of %s were wrong, and are right now", path);
}

static void
make_dir(const struct house *h, const char *leaf, uid_t uid, gid_t gid,
    mode_t mode)
{
	char path[PATH_ROOM];
	struct stat st;

	queue_path(leaf, path);
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		die(111, "cannot make %s", path);
	if (lstat(path, &st) == -1 || !S_ISDIR(st.st_mode))
		diex(111, "%s is not a directory", path);
	set_right(h, path, uid, gid, mode);
}

static void
make_trigger(const struct house *h)
{
	char path[PATH_ROOM];
	struct stat st;

	queue_path("trigger", path);
	if (mkfifo(path, 0600) == -1 && errno != EEXIST)
		die(111, "cannot make %s", path);
	if (lstat(path, &st) == -1 || !S_ISFIFO(st.st_mode))
		diex(111, "%s is not a FIFO", path);
	set_right(h, path, h->queue.uid, h->send.gid, 0660);
}

/* An empty file that is there for its lock or its owner. A descriptor. */
static int
make_file(const struct house *h, const char *leaf, const struct who *who)
{
	char path[PATH_ROOM];
	int fd;

	queue_path(leaf, path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		die(111, "cannot open %s", path);
	set_right(h, path, who->uid, who->gid, 0600);
	return fd;
}

/* Held until the last of us ends: one send for one queue. */
static void
take_lock(struct house *h)
{
	int fd = make_file(h, "lock", &h->send);

	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		diex(111, "another postern-send is running");
	h->lock = fcntl(fd, F_DUPFD_CLOEXEC, FDS_FROM);
	close(fd);
}

static void
make_queue(struct house *h)
{
	make_dir(h, "", h->root.uid, h->send.gid, 0711);
	make_dir(h, "new", h->queue.uid, h->send.gid, 02770);
	make_dir(h, "cur", h->send.uid, h->send.gid, 0700);
	make_dir(h, "report", h->send.uid, h->send.gid, 0700);
	make_dir(h, "empty", h->root.uid, h->root.gid, 0555);
	make_trigger(h);
	/* its owner injects for everybody, and is believed accordingly */
	close(make_file(h, "network", &h->smtpd));
	/* its owner is who the POP3 login becomes */
	close(make_file(h, "login", &h->pop3));
}

/* ---- sockets ---- */

static int
up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FDS_FROM);

	if (high == -1)
		die(111, "cannot duplicate a descriptor");
	close(fd);
	return high;
}

static int
listen_on(const struct house *h, const char *name, int type, uid_t uid,
    gid_t gid, mode_t mode)
{
	char path[PATH_ROOM];
	int fd = unix_listen(path_queue(), name, type, (int)mode);

	if (fd == -1)
		die(111, "cannot listen on %s/%s", path_queue(), name);
	queue_path(name, path);
	if (!h->rootless && lchown(path, uid, gid) == -1)
		die(111, "cannot set the owner of %s", path);
	return up(fd);
}

static void
pair(int ends[2])
{
	if (fdpass_pair(ends) == -1)
		die(111, "cannot make a pair of sockets");
	ends[0] = up(ends[0]);
	ends[1] = up(ends[1]);
}

static void
make_sockets(struct house *h)
{
	h->injector = listen_on(h, "injector", SOCK_STREAM, 0, 0, 0666);
	h->door = listen_on(h, "users", SOCK_SEQPACKET, h->smtpd.uid,
	    h->send.gid, 0660);
	h->control = listen_on(h, "control", SOCK_SEQPACKET, 0, 0, 0666);
	h->auth = listen_on(h, "auth", SOCK_SEQPACKET, h->smtpd.uid,
	    h->smtpd.gid, 0600);
	pair(h->lspawn);
	pair(h->rspawn);
	pair(h->query);
	pair(h->owner);
	if (pipe2(h->lifeline, O_CLOEXEC) == -1)
		die(111, "cannot make a pipe");
	h->lifeline[0] = up(h->lifeline[0]);
	h->lifeline[1] = up(h->lifeline[1]);
}

/* ---- programs ---- */

static void
program_path(const char *program, char path[PATH_ROOM])
{
	if (snprintf(path, PATH_ROOM, "%s/%s", path_bin(), program) >=
	    PATH_ROOM)
		diex(111, "the programs' path is too long");
}

/* From here on this process is the child. */
_Noreturn static void
run(const struct house *h, const struct child *c)
{
	char path[PATH_ROOM];
	char *argv[COMPANIONS + 2] = { (char *)c->program };
	int last = 2;

	for (int i = 0; i < COMPANIONS; i++)
		argv[i + 1] = (char *)c->args[i];
	for (int i = 0; i < CHILD_FDS; i++) {
		if (c->fds[i] == -1)
			continue;
		if (dup2(c->fds[i], i) == -1)
			die(111, "cannot duplicate a descriptor");
		last = i > last ? i : last;
	}
	for (int i = 3; i < last; i++)
		if (c->fds[i] == -1)
			close(i);
	if (dup2(2, 1) == -1)
		die(111, "cannot duplicate descriptor 2");
	fds_close((unsigned)last + 1, ~0U);
	program_path(c->program, path);
	become(h, c->who);
	execv(path, argv);
	die(111, "cannot run %s", path);
}

static pid_t
launch(const struct house *h, const struct child *c)
{
	pid_t pid = fork();

	if (pid == -1)
		die(111, "cannot fork");
	if (pid == 0)
		run(h, c);
	return pid;
}

/* In the order in which postern-send knows them. */
static void
launch_all(struct house *h)
{
	const struct child children[COMPANIONS] = {
		{ "postern-users", { NULL }, &h->users, { h->door, -1, -1,
		    h->query[0], h->owner[0], h->lifeline[0], -1 } },
		{ "postern-lspawn", { NULL }, &h->root, { h->lspawn[1], -1, -1,
		    h->query[1], h->owner[1], -1, -1 } },
		{ "postern-rspawn", { NULL }, &h->remote, { h->rspawn[1], -1, -1,
		    -1, -1, -1, -1 } },
		{ "postern-queue", { "-l" }, &h->queue, { h->injector, -1, -1,
		    -1, -1, h->lifeline[0], -1 } },
		{ "postern-auth", { NULL }, &h->root, { h->auth, -1, -1,
		    -1, -1, h->lifeline[0], -1 } },
	};

	for (int i = 0; i < COMPANIONS; i++)
		snprintf(h->pids[i], PID_ROOM, "%ld",
		    (long)launch(h, &children[i]));
}

_Noreturn static void
become_send(const struct house *h)
{
	struct child send = { "postern-send", { NULL }, &h->send,
	    { h->control, -1, -1, h->lspawn[0], h->rspawn[0], h->lifeline[1],
	    h->lock } };

	for (int i = 0; i < COMPANIONS; i++)
		send.args[i] = h->pids[i];
	run(h, &send);
}

/* Descriptors 0 to 2 exist, whoever started us. */
static void
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static void
say_confinement(void)
{
	char room[256];
	struct span words = confine_describe(room, sizeof room);

	(void)!write(2, "status: ", 8);
	(void)!write(2, words.p, words.len);
	(void)!write(2, "\n", 1);
}

/* Orders that come before postern-send can take them wait. */
static void
hold_signals(void)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGALRM);
	sigaddset(&held, SIGCHLD);
	sigprocmask(SIG_SETMASK, &held, NULL);
}

int
main(void)
{
	struct house h;

	die_name("postern-start");
	open_standard();
	umask(077);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (chdir("/") == -1)
		die(111, "cannot change to /");
	look_up_all(&h);
	make_queue(&h);
	take_lock(&h);
	make_sockets(&h);
	say_confinement();
	launch_all(&h);
	hold_signals();
	become_send(&h);
}
