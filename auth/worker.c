/* Where passwords are checked: one question, one answer, nothing kept. */
#include "auth/worker.h"

#include <signal.h>
#include <unistd.h>

#include "auth/hash.h"
#include "auth/verify.h"
#include "lib/os/die.h"
#include "lib/os/fdpass.h"
#include "lib/os/fds.h"

enum { CONTROL = 3 };

static void
refuse(struct buf *to, const struct verdict *v)
{
	struct auth_answer no = { .type = v->type, .text = span_str(v->why) };

	auth_put_answer(to, &no);
}

static void
answer(struct accounts *db, struct span packet, struct span dummy,
    struct buf *to)
{
	struct verdict v = { AUTH_LATER, "error" };
	struct auth_question q;
	struct auth_answer yes;
	struct account a;

	account_init(&a);
	if (auth_take_question(packet, &q) == PARSE_OK) {
		if (q.type == AUTH_VERIFY)
			v = verify_password(db, q.user, q.password, dummy, &a);
		else if (q.type == AUTH_VOUCH)
			v = verify_vouched(db, q.user, &a);
	}
	if (v.type == AUTH_YES) {
		account_answer(&a, &yes);
		auth_put_answer(to, &yes);
	} else {
		if (v.type == AUTH_LATER)
			warn_errno("cannot look up an account");
		refuse(to, &v);
	}
	account_free(&a);
}

static _Noreturn void
serve(int sock, struct accounts *db, struct span dummy)
{
	char room[AUTH_PACKET_MAX];
	struct span packet;
	struct buf b;

	buf_init(&b, AUTH_PACKET_MAX);
	for (;;) {
		if (fdpass_recv(sock, room, sizeof room, &packet, NULL, 0) != 1)
			_exit(0);
		answer(db, packet, dummy, &b);
		wipe_bytes(room, sizeof room);
		if (fdpass_send(sock, &b, NULL, 0) == -1)
			_exit(0);
	}
}

/* The worker: its socket is 0, the control directory 3, clients are none. */
static _Noreturn void
be_worker(int sock, int control, struct span dummy)
{
	struct accounts db;

	if (dup2(sock, 0) == -1 || dup2(control, CONTROL) == -1)
		_exit(111);
	fds_close(CONTROL + 1, ~0U);
	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	accounts_init(&db, CONTROL);
	serve(0, &db, dummy);
}

pid_t
worker_start(int control, struct span dummy, int *sock)
{
	int sv[2];
	pid_t pid;

	if (fdpass_pair(sv) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		be_worker(sv[1], control, dummy);
	close(sv[1]);
	if (pid == -1)
		close(sv[0]);
	else
		*sock = sv[0];
	return pid;
}
