#!/bin/sh
# postern-queue -l takes sessions from whoever connects, knows who it is, lets
# nobody take all places, and is used by a postern-queue without its uid.
# sanitizers: no, since they take memory and make calls of their own
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *

PATH = os.path.join(ROOT, "queue", "injector")
READS = "Received: (qmail %d invoked by uid %d)"


class Listener:
    def __init__(self, before=None):
        sock = socket.socket(socket.AF_UNIX)
        if os.path.exists(PATH):
            os.unlink(PATH)
        sock.bind(PATH)
        os.chmod(PATH, 0o666)
        sock.listen(1000)
        sock.setblocking(False)
        r, self.lifeline = os.pipe()
        line = fcntl.fcntl(r, fcntl.F_DUPFD, 150)

        def prepare():
            os.dup2(held, 5)
            if before is not None:
                before()

        held = fcntl.fcntl(r, fcntl.F_DUPFD, 300)
        os.set_inheritable(held, True)
        self.process = Process(sock.fileno(), None, before=prepare,
                               argv=["postern-queue", "-l"])
        for fd in (r, line, held):
            os.close(fd)
        sock.close()

    def end(self):
        os.close(self.lifeline)
        return self.process.wait()


listener = Listener()
a, b = Session(PATH), Session(PATH)
for s in (a, b, a, b):
    s.send(frame())
    eq(s.answer()[0], 0, "a session is served")
s = Stored(names()[0])
ok(s.sound and s.uid == os.getuid(), "the caller is known by his socket")
eq(len(names()), 4, "four messages")
clear()
big = os.urandom(3000000)
a.send(frame(big))
eq(a.answer()[0], 0, "a long message")
ok(only().body == big, "  intact")
clear()
c = Session(PATH)
c.send(frame()[:30])
c.sock.close()
until(lambda: names() == [])
eq(names(), [], "a client that goes away leaves nothing")
eq(listener.end(), 0, "the end of its lifeline is its own")
a.send(frame())
eq(a.answer()[0], 0, "a session that was going on goes on")
a.close()
b.close()
clear()

# ---- no descriptor left ----
LOG = os.path.join(ROOT, "listener.log")


def log_to_file():
    os.dup2(os.open(LOG, os.O_WRONLY | os.O_CREAT, 0o600), 2)


def logged():
    with open(LOG) as f:
        return f.read().splitlines()


def ticks(pid):
    """What it has used of the processors, in hundredths of a second."""
    with open("/proc/%d/stat" % pid) as f:
        return sum(map(int, f.read().rpartition(")")[2].split()[11:13]))


listener = Listener(log_to_file)
pid = listener.process.pid
a = Session(PATH)
a.send(frame())
eq(a.answer()[0], 0, "a session, while there are descriptors")
a.close()
limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limit[1]))
a = Session(PATH)
a.send(frame())
ok(until(lambda: logged() != []), "without one the log hears of it")
before = ticks(pid)
time.sleep(2.5)
ok(ticks(pid) - before < 50, "it waits, and does not spin")
eq(len(logged()), 1, "it is said once")
resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
eq(a.answer()[0], 0, "and the client is served in the end")
a.close()
eq(listener.end(), 0, "the end")
clear()

if os.getuid() != 0:
    for i in range(9):
        skip("needs root")
    done()

# From here on with a queue user of another uid, as when set-uid is denied.
Q, U, V = 65531, 65532, 65533
os.chmod(ROOT, 0o755)
os.chown(NEW, Q, Q)
os.chown(os.path.join(ROOT, "queue"), Q, Q)


def become(uid):
    return lambda: os.setresuid(uid, uid, uid)


eq(queue(before=become(U)), 81, "no right uid and no second entrance: 81")
eq(names(), [], "and nothing is written")
listener = Listener(become(Q))
eq(queue(before=become(U)), 0, "with one, the message goes there")
s = only()
ok(s is not None and s.sound and s.body == MESSAGE and
   s.envelope == ENVELOPE, "  intact")
eq(s.uid, U, "  the caller known")
clear()
eq(queue(big, before=become(U)), 0, "a long one")
ok(only().body == big, "  intact")
clear()
for envelope, code in ((b"Fa\0Tx" + b"x" * 1002 + b"\0\0", 11),
                       (b"Xa\0\0", 91), (b"Fa\0Tb\0", 54)):
    eq(queue(envelope=envelope, before=become(U)), code, "code %d" % code)
    eq(names(), [], "  and nothing there")
s = Session(before=become(U))
for i in range(3):
    s.send(frame())
    eq(s.answer()[0], 0, "a session by way of it")
eq(s.close(), 0, "  and its end")
clear()

# ---- places ----
def many(uid, count):
    os.seteuid(uid)
    sessions = [Session(PATH) for i in range(count)]
    os.seteuid(0)
    return sessions


def works(session):
    try:
        session.send(frame())
    except OSError:
        pass
    answer = session.answer()
    return answer[0] if answer else None


own = many(Q, 40)
eq([works(s) for s in own].count(0), 40, "the queue's own uid has no limit")
for s in own:
    s.sock.close()
greedy = many(U, 40)
codes = [works(s) for s in greedy]
eq((codes.count(0), codes.count(71)), (25, 15),
   "one user gets 25 places, and is told")
other = many(V, 1)
eq(works(other[0]), 0, "another still gets one")
for s in greedy:
    s.sock.close()
ok(until(lambda: works(many(U, 1)[0]) == 0), "places come free again")
eq(listener.end(), 0, "the end")
done()
END
