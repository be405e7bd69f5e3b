#!/bin/sh
# The budget of an acceptance: one file created, two flushes, in the one order
# that makes a message durable before it is answered; and not many calls more.
# sanitizers: no, since they take memory and make calls of their own
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *
import re

# what a process that may not be dumped passes to the kernel, root alone sees
if not tracing() or os.getuid() != 0:
    print("1..0 # SKIP needs strace, and root")
    sys.exit(0)
LOG = os.path.join(ROOT, "trace")


def lines():
    return [l for l in open(LOG, errors="replace").read().splitlines()
            if re.match(r"\w+\(", l)]


def first(all_lines, pattern):
    found = [i for i, l in enumerate(all_lines) if re.search(pattern, l)]
    return found[0] if found else -1


def in_order(all_lines, *patterns):
    places = [first(all_lines, p) for p in patterns]
    return -1 not in places and places == sorted(places)


def story(l, end):
    return in_order(l, r"O_CREAT\|O_EXCL", r"^flock\(", r"^write\(\d, \"postern",
                    r"^renameat2\(", r"^fsync\(4\)", r"^fsync\(3\)", end)


traced(LOG)
l = lines()
ok(story(l, r"^exit_group\(0\)"),
   "created, locked, written, renamed, flushed, its directory flushed, done")
eq(sum("O_CREAT" in x for x in l), 1, "one file created")
eq(sum(x.startswith("fsync(") for x in l), 2, "two flushes")
eq(sum(x.startswith(("write(", "pwrite")) for x in l), 1, "one write")
eq(sum(x.startswith(("fork", "vfork", "clone", "execve")) for x in l), 1,
   "no process but itself")
ok(len(l) <= 75, "%d system calls, 75 at most" % len(l))
clear()

t = os.open(os.path.join(ROOT, "queue", "trigger"), os.O_RDWR | os.O_NONBLOCK)
traced(LOG)
ok(in_order(lines(), r"^fsync\(3\)", r"^write\(\d, \"\d{16}\\n\""),
   "send is told when it is durable, not before")
clear()

traced(LOG, message=b"x" * 300000)
l = lines()
ok(in_order(l, r"^write\(4, \"\\0\\0\\0\\0", r"^pwrite64\(4, \"postern",
            r"^renameat2\(", r"^fsync\("),
   "a long one's header is zero until all else is written")
ok(sum(x.startswith("write(4") for x in l) <= 300000 // 65536 + 1,
   "written in large blocks")
clear()

with open(os.path.join(ROOT, "control", "syncdir"), "w") as f:
    f.write("0\n")
traced(LOG)
eq(sum(x.startswith("fsync(") for x in lines()), 1,
   "control/syncdir 0: the directory is not flushed")
os.unlink(os.path.join(ROOT, "control", "syncdir"))
clear()

session = Session(trace=["-o", LOG])
def send(count):
    for i in range(count):
        session.send(frame())
        if session.answer()[0] != 0:
            ok(False, "a message was not taken")

send(101)
session.close()
l = lines()
start = [i for i, x in enumerate(l) if "O_CREAT" in x]
eq(len(start), 101, "a session: one file created for a message")
between = [x.split("(")[0] for x in l[start[0]:start[100]]]
eq(between.count("fsync"), 200, "two flushes")
eq(between.count("read"), 100, "one read")
eq(between.count("execve") + between.count("clone"), 0, "no process")
ok(len(between) / 100 <= 11,
   "%.1f system calls a message, 11 at most" % (len(between) / 100))
per = [x for x in l[start[50]:start[51]]]
ok(in_order(per, r"O_CREAT", r"^renameat2", r"^fsync\(5\)|^fsync\(4\)",
            r"^fsync\(3\)", r"^write\(\d, \"\d{16}\\n", r"^write\(0, \"\d+:0 "),
   "each durable before it is answered")
done()
END
