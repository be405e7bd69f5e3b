/*
 * postern-checkpw - the checkpassword interface: is the password on descriptor
 * 3 the user's? Then run a program as that user.
 *
 * runs as    root, started by a login program's parent
 * hears      name, password and a timestamp, at most 512 bytes
 * asks       postern-auth, so that its limits count for all; without it, reads
 *            the same databases itself
 * exits      1 no; 2 misused; 111 trouble on our side; otherwise the program's
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/failure.h"
#include "auth/hash.h"
#include "auth/verify.h"
#include "lib/os/authdoor.h"
#include "lib/os/become.h"
#include "lib/os/control.h"
#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/in.h"
#include "lib/os/paths.h"

enum { INPUT = 3, INPUT_MAX = 512, GROUPS_MAX = 64 };
enum { NO = 1, MISUSED = 2, TROUBLE = 111 };

struct login {
	struct span user, password, peer, service;
};

static struct span
variable(const char *name, size_t max, const char *otherwise)
{
	const char *s = getenv(name);

	return span_head(span_str(s != NULL ? s : otherwise), max);
}

/* Every failure ends at a whole multiple of the delay. */
static void
delay(int64_t began_ms)
{
	uint64_t seconds = 2;
	int64_t ms, spent = clock_monotonic_ms() - began_ms;
	int control = control_open();

	if (control == -1 || control_num(control, "authdelay", 60, &seconds) == -1 ||
	    seconds == 0)
		return;
	ms = (int64_t)seconds * 1000;
	ms -= spent % ms;
	usleep((useconds_t)ms * 1000);
}

static _Noreturn void
refuse(const struct login *l, int64_t began_ms, const char *why)
{
	login_log(l->peer, l->service, l->user, SPAN(""), why);
	delay(began_ms);
	exit(NO);
}

/* login NUL password NUL timestamp NUL, the last of which is not ours. */
static void
read_login(struct login *l, char room[INPUT_MAX + 1])
{
	ssize_t n = read_full(INPUT, room, INPUT_MAX + 1);
	struct span all;

	if (n == -1 && errno == EBADF)
		die(MISUSED, "descriptor 3");
	if (n == -1)
		die(TROUBLE, "cannot read descriptor 3");
	close(INPUT);
	all = (struct span){ room, (size_t)n };
	if (n > INPUT_MAX || n == 0 || span_find(all, '\0') == all.len)
		diex(MISUSED, "no login on descriptor 3");
	l->user = span_cut(&all, '\0');
	if (span_find(all, '\0') == all.len)
		diex(MISUSED, "no password on descriptor 3");
	l->password = span_cut(&all, '\0');
	l->peer = variable("TCPREMOTEIP", AUTH_PEER_MAX, "");
	l->service = variable("POSTERN_SERVICE", AUTH_SERVICE_MAX, "checkpw");
	if (l->user.len > AUTH_USER_MAX || l->password.len > AUTH_PASSWORD_MAX)
		refuse(l, clock_monotonic_ms(), "malformed");
}

/* The door's answer; false when there is no door. */
static bool
ask_door(const struct login *l, char *room, struct auth_answer *a)
{
	struct buf q;
	int sock = authdoor_connect();
	int r;

	if (sock == -1)
		return false;
	buf_init(&q, AUTH_PACKET_MAX);
	auth_put_verify(&q, l->service, l->user, l->password, l->peer);
	r = authdoor_ask(sock, &q, room, a);
	if (r == -1)
		die(TROUBLE, "cannot ask postern-auth");
	close(sock);
	if (q.p != NULL)
		wipe_bytes(q.p, q.room);
	buf_free(&q);
	return true;
}

static void
verify_here(const struct login *l, struct account *acc,
    struct auth_answer *a)
{
	int64_t began = clock_monotonic_ms();
	struct accounts db;
	struct verdict v;
	struct buf dummy;
	int control = control_open();

	if (control == -1)
		die(TROUBLE, "cannot open %s", path_control());
	buf_init(&dummy, PEOPLE_HASH_MAX);
	if (verify_dummy(control, &dummy) == -1)
		die(TROUBLE, "cannot make a hash");
	accounts_init(&db, control);
	v = verify_password(&db, l->user, l->password, buf_peek(&dummy), acc);
	buf_free(&dummy);
	if (v.type == AUTH_YES) {
		login_log(l->peer, l->service, span_str(acc->user), acc->app,
		    NULL);
		account_answer(acc, a);
		return;
	}
	if (v.type == AUTH_LATER)
		die(TROUBLE, "cannot look up an account");
	refuse(l, began, v.why);
}

/* With the groups of a Unix account; an address has none but its gid. */
static int
become(const struct auth_answer *a)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (getgrouplist(a->user, (gid_t)a->gid, groups, &n) == -1)
		n = GROUPS_MAX;		/* as many as there is room for */
	return become_user(a->uid, a->gid, groups, (size_t)n);
}

static void
run(const struct auth_answer *a, char **program)
{
	if (become(a) == -1)
		die(TROUBLE, "cannot become %s", a->user);
	if (chdir(a->home) == -1)
		die(TROUBLE, "cannot change to %s", a->home);
	if (setenv("USER", a->user, 1) == -1 ||
	    setenv("HOME", a->home, 1) == -1 ||
	    setenv("SHELL", a->shell, 1) == -1)
		die(TROUBLE, "cannot set the environment");
	execvp(program[0], program);
	die(TROUBLE, "cannot run %s", program[0]);
}

int
main(int argc, char **argv)
{
	char input[INPUT_MAX + 1], room[AUTH_PACKET_MAX];
	struct account acc;
	struct auth_answer a;
	struct login l;

	die_name("postern-checkpw");
	if (argc < 2)
		diex(MISUSED, "usage: postern-checkpw program [argument ...]");
	read_login(&l, input);
	account_init(&acc);
	if (!ask_door(&l, room, &a))
		verify_here(&l, &acc, &a);
	wipe_bytes(input, sizeof input);
	if (a.type == AUTH_NO)
		return NO;
	if (a.type != AUTH_YES)
		diex(TROUBLE, "cannot check passwords now");
	run(&a, argv + 1);
}
