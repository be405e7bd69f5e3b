#!/bin/sh
# Whatever the caller arranged, a message is queued whole or not at all.
# sanitizers: no, since they take memory and make calls of their own
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *
import ctypes
import fcntl
import re

libc = ctypes.CDLL(None)


def intact():
    s = only()
    good = (s is not None and s.sound and s.body == MESSAGE and
            s.envelope == ENVELOPE)
    clear()
    return good


def unharmed(code, what):
    """Queued whole with code 0; nothing there with any other."""
    there = names()
    good = intact() if code == 0 else there == []
    clear()
    if not ok(good, "%s: %d" % (what, code)):
        print("# in new/: %r" % there)


# ---- descriptors ----
m, e = pipe_of(MESSAGE), pipe_of(ENVELOPE)
eq(Process(None, e).wait(), 54, "descriptor 0 closed")
eq(Process(m, None).wait(), 54, "descriptor 1 closed")
eq(Process(None, None).wait(), 54, "both closed")
eq(names(), [], "nothing is queued")
for fd in (m, e):
    os.close(fd)
eq(queue(before=lambda: os.close(2)), 0, "descriptor 2 closed")
ok(intact(), "  and the message intact")

r, w = os.pipe()
eq(queue(custom=w), 0, "descriptor 6 a pipe")
ok(intact(), "  and the message intact")
os.close(w)
eq(os.read(r, 100), b"", "nothing was written to it")
victim = os.path.join(ROOT, "victim")
with open(victim, "wb") as f:
    f.write(b"precious")
v = os.open(victim, os.O_RDWR)
eq(queue(custom=v), 0, "descriptor 6 a file")
eq(open(victim, "rb").read(), b"precious", "which is left alone")
clear()

def all_open():
    fd = 0
    while fd < 1000:
        fd = os.dup(2)

eq(queue(before=all_open), 0, "every descriptor taken")
ok(intact(), "  and the message intact")
r, w = os.pipe2(os.O_NONBLOCK)
r2, w2 = os.pipe2(os.O_NONBLOCK)
p = Process(r, r2)
time.sleep(0.05)
os.write(w, MESSAGE)
os.close(w)
time.sleep(0.05)
os.write(w2, ENVELOPE)
eq(p.wait(), 0, "descriptors that do not block")
ok(intact(), "  and the message intact")
for fd in (r, r2, w2):
    os.close(fd)

# what others wait for the end of
r, w = os.pipe()
hold, let_go = os.pipe()
e = pipe_of(ENVELOPE)
high = fcntl.fcntl(w, fcntl.F_DUPFD, 300)
p = Process(hold, e, before=lambda: (os.dup2(high, 4), os.dup2(high, 20)))
for fd in (w, high, hold, e):
    os.close(fd)
os.set_blocking(r, False)
ended = time.monotonic() + 10
got = None
while got != b"" and time.monotonic() < ended:
    try:
        got = os.read(r, 1)
    except BlockingIOError:
        time.sleep(0.01)
eq(got, b"", "the caller's other descriptors are closed")
os.close(r)
os.write(let_go, MESSAGE)
os.close(let_go)
eq(p.wait(), 0, "and the message queued")
ok(intact(), "  intact")

# ---- limits, each as small as it can be ----
for name in ("AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE",
             "RSS", "STACK", "SIGPENDING", "MSGQUEUE", "NPROC"):
    what = getattr(resource, "RLIMIT_" + name, None)
    if what is None:
        continue
    for limit in (0, 1, 5, 100, 4096, 65536, 1 << 20):
        code = queue(before=lambda: resource.setrlimit(what, (limit, limit)))
        there = names()
        if code == -9:          # of CPU: its file has no writer any more
            there = [n for n in there if not n.startswith(".")]
        if code == 0 and not intact() or code != 0 and there:
            ok(False, "RLIMIT_%s %d: %d" % (name, limit, code))
        clear()
    ok(True, "RLIMIT_%s down to 0" % name)
eq(queue(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))),
   53, "a limit on files is a full disk")
eq(names(), [], "and leaves nothing")
eq(queue(b"x" * 200000, before=lambda: resource.setrlimit(
    resource.RLIMIT_FSIZE, (150000, 150000))), 53, "also in the middle")
eq(names(), [], "and leaves nothing")
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
eq(queue(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))),
   0, "a soft limit is raised")
ok(intact(), "  and the message intact")
eq(queue(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (3, 4096))),
   0, "one on descriptors too")
clear()

# ---- signals ----
every = set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}

