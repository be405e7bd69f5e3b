/* From the login's questions to the server. */
#include "pop3d/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/authdoor.h"
#include "lib/os/become.h"
#include "lib/os/child.h"
#include "lib/os/deadline.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/in.h"
#include "lib/os/out.h"
#include "lib/sasl/sasl.h"
#include "lib/wire/packet.h"
#include "pop3d/login.h"

enum {
	PENDING_FD = 4,
	CHECKPW_FD = 3,
	CHECKPW_MAX = 512,
	HIGH_FD = 10,
	WAIT_MS = LOGIN_TIME_MS + 120000,
	PENDING_MS = 10000,	/* what the login had read follows at once */
};

/* What goes along to the server. */
struct state {
	bool tls, utf8;
	size_t pending;
	char bytes[IN_SIZE];
};

struct entry {
	const struct entry_settings *set;
	int door;			/* -1: not connected */
	bool proven;			/* SCRAM: yes, and who it is: */
	struct auth_answer who;
	char who_room[AUTH_PACKET_MAX];
	struct state state;
};

/* ---- answers to the login ---- */

static void
answer(const struct entry *e, char type, struct span text)
{
	struct auth_answer a = { .type = type, .text = text };
	struct buf b;

	buf_init(&b, AUTH_PACKET_MAX);
	auth_put_answer(&b, &a);
	if (fdpass_send(e->set->login, &b, NULL, 0) == -1)
		exit(0);		/* the login is gone */
	buf_free(&b);
}

/* ---- becoming the server ---- */

static void
move_fd(int from, int to)
{
	if (from != to && dup2(from, to) == -1)
		die(111, "cannot move a descriptor");
}

/* Where the client hears, encrypted or not. */
static int
client_fd(const struct entry *e)
{
	return e->state.tls && e->set->tls_write != -1 ? e->set->tls_write : 1;
}

/* Descriptors 0 and 1 are the client's, encrypted or not. */
static void
set_connection(const struct entry *e)
{
	const struct entry_settings *s = e->set;
	int fds[] = { s->tls_read, s->tls_write, s->tls_ctl };

	if (e->state.tls && s->tls_read != -1) {
		move_fd(s->tls_read, 0);
		move_fd(s->tls_write, 1);
	}
	for (size_t i = 0; i < 3; i++)
		if (fds[i] > 2)
			close(fds[i]);
	unsetenv("SSLCTLFD");
	unsetenv("SSLREADFD");
	unsetenv("SSLWRITEFD");
}

/* What the login had read is read first by the server, from a pipe. */
static void
set_pending(const struct entry *e)
{
	int ends[2];
	char number[4];

	unsetenv("POSTERN_PENDING");
	if (e->state.pending == 0)
		return;
	if (pipe(ends) == -1 ||
	    write_all(ends[1], e->state.bytes, e->state.pending) == -1)
		die(111, "cannot hand over what was read");
	close(ends[1]);
	move_fd(ends[0], PENDING_FD);
	if (ends[0] != PENDING_FD)
		close(ends[0]);
	snprintf(number, sizeof number, "%d", PENDING_FD);
	setenv("POSTERN_PENDING", number, 1);
}

static void
set_environment(const struct entry *e)
{
	struct buf b;
	const char *names;

	buf_init(&b, 256);
	sasl_names(&b, sasl_offered(e->set->mechanisms,
	    e->state.tls || e->set->plain_ok));
	if ((names = buf_cstr(&b)) != NULL)
		setenv("POSTERN_SASL", names, 1);
	buf_free(&b);
	setenv("POSTERN_SERVICE", e->set->service, 1);
	if (e->state.utf8)
		setenv("POSTERN_UTF8", "1", 1);
	else
		unsetenv("POSTERN_UTF8");
}

