/*
 * The client of the queue: programs that behave in every way, sessions whose
 * other end does.
 */
#include "queue/injector.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mail/dsn.h"
#include "lib/os/deadline.h"
#include "queue/launcher.h"
#include "tests/tap.h"

static char dir[] = "/tmp/postern-injector.XXXXXX";
static struct injector q;
static char big[300000];

static const struct queue_sender sender = { SPAN("a@example.org"),
    SPAN("id 7"), QUEUE_8BITMIME };
static const struct queue_recipient recipient = {
	.address = SPAN("b@example.org"), .notify = DSN_NOTIFY_NEVER,
};

/* Makes dir/prog a shell script and the value of variable. */
static void
use_program(const char *variable, const char *script)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/prog", dir);
	unlink(path);
	f = fopen(path, "w");
	fprintf(f, "#!/bin/sh\ncd %s\n%s\n", dir, script);
	fclose(f);
	chmod(path, 0755);
	unsetenv("QMAILQUEUE");
	unsetenv("POSTERNQUEUE");
	setenv(variable, path, 1);
}

static void
feed(size_t len, struct injector_verdict *v)
{
	for (size_t at = 0; at < len; at += 1000)
		injector_data(&q, big + at, len - at < 1000 ? len - at : 1000);
	injector_envelope_begin(&q);
	injector_sender(&q, &sender);
	injector_recipient(&q, &recipient);
	injector_commit(&q, v);
}

static bool
program_says(const char *script, size_t len, int code, const char *text)
{
	struct injector_verdict v;

	use_program("QMAILQUEUE", script);
	(void)!injector_spawn(&q);
	feed(len, &v);
	injector_close(&q);
	if (v.code == code && strcmp(v.text, text) == 0)
		return true;
	printf("# %d %s\n", v.code, v.text);
	return false;
}

static bool
file_is(const char *name, const char *p, size_t len)
{
	static char room[sizeof big + 1];
	char path[200];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	n = fread(room, 1, sizeof room, f);
	fclose(f);
	return n == len && memcmp(room, p, len) == 0;
}

static void
programs(void)
{
	static const char plain[] = "Fa@example.org\0Tb@example.org\0";
	static const char full[] = "Fa@example.org\0B8BITMIME\0Eid 7\0"
	    "Tb@example.org\0NNEVER\0";
	const char *take = "cat > m; cat <&1 > e";
	struct injector_verdict v;

	ok(program_says(take, sizeof big, 0, "Kok"), "a program takes it all");
	ok(file_is("m", big, sizeof big), "  the message");
	ok(file_is("e", plain, sizeof plain), "  $QMAILQUEUE: F and T only");
	use_program("POSTERNQUEUE", take);
	ok(injector_spawn(&q) == 0, "$POSTERNQUEUE");
	feed(10, &v);
	ok(v.code == 0 && v.pid != 0 && file_is("m", big, 10) &&
	    file_is("e", full, sizeof full), "  gets all records");
	ok(!injector_alive(&q), "  and carries one message");
	ok(program_says("exit 31", sizeof big, 31,
	    "Dmail server permanently rejected message (#5.3.0)"),
	    "one that reads nothing: its code");
	ok(program_says("exit 0", sizeof big, 54,
	    "Zqq read error (#4.3.0)"), "  but not success");
	ok(program_says("cat > m; exec 1<&-; exit 53", 10, 53,
	    "Zqq write error or disk full (#4.3.0)"),
	    "one that does not read the envelope");
	ok(program_says("cat > m; cat <&1 > e; echo 'Dspam (#5.7.1)' >&6;"
	    "exit 82", 10, 82, "Dspam (#5.7.1)"), "a reason of its own");
	ok(program_says("cat > m; cat <&1 > e; printf 'Zno\\nway\\033\\000!'"
	    " >&6; exit 82", 10, 82, "Zno way?\?!"), "  made harmless");
	use_program("QMAILQUEUE",
	    "cat > m; cat <&1 > e; yes Dxxxxxx >&6; exit 82");
	ok(injector_spawn(&q) == 0, "one that never comes to its end");
	feed(0, &v);
	ok(v.code == 82 && strncmp(v.text, "Dxxxxxx Dxx", 11) == 0,
	    "  is cut off");
	injector_close(&q);
	use_program("QMAILQUEUE", "yes Dxxxxxx | head -c 300000 >&6;"
	    "cat > m; cat <&1 > e; exit 82");
	ok(injector_spawn(&q) == 0, "one that talks before it reads");
	feed(sizeof big, &v);
	ok(v.code == 82 && file_is("m", big, sizeof big),
	    "  does not wait for us, nor we for it");
	injector_close(&q);
	ok(program_says("kill -9 $$", 10, 81, "Zqq crashed (#4.3.0)"),
	    "a crash");
	ok(program_says("kill -9 $$", sizeof big, 81, "Zqq crashed (#4.3.0)"),
	    "a crash while it is fed");
	ok(program_says("sleep 1000 > /dev/null 2>&1 < /dev/null & "
	    "echo $! > pid; cat > m; cat <&1 > e", 10, 0, "Kok"),
	    "a grandchild that holds its pipes is not waited for");
	setenv("QMAILQUEUE", "cat", 1);
	ok(injector_spawn(&q) == -1, "a program is not looked for along $PATH");
	injector_close(&q);
	setenv("QMAILQUEUE", "/nonexistent/program", 1);
	ok(injector_spawn(&q) == -1, "no such program");
	feed(10, &v);
	ok(v.code == 120 && strcmp(v.text, "Zunable to exec qq (#4.3.0)") == 0,
	    "  has a verdict too");
	injector_close(&q);
}

