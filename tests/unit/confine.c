/* sanitizers: no, they keep confine() from most of it */
/* Each layer of confine() really denies, and what is allowed still works. */
#include "lib/os/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/os/confine-filter.h"
#include "tests/tap.h"

static char dir[] = "/tmp/postern-confine.XXXXXX";
static char in_dir[64], inner[64], inner_file[80], mailslot[64];
static pid_t outsider;

/* What try gives after confine(p), in a child: 0, an errno, 255 confine(). */
static int
confined(const struct confine_profile *p, int (*try)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (confine(p) == -1)
			_exit(255);
		_exit(try() == -1 ? errno : 0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return 254;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 253;
}

static int
after(unsigned may, int (*try)(void))
{
	struct confine_profile p = { .name = "test", .may = may };

	return confined(&p, try);
}

static bool
denied(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS;
}

static int try_nothing(void) { return 0; }
static int try_read(void) { return open(in_dir, O_RDONLY); }
static int try_write(void) { return open(in_dir, O_WRONLY); }
static int try_create(void) { return open(inner_file, O_RDWR | O_CREAT, 0600); }
static int try_passwd(void) { return open("/etc/passwd", O_RDONLY); }
static int try_resolv(void) { return open("/etc/hosts", O_RDONLY); }
static int try_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int try_inet(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int try_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0); }
static int try_setuid(void) { return setuid(getuid()); }
static int try_kill(void) { return kill(outsider, 0); }
static int try_ptrace(void) { return (int)ptrace(PTRACE_ATTACH, outsider, 0, 0); }
static int try_descriptor(void) { return fcntl(20, F_GETFD); }

static int
try_pipe(void)
{
	int ends[2];

	return pipe(ends);
}

/* With another error than EPERM the call was made. */
static int
try_flush(void)
{
	return fsync(0) == -1 && errno == EPERM ? -1 : 0;
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
try_exec(void)
{
	char *const none[] = { NULL };

	return execve("/nonexistent", none, none);
}

static int
try_read_memory(void)
{
	return (int)syscall(SYS_process_vm_readv, outsider, NULL, 0, NULL, 0,
	    0);
}

static int
try_take_descriptor(void)
{
	return (int)syscall(438, 0, 0, 0);	/* pidfd_getfd */
}

static int
try_map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);

	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
try_name_space(void)
{
	return (int)syscall(SYS_clone, 0x10000000 | SIGCHLD, 0, 0, 0, 0);
}

static int
try_limit_of_other(void)
{
	struct rlimit r;

	return prlimit(outsider, RLIMIT_NOFILE, NULL, &r);
}

/* By a pair of datagrams, which are sent to whom the sender says. */
static int
try_datagram(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == -1)
		return -1;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", mailslot);
	return (int)sendto(ends[0], "x", 1, 0, (struct sockaddr *)&to,
	    sizeof to);
}

/* By a socket that tells of its input. */
static int
try_signal_by_socket(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		return -1;
	return fcntl(ends[0], F_SETOWN, outsider);
}

static int
try_pair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
}

static int
try_move_between(void)
{
	char to[100];

	if (try_create() == -1)
		return -1;
	snprintf(to, sizeof(to), "%s/moved", dir);
	return rename(inner_file, to);
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1)
		return -1;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return 0;
	return errno == ECONNREFUSED ? 0 : -1;
}
static int try_connect(void) { return connect_to(9); }

static int
bind_to(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_port = htons(port);
	return bind(fd, (struct sockaddr *)&sin, sizeof(sin));
}
static int try_bind_any(void) { return bind_to(0); }
static int try_bind_port(void) { return bind_to(40111); }

static int
try_big_file(void)
{
	static char block[8192];

	signal(SIGXFSZ, SIG_IGN);
	return pwrite(open(in_dir, O_WRONLY), block, sizeof(block), 0) ==
	    sizeof(block) ? 0 : -1;
}

static int
try_many_descriptors(void)
{
	int i;

	for (i = 0; i < 20; i++)
		if (dup(2) == -1)
			return -1;
	return 0;
}