static _Noreturn void
be_server(struct entry *e, const struct auth_answer *a)
{
	signal(SIGCHLD, SIG_IGN);	/* the login, which ends now */
	close(e->set->login);
	set_connection(e);
	/* nobody else is there any more to answer the client */
	die_answer(1, "-ERR [SYS/TEMP] cannot open the maildrop\r\n");
	set_pending(e);
	set_environment(e);
	if (become_user(a->uid, a->gid, NULL, 0) == -1)
		die(111, "cannot become %s", a->user);
	if (chdir(a->home) == -1)
		die(111, "cannot change to %s", a->home);
	setenv("USER", a->user, 1);
	setenv("HOME", a->home, 1);
	setenv("SHELL", a->shell, 1);
	execvp(e->set->program[0], e->set->program);
	die(111, "cannot run %s", e->set->program[0]);
}

/* ---- the auth door ---- */

static void
hang_up(struct entry *e)
{
	if (e->door != -1)
		close(e->door);
	e->door = -1;
}

/*
 * Asks; an answer that cannot be had is LATER. Only the two questions of one
 * exchange share a connection: a client that takes its time has no seat there.
 */
static void
ask_door(struct entry *e, const struct buf *question, bool goes_on)
{
	if (!goes_on)
		hang_up(e);
	if (e->door == -1)
		e->door = authdoor_connect();
	if (e->door == -1 || authdoor_ask(e->door, question, e->who_room,
	    &e->who) == -1) {
		warn_errno("cannot ask postern-auth");
		memset(&e->who, 0, sizeof e->who);
		e->who.type = AUTH_LATER;
	}
	if (e->who.type != AUTH_CHALLENGE)
		hang_up(e);
}

static void
question(struct entry *e, char type, struct span user, struct span secret)
{
	struct span service = span_str(e->set->service);
	struct span peer = span_str(e->set->peer);
	struct buf b;

	buf_init(&b, AUTH_PACKET_MAX);
	switch (type) {
	case LOGIN_PASSWORD:
		auth_put_verify(&b, service, user, secret, peer);
		break;
	case LOGIN_VOUCHED:
		auth_put_vouch(&b, service, user, peer);
		break;
	case LOGIN_SCRAM:
		auth_put_scram(&b, service, peer, secret);
		break;
	default:
		auth_put_proof(&b, secret);
	}
	ask_door(e, &b, type == LOGIN_PROOF);
	explicit_bzero(b.p, b.room);
	buf_free(&b);
}

/* ---- the checkpassword chain ---- */

static _Noreturn void
be_chain(struct entry *e, int input)
{
	close(e->set->login);
	set_connection(e);
	move_fd(input, CHECKPW_FD);
	set_pending(e);
	set_environment(e);
	signal(SIGPIPE, SIG_DFL);
	execvp(e->set->program[0], e->set->program);
	die(111, "cannot run %s", e->set->program[0]);
}

/* A pipe with user NUL password NUL NUL, above all fixed descriptors. */
static int
checkpw_input(struct span user, struct span password)
{
	char room[CHECKPW_MAX];
	size_t len = 0;
	int ends[2], high;

	memcpy(room, user.p, user.len);
	len = user.len;
	room[len++] = '\0';
	memcpy(room + len, password.p, password.len);
	len += password.len;
	room[len++] = '\0';
	room[len++] = '\0';
	if (pipe(ends) == -1)
		return -1;
	high = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH_FD);
	close(ends[0]);
	if (high != -1 && write_all(ends[1], room, len) == -1) {
		close(high);
		high = -1;
	}
	close(ends[1]);
	explicit_bzero(room, sizeof room);
	return high;
}

/*
 * Runs the chain: exit 1 is a no, as is 100, which cvm-checkpassword says; 0 is
 * the end of a session, and so is a signal, of which the client hears, since it
 * may wait for an answer still; everything else is trouble.
 */
static void
run_chain(struct entry *e, struct span user, struct span password)
{
	int input, status, code;
	pid_t pid;

	if (user.len + password.len > CHECKPW_MAX - 3) {
		answer(e, AUTH_NO, SPAN(""));
		return;
	}
	input = checkpw_input(user, password);
	pid = input == -1 ? -1 : fork();
	if (pid == 0)
		be_chain(e, input);
	if (input != -1)
		close(input);
	if (pid == -1 || child_wait(pid, &status) == -1) {
		warn_errno("cannot run %s", e->set->program[0]);
		answer(e, AUTH_LATER, SPAN(""));
		return;
	}
	if (WIFSIGNALED(status)) {
		die_answer(client_fd(e), "-ERR [SYS/TEMP] the session died\r\n");
		diex(111, "%s died of signal %d", e->set->program[0],
		    WTERMSIG(status));
	}
	code = WEXITSTATUS(status);
	if (code == 0)
		exit(0);
	answer(e, code == 1 || code == 100 ? AUTH_NO : AUTH_LATER, SPAN(""));
}