/* Waits for it have a limit, and it is gone then; another can be started. */
static void
limits(void)
{
	static const char late[] = "Zqq timeout (#4.3.0)";
	int64_t began = clock_monotonic_ms();
	struct launcher l;
	struct injector_verdict v;

	use_program("QMAILQUEUE", "cat > m; cat <&1 > e; exec sleep 60");
	ok(injector_spawn(&q) == 0, "one that does not answer");
	injector_hurry(&q, 200);
	feed(10, &v);
	ok(v.code == 52 && strcmp(v.text, late) == 0, "  has its time");
	injector_close(&q);
	ok(launcher_open(&l, false) == 0 && launcher_inject(&l, &q) == 0,
	    "one that was launched");
	injector_hurry(&q, 200);
	feed(10, &v);
	ok(v.code == 52 && strcmp(v.text, late) == 0, "  no more than that");
	use_program("QMAILQUEUE", "exec sleep 60");
	ok(launcher_inject(&l, &q) == 0, "one that does not read");
	injector_hurry(&q, 200);
	feed(sizeof big, &v);
	ok(v.code == 52 && strcmp(v.text, late) == 0, "  neither");
	ok(launcher_inject(&l, &q) == 0, "one that is not wanted any more");
	injector_data(&q, big, 10);
	injector_abort(&q);
	use_program("QMAILQUEUE", "cat > m; cat <&1 > e");
	ok(launcher_inject(&l, &q) == 0, "  goes, and the next one comes");
	feed(10, &v);
	ok(v.code == 0 && clock_monotonic_ms() - began < 30000,
	    "  which is none of those before");
	injector_close(&q);
	close(l.sock);
	(void)wait(NULL);
}

/* The child's signals are as after login, whatever ours are. */
static void
signals(void)
{
	struct injector_verdict v;
	sigset_t all;

	use_program("QMAILQUEUE",
	    "ign=$(sed -n 's/SigIgn:.//p' /proc/self/status)\n"
	    "[ $((0x$ign & 0x1000)) != 0 ] || "
	    "grep SigBlk /proc/self/status > s\ncat > m");
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	ok(injector_spawn(&q) == 0, "with our signals blocked");
	feed(10, &v);
	injector_close(&q);
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	ok(file_is("s", "SigBlk:\t0000000000000000\n", 25),
	    "the program's are not, and SIGPIPE is not ignored");
}

