/*
 * The system call filter. Calls are allowed by number, a few also by a look
 * at an argument; the rest fails. Numbers become a sorted list of runs with
 * the same fate, the list becomes a binary tree of comparisons: short to
 * walk, and so quick to install, since the kernel walks it once for each
 * number there is.
 *
 * Calls that are newer than every libc's fallback (424 and up, numbered alike
 * on all machines) fail with ENOSYS, so that a libc which tries them first
 * goes on with the older one; the others with EPERM.
 */
#include "lib/os/confine-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "lib/os/confine.h"
#include "lib/os/confine-calls.h"

#if defined(__x86_64__) && defined(__LP64__)
#define MACHINE 0xc000003e	/* AUDIT_ARCH_X86_64 */
#elif defined(__aarch64__)
#define MACHINE 0xc00000b7	/* AUDIT_ARCH_AARCH64 */
#else
#define MACHINE 0
#endif


/* What may happen to a call; from FATE_CHECK on: what checks[] says. */
enum { FATE_EPERM, FATE_ENOSYS, FATE_ALLOW, FATE_CHECK };

/* Bits of the kernel's interface that musl has no header for. */
enum {
	CLONE_NAMES = 0x7e020000,	/* CLONE_NEWNS .. CLONE_NEWNET */
	MAP_CODE = 4,			/* PROT_EXEC */
	OPEN_WRITES = O_WRONLY | O_RDWR | O_TRUNC,
	OF_DATAGRAMS = 2,	/* in SOCK_DGRAM and SOCK_RAW, in no other */
	SET_OWNER = 8, SET_SIGNAL = 10, SET_OWNER_EX = 15,	/* fcntl(2) */
	NUMBERS = 512,
	FIRST_NEW = 424,
};

/*
 * Calls that everybody may make. Each run of numbers more makes the filter
 * longer, which is paid for by every process that installs one.
 */
static const short always[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close, SYS_munmap,
	SYS_mremap, SYS_madvise, SYS_brk, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_ppoll, SYS_clock_gettime,
	SYS_exit, SYS_exit_group, SYS_futex, SYS_getrandom,
	SYS_restart_syscall, SYS_sendto, SYS_recvfrom, SYS_shutdown,
	SYS_getsockopt, SYS_setsockopt,
#ifdef SYS_poll
	SYS_poll,
#endif
};

/* With files. */
static const short handling[] = {
	SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_fstat, SYS_flock, SYS_fsync,
	SYS_fdatasync, SYS_ftruncate, SYS_getpid, SYS_uname, SYS_umask,
	SYS_fadvise64,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
};

/* What programs do that do more than one thing. */
static const short managing[] = {
	SYS_preadv, SYS_pwritev, SYS_dup, SYS_dup3, SYS_pipe2, SYS_fallocate,
	SYS_sendfile, SYS_splice, SYS_copy_file_range, SYS_memfd_create,
	SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend,
	SYS_sigaltstack, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl,
	SYS_epoll_pwait, SYS_epoll_pwait2, SYS_clock_getres,
	SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getitimer,
	SYS_setitimer, SYS_timerfd_create, SYS_timerfd_settime, SYS_eventfd2,
	SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid,
	SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_getpgid,
	SYS_getrusage, SYS_getrlimit, SYS_times, SYS_sysinfo, SYS_getcwd,
	SYS_wait4, SYS_waitid, SYS_sched_yield, SYS_set_robust_list,
	SYS_set_tid_address, SYS_getpeername, SYS_getsockname, SYS_accept,
	SYS_accept4, SYS_close_range,
#ifdef SYS_select
	SYS_select, SYS_epoll_create, SYS_epoll_wait, SYS_alarm, SYS_time,
	SYS_dup2, SYS_pipe, SYS_pause, SYS_getpgrp,
#endif
};

static const short reading[] = {
	SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getdents64,
	SYS_chdir, SYS_fchdir, SYS_statfs, SYS_fstatfs, SYS_statx,
	SYS_inotify_init1, SYS_inotify_add_watch, SYS_inotify_rm_watch,
#ifdef SYS_stat
	SYS_stat, SYS_lstat, SYS_access, SYS_readlink,
#endif
};

static const short writing[] = {
	SYS_truncate, SYS_fchmod, SYS_fchmodat, SYS_utimensat,
#ifdef SYS_chmod
	SYS_chmod,
#endif
};

static const short creating[] = {
	SYS_mkdirat, SYS_mknodat, SYS_unlinkat, SYS_renameat, SYS_renameat2,
	SYS_linkat, SYS_symlinkat, SYS_fchmod, SYS_fchmodat, SYS_utimensat,
#ifdef SYS_mkdir
	SYS_mkdir, SYS_mknod, SYS_unlink, SYS_rmdir, SYS_rename, SYS_link,
	SYS_symlink, SYS_creat, SYS_chmod,
#endif
};

/* And what a program that is started needs, to start and to confine itself. */
static const short executing[] = {
	SYS_execve, SYS_execveat, SYS_prctl, SYS_seccomp,
	SYS_landlock_create_ruleset, SYS_landlock_add_rule,
	SYS_landlock_restrict_self,
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
};