def ignore_all():
    for sig in every:
        try:
            signal.signal(sig, signal.SIG_IGN)
        except OSError:
            pass

def pend(signals):
    signal.pthread_sigmask(signal.SIG_BLOCK, every)
    for sig in signals:
        os.kill(os.getpid(), sig)

eq(queue(before=ignore_all), 0, "all signals ignored")
ok(intact(), "  and the message intact")
eq(queue(before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, every)), 0,
   "all signals blocked")
ok(intact(), "  and the message intact")
usual = {sig for sig in every if sig < 32}
eq(queue(before=lambda: pend(usual)), 0, "all usual signals pending")
ok(intact(), "  and the message intact")
unharmed(queue(before=lambda: pend(every)), "those of libc's own as well")

def timers():
    signal.pthread_sigmask(signal.SIG_BLOCK, every)  # until it is there
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)

r, w = os.pipe()
e = pipe_of(ENVELOPE)
p = Process(r, e, before=timers)
os.close(r)
time.sleep(0.3)
os.write(w, MESSAGE)
os.close(w)
eq(p.wait(), 0, "timers running")
ok(intact(), "  and the message intact")

# A terminal's signals reach it whoever it runs as.
r, w = os.pipe()
e = pipe_of(ENVELOPE)
p = Process(r, e)
os.close(r)


def ready():
    with open("/proc/%d/status" % p.pid) as f:
        ignored = re.search(r"SigIgn:\s*(\w+)", f.read()).group(1)
    with open("/proc/%d/comm" % p.pid) as f:
        return (f.read().startswith("postern-queue") and
                int(ignored, 16) >> signal.SIGPROF - 1 & 1)


ok(until(ready), "it is ready for them")
for sig in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP,
            signal.SIGTTIN, signal.SIGTTOU, signal.SIGPIPE, signal.SIGXFSZ,
            signal.SIGXCPU):
    os.kill(p.pid, sig)
os.write(w, MESSAGE)
os.close(w)
eq(p.wait(), 0, "signals from a terminal")
ok(intact(), "  and the message intact")

# ---- environment, arguments, name ----
root = {"POSTERN_ROOT": ROOT}
weird = dict(root, LD_PRELOAD="/nonexistent", MALLOC_CHECK_="3", TZ=":/etc/x",
             PATH="", IFS="x", LC_ALL="x" * 10000, TMPDIR="/nonexistent",
             **{"": "x", "=": "y", "A" * 60000: "B" * 60000})
try:
    eq(queue(env={k: v for k, v in weird.items() if k and "=" not in k}), 0,
       "a strange environment")
    ok(intact(), "  and the message intact")
finally:
    clear()
for argv in (["x"], ["postern-queue", "-x", "--help", "y"],
             ["-s"], ["../../../bin/sh"], ["a" * 100000]):
    eq(queue(argv=argv, env=root), 0, "called %.20r" % argv)
    ok(intact(), "  and the message intact")


def without_argv():
    args = (ctypes.c_char_p * 1)(None)
    env = (ctypes.c_char_p * 2)(("POSTERN_ROOT=" + ROOT).encode(), None)
    libc.execve(QUEUE.encode(), args, env)
    os._exit(201)

code = queue(before=without_argv)
unharmed(code, "no arguments at all, not even a name")

# ---- links, directories, umask ----
link = os.path.join(ROOT, "link")
os.symlink(QUEUE, link)
m, e = pipe_of(MESSAGE), pipe_of(ENVELOPE)
eq(Process(m, e, program=link).wait(), 0, "called through a link")
ok(intact(), "  and the message intact")
here = os.path.join(ROOT, "gone")

def nowhere():
    os.mkdir(here)
    os.chdir(here)
    os.rmdir(here)

eq(queue(before=nowhere), 0, "from a directory that is gone")
ok(intact(), "  and the message intact")
for mask in (0, 0o777):
    eq(queue(before=lambda: os.umask(mask)), 0, "umask %o" % mask)
    eq(only().mode, 0o660, "  and the usual mode")
    clear()

# ---- a listener is not for users ----
if os.getuid() == 0:
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(os.path.join(ROOT, "sock"))
    sock.listen()
    os.chown(NEW, 65534, 65534)

    def nobody():
        os.setresuid(65533, 65534, 65534)

    os.chmod(ROOT, 0o755)
    p = Process(sock.fileno(), None, argv=["postern-queue", "-l"],
                before=nobody)
    eq(p.wait(), 81, "only the queue's user serves the second entrance")
    os.chown(NEW, 0, 0)
else:
    skip("needs root")
done()
END