static void
aborts(void)
{
	use_program("QMAILQUEUE", "cat > m; cat <&1 > e; echo $? > end");
	ok(injector_spawn(&q) == 0, "a program");
	injector_data(&q, big, 100);
	injector_sender(&q, &sender);
	injector_abort(&q);
	ok(!file_is("e", "Fa@example.org\0\0", 16),
	    "after an abort it never sees an end");
	ok(waitpid(-1, NULL, WNOHANG) == -1, "and was waited for");
}

/* ---- sessions ---- */

/* Joins q to a child that reads all of a message and answers with answer. */
static void
join(const char *answer, bool read_first)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	if (fork() == 0) {
		char room[4096];
		size_t len = 0;

		close(sv[0]);
		while (read_first) {
			ssize_t n = read(sv[1], room, sizeof room);

			len = n > 0 ? (size_t)n : 0;
			if (n <= 0 || (len >= 4 && (memcmp(room + len - 4,
			    "1:C,", 4) == 0 || memcmp(room + len - 4, "1:A,",
			    4) == 0)))
				break;
		}
		(void)!write(sv[1], answer, strlen(answer));
		_exit(0);
	}
	close(sv[1]);
	injector_join(&q, sv[0]);
}

static bool
session_says(const char *answer, bool read_first, size_t len, int code)
{
	struct injector_verdict v;

	join(answer, read_first);
	feed(len, &v);
	injector_close(&q);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	if (v.code == code && (code == 0) == (v.text[0] == 'K'))
		return true;
	printf("# %d %s\n", v.code, v.text);
	return false;
}

static void
sessions(void)
{
	static const char *const garbage[] = {
		"", "5", "x", "5:x,", "3:0 -,", "30:0 1792000000123456 77 ok,x",
		"9:256 - 7 x,", "999999:", "7:0 x 7 y,", "7:- - 7 y,",
	};
	struct injector_verdict v;

	join("26:0 1792000000123456 77 fine,", true);
	feed(sizeof big, &v);
	ok(v.code == 0 && strcmp(v.id, "1792000000123456") == 0 &&
	    v.pid == 77 && v.text[0] == 'K', "an answer is understood");
	ok(injector_alive(&q), "  and the session goes on");
	injector_close(&q);
	ok(session_says("13:82 - 7 Dspam.,", true, 10, 82), "a reason");
	ok(session_says("9:53 - 7 no,", true, 10, 53), "a trouble");
	for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++)
		ok(session_says(garbage[i], true, 10, 81), garbage[i]);
	ok(session_says("", false, sizeof big, 81), "gone before it is read");
	ok(session_says("", false, 10, 81), "or before it is sent");
	join("0:,", true);
	injector_data(&q, big, 10);
	injector_abort(&q);
	ok(injector_alive(&q), "an abort of what nobody has seen");
	injector_close(&q);
	join("13:0 - 7 aborted,", true);
	injector_data(&q, big, 100000);
	injector_abort(&q);
	ok(injector_alive(&q), "and of what has been seen");
	injector_close(&q);
	join("x", false);
	injector_data(&q, big, 100000);
	injector_abort(&q);
	ok(!injector_alive(&q), "a broken session is over");
	injector_commit(&q, &v);
	ok(v.text[0] == 'Z', "  and says so");
	injector_close(&q);
}

int
main(void)
{
	char command[200];

	if (mkdtemp(dir) == NULL)
		return 1;
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 7 + i / 251);
	programs();
	limits();
	signals();
	aborts();
	sessions();
	snprintf(command, sizeof command,
	    "[ ! -f %s/pid ] || kill $(cat %s/pid); rm -rf %s", dir, dir, dir);
	if (system(command) != 0)
		return 1;
	return tap_done();
}
