/*
 * postern-lspawn - start postern-local as the owner of a mailbox
 *
 * runs as    root, with no capability but SETUID, SETGID and KILL
 * hears      send and users, which name an address; users, which says whose
 *            it is: lengths and numbers are checked, nothing else is parsed
 * starts     postern-local -w, as a user that is never root
 * never      sees a message, opens a file, or talks to the network
 * exits      0 when its clients are gone; 111 trouble
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "conf.h"
#include "lib/os/caps.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/paths.h"
#include "lib/os/spawner.h"
#include "lib/wire/door.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"

enum { SEND = 0, USERS = 3, USERS_DOOR = 4 };

struct owner {
	uint64_t uid, gid;
	const char *user, *home;	/* in the packet */
};

struct lspawn {
	char program[PATH_MAX];
	struct owner owner;		/* what users said last, in ... */
	char room[PACKET_MAX];
};

/* ---- who owns it ---- */

static int
ask(void *self, uint64_t tag, const char *local)
{
	struct buf b;
	int r;

	(void)self;
	buf_init(&b, WORK_KEY_MAX + 64);
	packet_start(&b, DOOR_OWNER);
	packet_num(&b, tag);
	packet_str(&b, span_str(local));
	r = fdpass_send(USERS_DOOR, &b, NULL, 0);
	buf_free(&b);
	return r;
}

/* 1; 0 with errno. */
static int
take_owned(struct packet *p, struct owner *o)
{
	const char *dash, *ext;

	if (packet_take_cstr(p, DOOR_USER_MAX, &o->user) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX - 1, &o->uid) != PARSE_OK ||
	    packet_take_num(p, UINT32_MAX - 1, &o->gid) != PARSE_OK ||
	    packet_take_cstr(p, DOOR_HOME_MAX, &o->home) != PARSE_OK ||
	    packet_take_cstr(p, WORK_ADDRESS_MAX, &dash) != PARSE_OK ||
	    packet_take_cstr(p, WORK_ADDRESS_MAX, &ext) != PARSE_OK ||
	    !packet_at_end(p) || o->home[0] != '/') {
		errno = EPROTO;
		return 0;
	}
	return 1;
}

static void
take_later(struct packet *p, struct spawner_why *why)
{
	const char *code, *text;

	if (packet_take_cstr(p, SPAWNER_TEXT_MAX, &code) == PARSE_OK &&
	    packet_take_cstr(p, SPAWNER_TEXT_MAX, &text) == PARSE_OK)
		snprintf(why->text, sizeof why->text, "%s", text);
}

static int
hear(void *self, uint64_t *tag, struct spawner_why *why)
{
	struct lspawn *l = self;
	struct packet p;
	struct span bytes;
	int none;

	if (fdpass_recv(USERS_DOOR, l->room, PACKET_MAX, &bytes, &none, 0) !=
	    1)
		return -1;
	if (packet_open(bytes, &p) == -1 ||
	    packet_take_num(&p, UINT64_MAX, tag) != PARSE_OK)
		diex(111, "users talks nonsense");
	if (p.type == DOOR_OWNED)
		return take_owned(&p, &l->owner);
	take_later(&p, why);
	return 0;
}

/* ---- becoming the owner ---- */

/* May we become this owner? *why is filled in if not. */
static bool
permitted(const struct owner *o, struct spawner_why *why)
{
	if (path_rootless() || geteuid() != 0) {
		if (o->uid == geteuid())
			return true;
		snprintf(why->text, sizeof why->text, "Only root can deliver "
		    "to user %.100s; this system runs without. (#4.3.5)",
		    o->user);
		why->code = "4.3.5";
		return false;
	}
	if (o->uid != 0)
		return true;
	snprintf(why->text, sizeof why->text,
	    "Not allowed to perform deliveries as root. (#4.7.0)");
	why->code = "4.7.0";
	return false;
}

static int
become(const struct owner *o)
{
	gid_t gid = (gid_t)o->gid;
	uid_t uid = (uid_t)o->uid;

	if (path_rootless() || geteuid() != 0)
		return 0;
	if (setgroups(1, &gid) == -1 || setgid(gid) == -1 ||
	    setuid(uid) == -1)
		return -1;
	if (getuid() != uid || geteuid() != uid || getgid() != gid ||
	    getegid() != gid || setuid(0) != -1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static _Noreturn void
be_worker(const struct owner *o, const char *program, int sock)
{
	char *args[] = { (char *)"postern-local", (char *)"-w",
	    (char *)o->user, (char *)o->home, NULL };

	if (spawner_child(sock) == -1)
		_exit(111);
	if (become(o) == -1)
		spawner_child_fail("Unable to become the recipient");
	execv(program, args);
	spawner_child_fail("Unable to run postern-local");
}

/* Whose worker it is: the name that was asked about may have moved. */
static void
name(void *self, struct buf *packet)
{
	const struct lspawn *l = self;

	packet_str(packet, span_str(l->owner.user));
	packet_num(packet, l->owner.uid);
	packet_num(packet, l->owner.gid);
	packet_str(packet, span_str(l->owner.home));
}

/* As the owner of whom users spoke last. */
static pid_t
start(void *self, const char *key, int sock, struct spawner_why *why)
{
	struct lspawn *l = self;
	pid_t pid;

	(void)key;
	if (!permitted(&l->owner, why))
		return 0;
	pid = fork();
	if (pid == 0)
		be_worker(&l->owner, l->program, sock);
	return pid == -1 ? 0 : pid;
}

int
main(void)
{
	static const int kept[] = { CAPS_SETUID, CAPS_SETGID, CAPS_KILL };
	static const int clients[] = { SEND, USERS };
	static struct lspawn l;
	const struct spawner s = { CONF_SPAWN, start, &l, ask, hear,
	    USERS_DOOR, name };

	die_name("postern-lspawn");
	snprintf(l.program, sizeof l.program, "%s/postern-local", path_bin());
	if (fcntl(USERS_DOOR, F_SETFD, FD_CLOEXEC) == -1)
		die(111, "descriptor 4 is not the users door");
	if (geteuid() == 0 && !path_rootless() && caps_keep(kept, 3) == -1)
		die(111, "cannot drop capabilities");
	if (spawner_run(&s, clients, fcntl(USERS, F_GETFD) == -1 ? 1 : 2) == -1)
		die(111, "cannot go on");
	return 0;
}