static const short forking[] = {
	SYS_setpgid, SYS_setsid, SYS_gettid, SYS_set_robust_list, SYS_wait4,
	SYS_waitid,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
};

static const short networking[] = { SYS_bind, SYS_connect, SYS_listen };

static const short passing[] = {
	SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
};

static const short changing_id[] = {
	SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid,
	SYS_setresgid, SYS_setgroups, SYS_chroot, SYS_fchown, SYS_fchownat,
	SYS_capget, SYS_capset,
#ifdef SYS_chown
	SYS_chown, SYS_lchown,
#endif
};

static const short signalling[] = { SYS_kill, SYS_tkill, SYS_tgkill };

enum {
	NET = CONFINE_UNIX | CONFINE_INET | CONFINE_DNS,
	MANAGING = CONFINE_TOOLS | CONFINE_EXEC | CONFINE_ID |
	    CONFINE_LOADER,
	FILES = CONFINE_RPATH | CONFINE_WPATH | CONFINE_CPATH | CONFINE_DNS,
};

static const struct group {
	unsigned when;		/* any of these bits; 0: always */
	const short *calls;
	size_t n;
} groups[] = {
#define GROUP(bits, calls) { (bits), calls, sizeof(calls) / sizeof(calls[0]) }
	GROUP(0, always),
	GROUP(FILES | MANAGING, handling),
	GROUP(MANAGING, managing),
	GROUP(CONFINE_RPATH, reading),
	GROUP(CONFINE_WPATH, writing),
	GROUP(CONFINE_CPATH, creating),
	GROUP(CONFINE_EXEC, executing),
	GROUP(CONFINE_FORK, forking),
	GROUP(NET, networking),
	GROUP(NET | CONFINE_FDPASS, passing),
	GROUP(CONFINE_ID, changing_id),
	GROUP(CONFINE_SIGNAL, signalling),
#undef GROUP
};

/*
 * Calls allowed by an argument: all of refuse's bits must be zero in it, or,
 * with only, it must be one of the first few values; with but, none of them.
 */
struct check {
	int call;
	unsigned argument;
	uint32_t refuse;
	uint32_t only[3], but[3];
};
enum { CHECKS_MAX = 10 };

struct plan {
	unsigned char fate[NUMBERS];
	struct check check[CHECKS_MAX];
	unsigned checks;
};

static void
plan_check(struct plan *p, int call, unsigned argument, uint32_t refuse)
{
	struct check *c = &p->check[p->checks];

	*c = (struct check){ .call = call, .argument = argument,
	    .refuse = refuse };
	p->fate[call] = (unsigned char)(FATE_CHECK + p->checks++);
}

/* open, openat: for reading, writing, creating, as allowed. */
static void
plan_opens(struct plan *p, unsigned may)
{
	uint32_t refuse = 0;

	if (!(may & FILES))
		return;
	if (!(may & (CONFINE_WPATH | CONFINE_CPATH)))
		refuse |= OPEN_WRITES;
	if (!(may & CONFINE_CPATH))
		refuse |= O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
	plan_check(p, SYS_openat, 2, refuse);
#ifdef SYS_open
	plan_check(p, SYS_open, 1, refuse);
#endif
}

static void
plan_sockets(struct plan *p, unsigned may)
{
	struct check *c;
	unsigned n = 0;

	/*
	 * A pair reaches nobody, unless it is one of datagrams: sendto(2)
	 * names whom it likes.
	 */
	plan_check(p, SYS_socketpair, 1, OF_DATAGRAMS);
	if (!(may & NET))
		return;
	plan_check(p, SYS_socket, 0, 0);
	c = &p->check[p->checks - 1];
	if (may & CONFINE_UNIX)
		c->only[n++] = AF_UNIX;
	if (may & (CONFINE_INET | CONFINE_DNS)) {
		c->only[n++] = AF_INET;
		c->only[n++] = AF_INET6;
	}
}

/* A descriptor can be told to send any signal to anybody. */
static void
plan_fcntl(struct plan *p, unsigned may)
{
	static const uint32_t signals[] = { SET_OWNER, SET_SIGNAL,
	    SET_OWNER_EX };

	p->fate[SYS_fcntl] = FATE_ALLOW;
	if (may & CONFINE_SIGNAL)
		return;
	plan_check(p, SYS_fcntl, 1, 0);
	memcpy(p->check[p->checks - 1].but, signals, sizeof signals);
}

static void
plan_make(struct plan *p, unsigned may)
{
	size_t i, k;

	memset(p, 0, sizeof(*p));
	memset(p->fate + FIRST_NEW, FATE_ENOSYS, NUMBERS - FIRST_NEW);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (groups[i].when != 0 && !(groups[i].when & may))
			continue;
		for (k = 0; k < groups[i].n; k++)
			if (groups[i].calls[k] >= 0)
				p->fate[groups[i].calls[k]] = FATE_ALLOW;
	}
	plan_opens(p, may);
	plan_sockets(p, may);
	plan_check(p, SYS_prlimit64, 0, UINT32_MAX);	/* its own only */
	plan_fcntl(p, may);
	if (may & CONFINE_FORK)
		plan_check(p, SYS_clone, 0, CLONE_NAMES);
	if (may & CONFINE_LOADER) {
		p->fate[SYS_mmap] = p->fate[SYS_mprotect] = FATE_ALLOW;
	} else {
		plan_check(p, SYS_mmap, 2, MAP_CODE);
		plan_check(p, SYS_mprotect, 2, MAP_CODE);
	}
}

