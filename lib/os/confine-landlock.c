/*
 * Landlock: which files, TCP ports and other processes a process may reach.
 * The kernel's interface has versions; each right is asked for only where the
 * kernel knows it. Any ruleset forbids renames and links between directories
 * unless the right REFER (version 2) is granted, so a profile that may create
 * goes without file rules on version 1.
 */
#include "lib/os/confine-landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/os/confine-calls.h"

/* linux/landlock.h, which musl does not have. */
enum {
	FS_EXECUTE = 1 << 0, FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_CHANGES = 0x1ff0,	/* REMOVE_DIR .. MAKE_SYM, nine of them */
	FS_REFER = 1 << 13,	/* version 2 */
	FS_TRUNCATE = 1 << 14,	/* version 3 */
	FS_IOCTL_DEV = 1 << 15,	/* version 5 */
	FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE |
	    FS_IOCTL_DEV,

	NET_BIND = 1, NET_CONNECT = 2,		/* version 4 */
	SCOPE_ABSTRACT = 1, SCOPE_SIGNAL = 2,	/* version 6 */

	VERSION_QUESTION = 1,
	RULE_PATH = 1, RULE_PORT = 2,
};

struct ruleset {
	uint64_t fs, net, scoped;
};
struct path_rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));
struct port_rule {
	uint64_t allowed, port;
};

static const struct confine_path resolver_paths[] = {
	{ "/etc", CONFINE_RPATH },
	{ "/etc/resolv.conf", CONFINE_RPATH },	/* may be a link elsewhere */
	{ "/run/systemd/resolve", CONFINE_RPATH },
	{ "/run/resolvconf", CONFINE_RPATH },
	{ "/run/NetworkManager", CONFINE_RPATH },
};

enum {
	ON_PATHS = CONFINE_RPATH | CONFINE_WPATH | CONFINE_CPATH | CONFINE_EXEC,
};

int
landlock_version(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    VERSION_QUESTION);

	return v < 0 ? 0 : (int)v;
}

static uint64_t
fs_known(int version)
{
	uint64_t known = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE |
	    FS_READ_DIR | FS_CHANGES;

	if (version >= 2)
		known |= FS_REFER;
	if (version >= 3)
		known |= FS_TRUNCATE;
	if (version >= 5)
		known |= FS_IOCTL_DEV;
	return known;
}

static uint64_t
fs_rights(unsigned may)
{
	uint64_t rights = 0;

	if (may & CONFINE_RPATH)
		rights |= FS_READ_FILE | FS_READ_DIR;
	if (may & CONFINE_WPATH)
		rights |= FS_WRITE_FILE | FS_TRUNCATE;
	if (may & CONFINE_CPATH)
		rights |= FS_CHANGES | FS_REFER | FS_WRITE_FILE | FS_TRUNCATE;
	if (may & CONFINE_EXEC)
		rights |= FS_EXECUTE | FS_READ_FILE;
	return rights;
}

static void
ruleset_make(const struct confine_profile *p, int version, struct ruleset *r)
{
	bool whole_tree = p->paths == NULL && (p->may & ON_PATHS) != 0;

	*r = (struct ruleset){ 0 };
	if (!whole_tree && (version >= 2 || !(p->may & CONFINE_CPATH)))
		r->fs = fs_known(version);
	if (version >= 4) {
		r->net = NET_BIND;
		if (!(p->may & (CONFINE_INET | CONFINE_DNS)))
			r->net |= NET_CONNECT;
	}
	if (version >= 6) {
		r->scoped = SCOPE_ABSTRACT;
		if (!(p->may & CONFINE_SIGNAL))
			r->scoped |= SCOPE_SIGNAL;
	}
}

static int
add_path(int ruleset, const struct confine_path *path, uint64_t known)
{
	struct path_rule rule = { 0 };
	struct stat st;
	int result = 0;

	rule.parent = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent == -1)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ?
		    0 : -1;
	rule.allowed = fs_rights(path->may) & known;
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= FS_OF_FILES;
	if (rule.allowed != 0 && syscall(SYS_landlock_add_rule, ruleset,
	    RULE_PATH, &rule, 0) == -1)
		result = -1;
	close(rule.parent);
	return result;
}

static int
add_paths(int ruleset, const struct confine_path *paths, size_t n,
    uint64_t known)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (add_path(ruleset, &paths[i], known) == -1)
			return -1;
	return 0;
}

static int
fill(int ruleset, const struct confine_profile *p, const struct ruleset *r)
{
	const struct port_rule any_source = { NET_BIND, 0 };

	if (r->fs != 0 && p->paths != NULL &&
	    add_paths(ruleset, p->paths, p->npaths, r->fs) == -1)
		return -1;
	if (r->fs != 0 && (p->may & CONFINE_DNS) && add_paths(ruleset,
	    resolver_paths, sizeof(resolver_paths) / sizeof(resolver_paths[0]),
	    r->fs) == -1)
		return -1;
	if (r->net != 0 && (p->may & (CONFINE_INET | CONFINE_DNS)) &&
	    syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &any_source,
	    0) == -1)
		return -1;
	return 0;
}

int
landlock_enter(const struct confine_profile *p)
{
	int version = landlock_version(), ruleset, saved;
	struct ruleset r;
	size_t size;

	if (version == 0)
		return 0;
	ruleset_make(p, version, &r);
	if (r.fs == 0 && r.net == 0 && r.scoped == 0)
		return 0;
	size = version >= 6 ? sizeof(r) : version >= 4 ? 16 : 8;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (ruleset == -1)
		return -1;
	if (fill(ruleset, p, &r) == -1 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == -1) {
		saved = errno;
		close(ruleset);
		errno = saved;
		return -1;
	}
	close(ruleset);
	return 1;
}
