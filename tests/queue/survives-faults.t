#!/bin/sh
# Each system call of an acceptance fails in turn, each in several ways: the
# answer is a temporary one, nothing is left behind, the next message is taken.
# timeout: 300
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *
import re

if not tracing():
    print("1..0 # SKIP needs strace, and to be allowed to use it")
    sys.exit(0)
LOG = os.path.join(ROOT, "trace")
LONG = b"a line of a message of some length\n" * 5000

# What may fail, and how; the rest cannot (getpid) or is asked for leniently.
FAULTS = {
    "write": ("ENOSPC", "EIO", "EDQUOT", "EFBIG"),
    "pwrite64": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "ENOSPC"),
    "renameat2": ("EIO", "ENOSPC", "EACCES", "EROFS"),
    "openat": ("EMFILE", "ENFILE", "ENOSPC", "EACCES", "EROFS", "ENOMEM"),
    "open": ("EMFILE", "EACCES", "ENOMEM"),
    "flock": ("ENOLCK",),
    "read": ("EIO", "ENOMEM"),
    "stat": ("EACCES", "EIO"),
    "setresuid": ("EAGAIN",),
    "umask": (),
    "poll": ("ENOMEM",),
    "mmap": ("ENOMEM",), "brk": ("ENOMEM",),
}


def calls(message):
    """The calls it makes, in order, as often as it makes them."""
    traced(LOG, message=message)
    clear()
    lines = open(LOG, errors="replace").read().splitlines()
    return [m.group(1) for m in (re.match(r"(\w+)\(", l) for l in lines) if m]


def failing(name, nth, error, message):
    code = traced(LOG, "-e", "trace=" + name, "-e",
                  "inject=%s:error=%s:when=%d" % (name, error, nth),
                  message=message)
    there = names()
    sound = all(n[0] != "." and Stored(n).sound and Stored(n).body == message
                for n in there)
    clear()
    # 0 only with the message there; else temporary and nothing there
    good = (sound and len(there) == 1 if code == 0 else
            51 <= code <= 91 and there == [])
    if not good:
        ok(False, "%s number %d fails with %s: code %d, %r" %
           (name, nth, error, code, there))
    return good, code


for message, what in ((MESSAGE, "a short message"), (LONG, "a long one")):
    made = calls(message)
    ok("fsync" in made, what)
    for name, errors in FAULTS.items():
        all_good = True
        for nth in range(1, made.count(name) + 1):
            for error in errors:
                all_good &= failing(name, nth, error, message)[0]
        if errors and made.count(name):
            ok(all_good, "  %s fails, %d times" % (name, made.count(name)))

wanted = {("write", 1): 53, ("fsync", 1): 53, ("fsync", 2): 53,
          ("renameat2", 1): 53}
for (name, nth), code in wanted.items():
    eq(failing(name, nth, "ENOSPC", MESSAGE)[1], code,
       "a full disk at %s number %d" % (name, nth))
eq(failing("read", 1, "EIO", MESSAGE)[1], 54, "a message that cannot be read")

# Short writes and interruptions are nothing at all.
def retried(name, how, message):
    code = traced(LOG, "-e", "trace=" + name, "-e",
                  "inject=%s:%s" % (name, how), message=message)
    s = only()
    good = (code == 0 and s is not None and s.sound and s.body == message)
    clear()
    return good

for name in ("read", "write", "pwrite64", "flock"):
    ok(retried(name, "error=EINTR:when=1", LONG), "%s interrupted" % name)
ok(retried("write", "error=EINTR:when=1..9+2", LONG), "and again and again")

# In a session the next message is not concerned.
for name, error in (("fsync", "EIO"), ("write", "ENOSPC"),
                    ("renameat2", "ENOSPC"), ("openat", "ENOSPC")):
    session = Session(trace=["-o", LOG, "-e", "inject=%s:error=%s:when=%d" %
                             (name, error, 2 if name == "openat" else 1)])
    session.send(frame())
    first = session.answer()
    left = names()
    session.send(frame())
    second = session.answer()
    s = only()
    ok(first is not None and 51 <= first[0] <= 91 and left == [] and
       second is not None and second[0] == 0 and s is not None and s.sound,
       "%s fails in a session: that message only" % name)
    session.close()
    clear()
done()
END