static int
try_twice(void)
{
	static const struct confine_profile less = { .name = "less" };

	if (confine(&less) == -1)
		return 0;
	return try_fork();
}

static void
calls_are_filtered(void)
{
	enum {
		ALL = CONFINE_RPATH | CONFINE_WPATH | CONFINE_CPATH |
		    CONFINE_EXEC | CONFINE_FORK | CONFINE_UNIX | CONFINE_INET |
		    CONFINE_DNS | CONFINE_FDPASS | CONFINE_ID |
		    CONFINE_SIGNAL | CONFINE_LOADER | CONFINE_TOOLS,
	};
	static const struct {
		unsigned may;
		int (*try)(void);
		const char *allowed, *refused;
	} cases[] = {
		{ CONFINE_RPATH, try_read, "rpath reads", "no rpath, no read" },
		{ CONFINE_WPATH, try_write, "wpath writes", "no wpath, no write" },
		{ CONFINE_CPATH, try_create, "cpath creates", "no cpath, none" },
		{ CONFINE_UNIX, try_unix, "unix", "no unix sockets" },
		{ CONFINE_INET, try_inet, "inet", "no inet sockets" },
		{ CONFINE_FORK, try_fork, "fork", "no fork" },
		{ CONFINE_ID, try_setuid, "id", "no setuid" },
		{ CONFINE_SIGNAL, try_kill, "signal", "no kill" },
		{ CONFINE_SIGNAL, try_signal_by_socket, "signal by a socket",
		    "no signal by a socket" },
		{ CONFINE_LOADER, try_map_code, "loader", "no code is mapped" },
		{ CONFINE_TOOLS, try_pipe, "tools", "no pipe" },
		{ ALL, try_read, "everything", "everything else fails" },
	};
	static const struct {
		int (*try)(void);
		const char *what;
	} never[] = {
		{ try_ptrace, "never: ptrace" },
		{ try_read_memory, "never: process_vm_readv" },
		{ try_take_descriptor, "never: pidfd_getfd" },
		{ try_netlink, "never: netlink sockets" },
		{ try_name_space, "never: name spaces" },
		{ try_limit_of_other, "never: another's limits" },
		{ try_datagram, "never: a pair of datagrams" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok(after(cases[i].may, cases[i].try) == 0, cases[i].allowed);
		unlink(inner_file);
		ok(denied(after(ALL & ~cases[i].may &
		    ~(unsigned)(cases[i].may == CONFINE_WPATH ? CONFINE_CPATH :
		    cases[i].may == CONFINE_INET ? CONFINE_DNS :
		    cases[i].may == CONFINE_RPATH ? CONFINE_WPATH |
		    CONFINE_CPATH | CONFINE_DNS :
		    cases[i].may == CONFINE_TOOLS ? CONFINE_EXEC |
		    CONFINE_ID | CONFINE_LOADER : 0), cases[i].try)),
		    cases[i].refused);
	}
	ok(after(0, try_pair) == 0, "a pair of packets");
	ok(after(CONFINE_CPATH, try_flush) == 0, "files are flushed");
	ok(denied(after(CONFINE_FDPASS, try_flush)), "not without a file");
	ok(after(CONFINE_EXEC, try_exec) == ENOENT, "exec");
	ok(denied(after(ALL & ~(unsigned)CONFINE_EXEC, try_exec)), "no exec");
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		ok(denied(after(ALL, never[i].try)), never[i].what);
}

static void
files_are_fenced(void)
{
	const struct confine_path only[] = {
		{ dir, CONFINE_RPATH | CONFINE_CPATH },
		{ "/nonexistent/postern", CONFINE_RPATH },
	};
	struct confine_profile p = {
		.name = "test", .may = CONFINE_RPATH | CONFINE_CPATH,
		.paths = only, .npaths = 2,
	};

	ok(confined(&p, try_read) == 0, "a listed path is read");
	ok(denied(confined(&p, try_passwd)), "another one is not");
	ok(confined(&p, try_move_between) == 0,
	    "files move between listed directories");
	p.paths = NULL;
	ok(confined(&p, try_move_between) == 0,
	    "without a list, files move between directories");
	p.may = CONFINE_DNS;
	ok(confined(&p, try_resolv) == 0, "the resolver's files are readable");
	ok(denied(confined(&p, try_read)), "and no others");
	ok(denied(confined(&p, try_create)), "nor to be written");
}

static void
network_is_fenced(void)
{
	ok(after(CONFINE_INET, try_connect) == 0, "inet connects");
	ok(denied(after(CONFINE_UNIX, try_connect)), "unix alone does not");
	ok(after(CONFINE_INET, try_bind_any) == 0, "a source address is chosen");
	if (confine_layers() & CONFINE_HAS_LANDLOCK_TCP)
		ok(denied(after(CONFINE_INET, try_bind_port)),
		    "no port is taken");
}

static void
limits_hold(void)
{
	struct confine_profile p = {
		.name = "test", .may = CONFINE_WPATH | CONFINE_TOOLS,
		.close_from = 10, .nofile = 20, .fsize = 4096,
	};

	dup2(2, 20);
	ok(confined(&p, try_descriptor) == EBADF, "surplus descriptors close");
	p.close_from = 0;
	ok(confined(&p, try_descriptor) == 0, "or stay");
	close(20);
	ok(confined(&p, try_big_file) == -1 ||
	    confined(&p, try_big_file) != 0, "file size");
	ok(confined(&p, try_many_descriptors) == EMFILE, "descriptors");
}

static void
it_is_cheap(void)
{
	struct confine_profile p = { .name = "test", .may = CONFINE_UNIX |
	    CONFINE_INET | CONFINE_FDPASS };
	struct timespec a, b;
	pid_t pid;
	int status;
	long us;

	pid = fork();
	if (pid == 0) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		if (confine(&p) == -1)
			_exit(1);
		clock_gettime(CLOCK_MONOTONIC, &b);
		us = (b.tv_sec - a.tv_sec) * 1000000 +
		    (b.tv_nsec - a.tv_nsec) / 1000;
		printf("# confine(): %ld us\n", us);
		fflush(stdout);
		_exit(us > 20000);	/* a busy machine is no failure */
	}
	waitpid(pid, &status, 0);
	ok(status == 0, "it costs little");
}