/* ---- questions of the login ---- */

static bool
take_state(struct entry *e, struct packet *p)
{
	struct state *s = &e->state;
	struct span raw;
	uint64_t tls, utf8, pending;

	if (packet_take_num(p, 1, &tls) != PARSE_OK ||
	    packet_take_num(p, 1, &utf8) != PARSE_OK ||
	    packet_take_num(p, IN_SIZE, &pending) != PARSE_OK ||
	    !packet_at_end(p))
		return false;
	s->tls = tls != 0;
	s->utf8 = utf8 != 0;
	s->pending = pending;
	return pending == 0 || (deadline_wait(e->set->login, POLLIN,
	    deadline_in_ms(PENDING_MS)) == 0 &&
	    fdpass_recv(e->set->login, s->bytes, sizeof s->bytes, &raw, NULL,
	    0) == 1 && raw.len == pending);
}

static bool
password(struct entry *e, struct packet *p)
{
	struct span user, secret;

	if (packet_take_str(p, AUTH_USER_MAX, &user) != PARSE_OK ||
	    packet_take_str(p, AUTH_PASSWORD_MAX, &secret) != PARSE_OK ||
	    !take_state(e, p))
		return false;
	if (!e->set->door) {
		run_chain(e, user, secret);
		return true;
	}
	question(e, LOGIN_PASSWORD, user, secret);
	if (e->who.type == AUTH_YES)
		be_server(e, &e->who);
	answer(e, e->who.type, SPAN(""));
	return true;
}

static bool
vouched(struct entry *e, struct packet *p)
{
	if (!e->set->door || e->set->vouched.len == 0 || !take_state(e, p))
		return false;
	question(e, LOGIN_VOUCHED, e->set->vouched, SPAN(""));
	if (e->who.type == AUTH_YES)
		be_server(e, &e->who);
	answer(e, e->who.type, SPAN(""));
	return true;
}

/* The door's yes to a proof goes out as the server's signature. */
static bool
scram(struct entry *e, struct packet *p)
{
	struct span message;

	if (!e->set->door || packet_take_str(p, AUTH_MESSAGE_MAX,
	    &message) != PARSE_OK || !packet_at_end(p))
		return false;
	question(e, p->type, SPAN(""), message);
	e->proven = p->type == LOGIN_PROOF && e->who.type == AUTH_YES;
	if (p->type == LOGIN_SCRAM && e->who.type == AUTH_YES)
		return false;
	answer(e, e->proven ? AUTH_CHALLENGE : e->who.type, e->who.text);
	return true;
}

/* false: the login says what it must not say. */
static bool
hear(struct entry *e, struct packet *p)
{
	bool proven = e->proven;

	e->proven = false;
	switch (p->type) {
	case LOGIN_PASSWORD:
		return password(e, p);
	case LOGIN_VOUCHED:
		return vouched(e, p);
	case LOGIN_SCRAM:
	case LOGIN_PROOF:
		return scram(e, p);
	case LOGIN_GO:
		if (!proven || !take_state(e, p))
			return false;
		be_server(e, &e->who);
	default:
		return false;
	}
}

int
entry_serve(const struct entry_settings *settings)
{
	static struct entry e;
	static char room[LOGIN_PACKET_MAX];
	struct deadline until = deadline_in_ms(WAIT_MS);
	struct span bytes;
	struct packet p;

	e.set = settings;
	e.door = -1;
	for (;;) {
		if (deadline_wait(settings->login, POLLIN, until) == -1)
			return 1;
		if (fdpass_recv(settings->login, room, sizeof room, &bytes,
		    NULL, 0) != 1)
			return 0;
		if (packet_open(bytes, &p) == -1 || !hear(&e, &p)) {
			warn_plain("the login misbehaves");
			return 111;
		}
	}
}
