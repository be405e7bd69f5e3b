#!/bin/sh
# Killed at any moment: what was answered is there and whole, what was not is
# there and whole or gone, and what is half written has a dot and no lock.
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *
import random

ROUNDS = int(os.environ.get("ROUNDS", 150))
SEED = int(os.environ.get("SEED", time.time()))
random.seed(SEED)
print("# SEED=%d" % SEED)


def sound(name, accepted):
    if name[0] == ".":
        fd = os.open(os.path.join(NEW, name), os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False        # locked by nobody that lives
        finally:
            os.close(fd)
        return True
    return Stored(name).sound


half, whole = 0, 0
good = True
for i in range(ROUNDS):
    size = random.choice((10, 4000, 70000, 500000))
    message = os.urandom(size)
    m, e = pipe_of(message), pipe_of(ENVELOPE)
    p = Process(m, e)
    time.sleep(random.random() ** 2 * 0.006)
    os.kill(p.pid, signal.SIGKILL)
    code = p.wait()
    os.close(m)
    os.close(e)
    there = names()
    if code == 0 and len([n for n in there if n[0] != "."]) != 1:
        good = ok(False, "round %d: accepted, but not there" % i)
    for name in there:
        if not sound(name, code == 0):
            good = ok(False, "round %d: %s is damaged" % (i, name))
        half += name[0] == "."
        whole += name[0] != "."
        os.unlink(os.path.join(NEW, name))
ok(good, "one message, killed %d times (%d whole, %d half)" %
   (ROUNDS, whole, half))

good = True
accepted = 0
for i in range(ROUNDS // 5):
    s = Session()
    s.sock.settimeout(20)
    answered = []
    killer = os.fork()
    if killer == 0:
        time.sleep(random.random() * 0.05)
        os.kill(s.process.pid, signal.SIGKILL)
        os._exit(0)
    try:
        while True:
            s.send(frame(os.urandom(random.choice((10, 4000, 200000)))))
            answer = s.answer()
            if answer is None:
                break
            answered.append(answer)
    except OSError:
        pass
    os.waitpid(killer, 0)
    s.close()
    there = names()
    accepted += len(answered)
    for code, name, _, _ in answered:
        if code != 0 or name not in there:
            good = ok(False, "round %d: %s was answered and lost" % (i, name))
    if len([n for n in there if n[0] != "."]) > len(answered) + 1:
        good = ok(False, "round %d: more there than sent" % i)
    for name in there:
        if not sound(name, True):
            good = ok(False, "round %d: %s is damaged" % (i, name))
    clear()
ok(good, "sessions, killed %d times with %d messages answered" %
   (ROUNDS // 5, accepted))

# At the entry of each system call, one after the other.
if tracing():
    log = os.path.join(ROOT, "trace")
    traced(log)
    clear()
    calls = {}
    good = True
    for line in open(log, errors="replace").read().splitlines():
        name = line.split("(")[0]
        if not name.isidentifier():
            continue
        calls[name] = calls.get(name, 0) + 1
    for name, count in calls.items():
        if name in ("execve", "exit_group"):
            continue
        for nth in range(1, count + 1):
            traced(log, "-e", "trace=" + name, "-e",
                   "inject=%s:signal=KILL:when=%d" % (name, nth))
            for left in names():
                if not sound(left, False):
                    good = ok(False, "%s number %d: %s is damaged" %
                              (name, nth, left))
            clear()
    ok(good, "killed at each of its %d system calls" % sum(calls.values()))
else:
    skip("needs strace, and to be allowed to use it")
done()
END
