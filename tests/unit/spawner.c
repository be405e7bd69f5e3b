/* The spawners' loop: workers started, refused, reaped; an end when alone. */
#include "lib/os/spawner.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os/fdpass.h"
#include "lib/wire/packet.h"
#include "lib/wire/work.h"
#include "tests/tap.h"

/* A worker that says its key and waits for the end of its socket. */
static pid_t
start(void *self, const char *key, int sock, struct spawner_why *why)
{
	char c;
	pid_t pid;

	(void)self;
	if (strcmp(key, "nobody") == 0) {
		why->class = 'D';
		why->code = "5.1.1";
		strcpy(why->text, "no such user");
		return 0;
	}
	pid = fork();
	if (pid != 0)
		return pid;
	if (spawner_child(sock) == -1)
		_exit(1);
	if (strcmp(key, "broken") == 0) {
		errno = ENOENT;
		spawner_child_fail("cannot run");
	}
	for (int fd = 3; fd < 64; fd++)
		close(fd);	/* as exec would */
	if (write(0, key, strlen(key)) == -1 || read(0, &c, 1) != 0)
		_exit(1);
	_exit(0);
}

static void
ask(int sock, uint64_t tag, const char *key)
{
	struct buf b;

	buf_init(&b, PACKET_MAX);
	packet_start(&b, WORK_SPAWN);
	packet_num(&b, tag);
	packet_str(&b, span_str(key));
	if (fdpass_send(sock, &b, NULL, 0) == -1)
		ok(false, "asked");
	buf_free(&b);
}

/* The answer's type; fd and the packet's fields behind the tag. */
static char
answer(int sock, uint64_t tag, int *fd, struct packet *p)
{
	static char room[PACKET_MAX];
	struct span bytes;
	uint64_t got;

	if (fdpass_recv(sock, room, sizeof room, &bytes, fd, 1) != 1 ||
	    packet_open(bytes, p) == -1 ||
	    packet_take_num(p, UINT64_MAX, &got) != PARSE_OK || got != tag)
		return 0;
	return p->type;
}

/* A worker that ended counts until it was reaped: asks until it has been. */
static int
ask_for_worker(int sock, uint64_t tag, const char *key)
{
	struct packet p;
	int fd;

	for (int i = 0; i < 1000; i++) {
		ask(sock, tag, key);
		if (answer(sock, tag, &fd, &p) == WORK_SPAWNED)
			return fd;
		usleep(10000);
	}
	return -1;
}

static int
gets_worker(int sock, uint64_t tag, const char *key)
{
	char room[100];
	struct span bytes;
	int fd = ask_for_worker(sock, tag, key);
	int none;

	ok(fd != -1, "a worker");
	ok(fdpass_recv(fd, room, sizeof room, &bytes, &none, 0) == 1 &&
	    span_is(bytes, key), "it knows its key");
	return fd;
}

static void
is_refused(int sock, const char *key, char class, const char *code)
{
	struct packet p;
	struct span s;
	int fd;

	ask(sock, 7, key);
	ok(answer(sock, 7, &fd, &p) == WORK_REFUSED && fd == -1, "refused");
	ok(packet_take_str(&p, 1, &s) == PARSE_OK && s.p[0] == class, "class");
	ok(packet_take_str(&p, 20, &s) == PARSE_OK && span_is(s, code), "code");
}

static void
says_unready(int sock)
{
	struct packet p;
	char room[1000];
	struct span bytes, s;
	int fd = ask_for_worker(sock, 3, "broken");
	int none;

	ok(fd != -1, "started");
	ok(fdpass_recv(fd, room, sizeof room, &bytes, &none, 0) == 1 &&
	    packet_open(bytes, &p) == 0 && p.type == WORK_UNREADY &&
	    packet_take_str(&p, 1, &s) == PARSE_OK && span_is(s, "Z") &&
	    packet_take_str(&p, 5, &s) == PARSE_OK && span_is(s, "4.3.0") &&
	    packet_take_str(&p, 99, &s) == PARSE_OK &&
	    span_is(s, "cannot run: No such file or directory. (#4.3.0)"),
	    "a child that cannot run says so");
	close(fd);
}

/* Where none is wanted, it is not opened: here it could not be. */
static void
unwanted_are_not_opened(void)
{
	struct rlimit old, few;
	struct span bytes;
	struct buf b;
	char room[16];
	int sv[2];

	buf_init(&b, sizeof room);
	buf_str(&b, "x");
	if (fdpass_pair(sv) == -1 || getrlimit(RLIMIT_NOFILE, &old) == -1)
		return;
	few = old;
	few.rlim_cur = 3;
	ok(fdpass_send(sv[0], &b, sv, 2) == 0 &&
	    setrlimit(RLIMIT_NOFILE, &few) == 0 &&
	    fdpass_recv(sv[1], room, sizeof room, &bytes, NULL, 0) == 1 &&
	    span_is(bytes, "x"), "descriptors that nobody wants are left");
	setrlimit(RLIMIT_NOFILE, &old);
	close(sv[0]);
	close(sv[1]);
	buf_free(&b);
}

