# The rules for accounts, and name services that fail or never answer: "later",
# in bounded time, and nobody else waits.
# timeout: 240
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need python3 postern-users postern-lspawn cc
new_root
export ROOT
PYTHONPATH=$TOP/tests/local
export PYTHONPATH
mkdir "$ROOT/home/joe" "$ROOT/home/joe-x"
cat > "$ROOT/nss.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* name uid home; %s is ROOT */
static const struct { const char *name; int uid; const char *home; } all[] = {
	{ "joe", -1, "/home/joe" }, { "joe-x", -1, "/home/joe-x" },
	{ "far", 4321, "/home/far" }, { "sys", 33, "/home/nowhere" },
	{ "notmine", 4321, "/home/joe" }, { "zero", 0, "/home/joe" },
	{ "Capital", -1, "/home/joe" },
};

int
getpwnam_r(const char *name, struct passwd *pw, char *room, size_t size,
    struct passwd **out)
{
	*out = NULL;
	if (strncmp(name, "slow", 4) == 0)
		for (;;)
			pause();
	if (strncmp(name, "crash", 5) == 0)
		abort();
	if (strncmp(name, "err", 3) == 0)
		return EIO;
	for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(name, all[i].name) == 0) {
			memset(pw, 0, sizeof *pw);
			pw->pw_name = (char *)all[i].name;
			pw->pw_uid = all[i].uid == -1 ? getuid() :
			    (uid_t)all[i].uid;
			pw->pw_gid = 77;
			snprintf(room, size, "%s%s", getenv("ROOT"),
			    all[i].home);
			pw->pw_dir = room;
			*out = pw;
		}
	return 0;
}
END
cc -shared -fPIC -o "$ROOT/nss.so" "$ROOT/nss.c" 2> /dev/null ||
    skip_all 'no shared library can be built'
export NSS=$ROOT/nss.so
exec python3 - <<'END'
from wire import *
t = Check()
os.environ['LD_PRELOAD'] = os.environ['NSS']
house = House()
del os.environ['LD_PRELOAD']
root = os.environ['ROOT']
me = str(os.getuid())
def is_user(local, name, dash, ext, what):
    t.eq(house.owner(local), ('O', [name, me, '77', root + '/home/' + name,
         dash, ext]), what)
def is_alias(local, what):
    k, f = house.owner(local)
    t.eq((k, f[0], f[4:]), ('O', 'alias', ['-', local]), what)
def is_later(local, what, seconds=9):
    t0 = time.monotonic()
    k, f = house.owner(local)
    t.ok(k == 'Z' and f[0] == '4.3.0' and time.monotonic() - t0 < seconds,
         what, k, f, time.monotonic() - t0)
is_user('joe', 'joe', '', '', 'a user')
is_user('JOE', 'joe', '', '', 'in capitals')
is_user('joe-Ext', 'joe', '-', 'Ext', 'an extension')
is_user('joe-x', 'joe-x', '', '', 'the longest name counts')
is_user('joe-x-y', 'joe-x', '-', 'y', 'the longest name, with extension')
is_user('joe-', 'joe', '-', '', 'an empty extension')
is_alias('unknown', 'no user')
is_alias('notmine', 'a home directory of another')
is_alias('sys', 'a system account without home directory')
is_alias('capital', 'a name with capitals is none')
is_alias('x' * 40, 'a long name is none')
is_alias('-joe', 'an empty name is none')
if me != '0':
    is_alias('zero', 'uid 0')
is_later('far', 'a missing home directory of a person')
is_later('err', 'an error')
is_later('crash', 'a crash')
is_user('joe', 'joe', '', '', 'and after that')
k, f = house.owner('x' * 1003)
t.eq((k, f[0]), ('D', '5.1.3'), 'an address that is too long is none')
is_user('joe', 'joe', '', '', 'and nobody is hung up on')
# a worker for one who is looked up in vain, and one for joe
send(house.send_sock, packet('S', 50, 'slow'))
send(house.send_sock, packet('S', 51, 'joe'))
t0 = time.monotonic()
k, f, fds = receive(house.send_sock)
t.ok((k, f[:2]) == ('W', ['51', 'joe']) and time.monotonic() - t0 < 5,
     'who has an owner does not wait for who has none', k, f)
os.close(fds[0])
k, f, fds = receive(house.send_sock)
t.eq((k, f[:3]), ('F', ['50', 'Z', '4.3.0']), 'who is refused later')
# five that hang, on four helpers; joe is known, ann is not
c = house.client()
for i in range(5):
    send(c, packet('A', i, 'slow%d' % i))
is_user('joe', 'joe', '', '', 'who is remembered is answered meanwhile')
t.eq(house.exists('joe@test.example')[0], 'K', 'and exists')
t0 = time.monotonic()
got = [receive(c) for i in range(5)]
t.ok(all(g[0] == 'Z' for g in got) and time.monotonic() - t0 < 45,
     'hanging look-ups end', got, time.monotonic() - t0)
is_user('joe-after', 'joe', '-', 'after', 'and after that')
c.close()
# strangers' recipients that hang
c = house.client()
for i in range(230):
    send(c, packet('C', i, 'slow%d@test.example' % i))
t0 = time.monotonic()
is_user('joe-late', 'joe', '-', 'late', 'mail that was accepted has its way')
t.ok(time.monotonic() - t0 < 9, 'at once')
got = [receive(c) for i in range(230)]
t.ok(all(g[0] == 'Z' for g in got), 'all are told to try later')
c.close()
# questions without end
c = house.client()
c.settimeout(30)
for i in range(300):
    send(c, packet('A', i, 'slow'))
got = [receive(c) for i in range(300)]
t.ok(all(g[0] == 'Z' for g in got) and
     len([g for g in got if g[1][1] == '4.3.2']) >= 40,
     'too many questions: the rest is told at once', len(got))
t.eq(house.end(), (0, 0), 'ends')
t.done()
END