static void
listen_for_datagrams(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", mailslot);
	ok(bind(fd, (struct sockaddr *)&at, sizeof at) == 0,
	    "somebody hears datagrams");
}

int
main(void)
{
	struct filter f;
	unsigned may;
	bool fits = true;
	char words[200];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(in_dir, sizeof(in_dir), "%s/file", dir);
	snprintf(inner, sizeof(inner), "%s/inner", dir);
	snprintf(inner_file, sizeof(inner_file), "%s/new", inner);
	close(open(in_dir, O_WRONLY | O_CREAT, 0600));
	mkdir(inner, 0700);
	snprintf(mailslot, sizeof(mailslot), "%s/socket", dir);
	listen_for_datagrams();
	outsider = fork();
	if (outsider == 0) {
		pause();
		_exit(0);
	}

	for (may = 0; may < 1U << 13; may++)
		if (filter_make(&f, may) == -1)
			fits = false;
	ok(fits, "a filter for every profile");
	ok(after(0, try_nothing) == 0, "nothing allowed, nothing done");
	if ((confine_layers() & CONFINE_HAS_SECCOMP) && filter_make(&f, 0) == 1)
		calls_are_filtered();
	if (confine_layers() & CONFINE_HAS_LANDLOCK)
		files_are_fenced();
	network_is_fenced();
	limits_hold();
	ok(after(CONFINE_EXEC | CONFINE_FORK, try_twice) != 0,
	    "a confined program confines itself further");
	it_is_cheap();
	ok(span_find(confine_describe(words, sizeof(words)), ':') == 11,
	    "layers are described");
	printf("# %s\n", words);

	kill(outsider, SIGKILL);
	waitpid(outsider, NULL, 0);
	unlink(in_dir);
	unlink(mailslot);
	unlink(inner_file);
	snprintf(inner_file, sizeof(inner_file), "%s/moved", dir);
	unlink(inner_file);
	rmdir(inner);
	rmdir(dir);
	return tap_done();
}