/* ---- a spawner that asks first, over the socket self points to ---- */

static char heard[2];

static pid_t
start_heard(void *self, const char *key, int sock, struct spawner_why *why)
{
	return key == NULL ? start(self, heard, sock, why) : 0;
}

static int
ask_first(void *self, uint64_t number, const char *key)
{
	char packet[2] = { (char)number, key[0] };

	return send(*(int *)self, packet, 2, 0) == 2 ? 0 : -1;
}

/* The number, and a letter, which becomes the key. */
static int
hear(void *self, uint64_t *number, struct spawner_why *why)
{
	char packet[2];

	if (recv(*(int *)self, packet, 2, 0) != 2)
		return -1;
	*number = (uint64_t)packet[0];
	heard[0] = packet[1];
	if (heard[0] != 'n')
		return 1;
	strcpy(why->text, "not now");
	return 0;
}

static void
tell(int door, char number, char letter)
{
	char packet[2] = { number, letter };

	ok(send(door, packet, 2, 0) == 2, "told");
}

static void
is_worker(int sock, uint64_t tag, const char *key)
{
	char room[100];
	struct packet p;
	struct span bytes;
	int fd, none;

	ok(answer(sock, tag, &fd, &p) == WORK_SPAWNED &&
	    fdpass_recv(fd, room, sizeof room, &bytes, &none, 0) == 1 &&
	    span_is(bytes, key), key);
	close(fd);
}

static void
asks_without_waiting(void)
{
	static int door[2];
	const struct spawner s = { .limit = 50, .start = start_heard,
	    .self = &door[1], .ask = ask_first, .hear = hear };
	struct packet p;
	char packet[2], room[2];
	int a[2], fd, status, n;
	pid_t pid;

	if (fdpass_pair(door) == -1 || fdpass_pair(a) == -1)
		return;
	pid = fork();
	if (pid == 0) {
		struct spawner mine = s;

		mine.door = door[1];
		close(a[0]);
		close(door[0]);
		_exit(spawner_run(&mine, &a[1], 1) == 0 ? 0 : 1);
	}
	close(a[1]);
	close(door[1]);
	ask(a[0], 100, "slow");
	ask(a[0], 101, "fast");
	ok(recv(door[0], packet, 2, 0) == 2 && packet[0] == 1 &&
	    packet[1] == 's', "the first is asked about");
	ok(recv(door[0], packet, 2, 0) == 2 && packet[0] == 2 &&
	    packet[1] == 'f', "and the second meanwhile");
	tell(door[0], 2, 'f');
	is_worker(a[0], 101, "f");
	tell(door[0], 2, 'f');
	tell(door[0], 9, 'x');
	tell(door[0], 1, 'n');
	ok(answer(a[0], 100, &fd, &p) == WORK_REFUSED, "one that was told no; "
	    "what nobody asked is nothing");
	for (int i = 0; i < 40; i++)
		ask(a[0], 200, "many");
	for (n = 0; n < SPAWNER_ASKED_MAX; n++)
		if (recv(door[0], packet, 2, 0) != 2)
			break;
	usleep(100000);
	ok(n == SPAWNER_ASKED_MAX &&
	    recv(door[0], room, sizeof room, MSG_DONTWAIT) == -1,
	    "so many questions at a time");
	tell(door[0], packet[0], 'm');
	is_worker(a[0], 200, "m");
	ok(recv(door[0], packet, 2, 0) == 2, "then the next");
	close(a[0]);
	ok(waitpid(pid, &status, 0) == pid && status == 0,
	    "it ends with its client, whatever is asked");
	close(door[0]);
}

int
main(void)
{
	struct spawner s = { .limit = 2, .start = start };
	int a[2], b[2];
	int first, second;
	int status;
	pid_t pid;

	if (fdpass_pair(a) == -1 || fdpass_pair(b) == -1)
		return 1;
	pid = fork();
	if (pid == 0) {
		int clients[2] = { a[1], b[1] };

		close(a[0]);
		close(b[0]);
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		_exit(spawner_run(&s, clients, 2) == 0 ? 0 : 1);
	}
	close(a[1]);
	close(b[1]);
	unwanted_are_not_opened();
	asks_without_waiting();
	is_refused(a[0], "nobody", 'D', "5.1.1");
	first = gets_worker(a[0], 1, "joe");
	second = gets_worker(b[0], 2, "ann");
	is_refused(b[0], "bob", 'Z', "4.3.2");
	close(first);
	close(second);
	for (int fd = -1; fd == -1;) {	/* until the ended ones are reaped */
		struct packet p;

		ask(a[0], 9, "joe");
		if (answer(a[0], 9, &fd, &p) == 0)
			break;
		if (fd != -1)
			close(fd);
	}
	close(a[0]);
	second = gets_worker(b[0], 4, "ann");
	close(second);
	says_unready(b[0]);
	if (write(b[0], "garbage", 7) == -1)
		return 1;
	ok(waitpid(pid, &status, 0) == pid && status == 0,
	    "it ends with its last client");
	return tap_done();
}
