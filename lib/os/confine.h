/*
 * Giving up for good what a process will not need: called once, before the
 * first byte of a stranger's input. Takes what this system has (Linux:
 * close_range, rlimits, not dumpable, no_new_privs, Landlock, seccomp;
 * OpenBSD: pledge and unveil); a layer that the system lacks is left out.
 *
 *	static const struct confine_profile profile = {
 *		.name = "postern-remote",
 *		.may = CONFINE_INET | CONFINE_DNS | CONFINE_FDPASS,
 *	};
 *	if (confine(&profile) == -1)
 *		die(111, "cannot confine myself");
 *
 * What is not allowed fails with EPERM, ENOSYS or EACCES; nothing is killed.
 * All of it passes to children. Reading, writing, polling, mapping memory,
 * the clock and signals to be received are always allowed; with files, so are
 * seeking, locking, flushing and truncating those already open. ptrace, reading
 * another's memory and taking another's descriptors never are.
 */
#ifndef LIB_OS_CONFINE_H
#define LIB_OS_CONFINE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* What a process may still do; also the rights of a path (first four). */
enum {
	CONFINE_RPATH = 1 << 0,	/* open for reading, stat, list, change to */
	CONFINE_WPATH = 1 << 1,	/* open for writing, truncate, chmod, utimes */
	CONFINE_CPATH = 1 << 2,	/* create, remove, rename, link (also between
				 * the directories of the path list) */
	CONFINE_EXEC = 1 << 3,	/* run programs; set-id bits are ignored */
	CONFINE_FORK = 1 << 4,	/* fork, vfork; no new name spaces */
	CONFINE_UNIX = 1 << 5,	/* make AF_UNIX sockets, connect, listen */
	CONFINE_INET = 1 << 6,	/* make IPv4 and IPv6 sockets, connect, bind to
				 * port 0 (to choose the source address) */
	CONFINE_DNS = 1 << 7,	/* INET, and read what the resolver reads */
	CONFINE_FDPASS = 1 << 8,	/* sendmsg, recvmsg */
	CONFINE_ID = 1 << 9,	/* change user and groups, chroot, chown */
	CONFINE_SIGNAL = 1 << 10,	/* kill(2), others' processes too */
	CONFINE_LOADER = 1 << 11,	/* map code: programs that load NSS modules */
	CONFINE_TOOLS = 1 << 12,	/* pipes, timers, epoll, accept, own
				 * ids; with EXEC, ID or LOADER, too */
};

/* A file or a directory with all below it; one that is absent is left out. */
struct confine_path {
	const char *path;
	unsigned may;		/* CONFINE_RPATH .. CONFINE_EXEC */
};

struct confine_profile {
	const char *name;
	unsigned may;
	/*
	 * Only these paths, for what may allows. NULL: the whole tree, as far
	 * as may and the uid allow. Without a right in may that concerns
	 * paths, no path at all. Directories opened before count as paths:
	 * openat below them needs an entry here too.
	 */
	const struct confine_path *paths;
	size_t npaths;
	int close_from;		/* > 0: descriptors from here on are closed */
	uint64_t nofile;	/* > 0: descriptors at most */
	uint64_t fsize;		/* > 0: bytes of a file that it may write */
	uint64_t memory;	/* > 0: bytes of data (RLIMIT_DATA) */
};

/* 0; -1 with errno when a layer that is there refused: give up, exit 111. */
int confine(const struct confine_profile *profile) MUST_CHECK;

/* Layers; what this system has of them. Said once, by postern-start. */
enum {
	CONFINE_HAS_NO_NEW_PRIVS = 1,
	CONFINE_HAS_SECCOMP = 2,
	CONFINE_HAS_LANDLOCK = 4,	/* files; and then ... */
	CONFINE_HAS_LANDLOCK_TCP = 8,
	CONFINE_HAS_LANDLOCK_SCOPE = 16,
	CONFINE_HAS_CLOSE_RANGE = 32,
	CONFINE_HAS_PLEDGE = 64,
};
unsigned confine_layers(void);
/*
 * The same as words for a log: "confinement: no_new_privs seccomp landlock(7);
 * missing: none". Lives in room.
 */
struct span confine_describe(char *room, size_t size);

#endif