/* Classic BPF: load a word of struct seccomp_data, compare, return. */
enum {
	LOAD = 0x20, JUMP_EQUAL = 0x15, JUMP_ABOVE = 0x35, JUMP_BITS = 0x45,
	RETURN = 0x06,
};
enum { AT_NUMBER = 0, AT_MACHINE = 4, AT_ARGUMENTS = 16 };
static const uint32_t answer[FATE_CHECK] = {
	[FATE_EPERM] = 0x00050000 | EPERM,
	[FATE_ENOSYS] = 0x00050000 | ENOSYS,
	[FATE_ALLOW] = 0x7fff0000,
};

/*
 * Steps are written from the last to the first, at the end of the room, so
 * that every jump's aim is known when the jump is written.
 */
struct writer {
	struct filter_step room[FILTER_MAX];
	int first;		/* index of the first step so far */
	int fate[FATE_CHECK + CHECKS_MAX];	/* where each fate's steps are */
	bool full;
};

static int
put(struct writer *w, uint16_t code, uint32_t k, int yes, int no)
{
	int at = w->first - 1;
	int over_yes = yes - at - 1, over_no = no - at - 1;

	if (at < 0 || over_yes > 255 || over_no > 255) {
		w->full = true;
		return w->first;
	}
	w->room[at] = (struct filter_step){ .code = code, .k = k };
	if (code != LOAD && code != RETURN) {
		w->room[at].jump_true = (uint8_t)over_yes;
		w->room[at].jump_false = (uint8_t)over_no;
	}
	w->first = at;
	return at;
}

static int
put_check(struct writer *w, const struct check *c)
{
	int yes = w->fate[FATE_ALLOW], no = w->fate[FATE_EPERM];
	int next = no;
	unsigned i;

	if (c->only[0] != 0) {
		for (i = 0; i < 3 && c->only[i] != 0; i++)
			next = put(w, JUMP_EQUAL, c->only[i], yes, next);
	} else if (c->but[0] != 0) {
		next = yes;
		for (i = 0; i < 3 && c->but[i] != 0; i++)
			next = put(w, JUMP_EQUAL, c->but[i], no, next);
	} else if (c->refuse != 0) {
		put(w, JUMP_BITS, c->refuse, no, yes);
	} else {
		return yes;
	}
	/* the low half: both machines are little endian */
	return put(w, LOAD, AT_ARGUMENTS + 8 * c->argument, 0, 0);
}

/* A run of numbers, from start to the next run's start. */
struct run {
	int start, fate;
};

/* The steps that choose among runs[0..n). Index of the first. */
static int
put_tree(struct writer *w, const struct run *runs, int n)
{
	int half = n / 2, below, above;

	if (n == 1)
		return w->fate[runs[0].fate];
	above = put_tree(w, runs + half, n - half);
	below = put_tree(w, runs, half);
	return put(w, JUMP_ABOVE, (uint32_t)runs[half].start, above, below);
}

static int
runs_make(const struct plan *p, struct run *runs)
{
	int i, n = 0;

	for (i = 0; i < NUMBERS; i++)
		if (i == 0 || p->fate[i] != p->fate[i - 1])
			runs[n++] = (struct run){ i, p->fate[i] };
	/* x32's numbers, among others, lie above */
	if (runs[n - 1].fate != FATE_ENOSYS)
		runs[n++] = (struct run){ NUMBERS, FATE_ENOSYS };
	return n;
}

int
filter_make(struct filter *f, unsigned may)
{
	struct run runs[NUMBERS + 1] = { { 0 } };
	struct plan plan;
	struct writer w = { .first = FILTER_MAX };
	int tree, foreign, n;
	unsigned i;

	if (MACHINE == 0)
		return 0;
	plan_make(&plan, may);
	for (i = 0; i < FATE_CHECK; i++)
		w.fate[i] = put(&w, RETURN, answer[i], 0, 0);
	for (i = 0; i < plan.checks; i++)
		w.fate[FATE_CHECK + i] = put_check(&w, &plan.check[i]);
	n = runs_make(&plan, runs);
	put_tree(&w, runs, n);
	tree = put(&w, LOAD, AT_NUMBER, 0, 0);
	foreign = put(&w, RETURN, answer[FATE_EPERM], 0, 0);
	put(&w, JUMP_EQUAL, MACHINE, tree, foreign);
	put(&w, LOAD, AT_MACHINE, 0, 0);
	if (w.full) {
		errno = E2BIG;
		return -1;
	}
	f->len = (unsigned short)(FILTER_MAX - w.first);
	memcpy(f->step, w.room + w.first, f->len * sizeof(f->step[0]));
	return 1;
}
