import os, socket, subprocess
from door import ROOT, BIN, Tap

t = Tap()
COUNT = 100000
AS = 65534 if os.getuid() == 0 else None
HOME = ROOT + "/home"
BOX = HOME + "/Maildir"


def fill(suffix):
    """Messages that are links to a few files: much quicker to make."""
    subprocess.run(["rm", "-rf", BOX])
    for d in ("", "/new", "/cur", "/tmp"):
        os.mkdir(BOX + d)
    for i in range(COUNT):
        name = "%s/cur/%d.M%dP1.h%s" % (BOX, 1000000000 + i, i, suffix)
        if i % 10000 == 0:
            first = name
            with open(first, "wb") as f:
                f.write(b"A: b\n\nx\n")
        else:
            os.link(first, name)
    if AS:
        subprocess.run(["chown", "-R", str(AS), BOX])


def session():
    """STAT, and the calls that name a file, read from one or list a directory,
    of all processes; without those that start them."""
    trace = HOME + "/trace"
    mine, theirs = socket.socketpair()
    mine.settimeout(100)
    if os.path.exists(trace):
        os.unlink(trace)
    p = subprocess.Popen(
        ["strace", "-f", "-o", trace,
         "-e", "trace=%file,read,getdents64,fsync",
         BIN + "/postern-pop3d", "Maildir"], stdin=theirs, stdout=theirs,
        cwd=HOME, user=AS, group=AS, extra_groups=[] if AS else None,
        stderr=subprocess.DEVNULL)
    theirs.close()
    f = mine.makefile("rwb", 0)
    f.readline()
    f.write(b"STAT\r\nUIDL\r\nLIST\r\nQUIT\r\n")
    stat, *rest = f.read().split(b"\r\n")
    p.wait(100)
    with open(trace) as calls:
        return stat, len(rest), calls.readlines()


def count(calls, *words):
    return sum(all(w in c for w in words) for c in calls)


if AS:
    os.chown(HOME, AS, AS)
WANT = b"+OK %d %d" % (COUNT, COUNT * 11)
LINES = 2 * (COUNT + 2) + 2	# of UIDL and LIST, the +OK of QUIT, and ""
fill(",S=8,W=11:2,S")
stat, lines, calls = session()
t.ok(stat == WANT and lines == LINES, "a hundred thousand: %s" % stat)
t.ok(len(calls) < 200, "names with sizes: %d calls" % len(calls))
n = count(calls, "getdents64(")
t.ok(n <= COUNT * 80 // 200000 + 4, "large blocks of names: %d" % n)
fill(":2,S")
stat, lines, calls = session()
t.ok(stat == WANT and lines == LINES, "from other programs")
n = count(calls, "openat(", "O_NOATIME")
t.ok(n == COUNT, "each opened once: %d" % n)
n = count(calls, " read(")
t.ok(n < COUNT + 50, "and read once: %d" % n)
n = len(set(c.split()[0] for c in calls if "O_NOATIME" in c))
t.ok(n == 4, "by %d processes" % n)
t.ok(count(calls, "fsync(") == 0, "sizes are not flushed")
stat, lines, calls = session()
t.ok(stat == WANT and lines == LINES, "and again")
t.ok(len(calls) < 200, "but never again: %d calls" % len(calls))
with open(BOX + "/dovecot-uidlist", "wb") as f:
    f.write(b"3 V1 N9\n7 :1000000000.M0P1.h\n")
os.unlink(BOX + "/postern-index")
stat, lines, calls = session()
t.ok(stat == WANT and count(calls, "fsync(") == 1, "identifiers are")
t.done()
