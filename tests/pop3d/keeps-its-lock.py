import fcntl, os, signal, socket, subprocess, time
from door import ROOT, BIN, Tap

t = Tap()
AS = 65534 if os.getuid() == 0 else None
OLD = time.time() - 7200	# as if nobody had touched it for two hours


class Session:
    def __init__(self, name):
        self.home = ROOT + "/home/" + name
        self.lock = self.home + "/Maildir/postern-pop3.lock"
        for d in ("", "/Maildir", "/Maildir/new", "/Maildir/cur", "/Maildir/tmp"):
            os.mkdir(self.home + d)
        with open(self.home + "/Maildir/new/1.a.b", "wb") as f:
            f.write(b"A: b\n\n" + b"x\n" * 2000000)
        if AS:
            subprocess.run(["chown", "-R", str(AS), self.home])
        self.sock, self.process = self.start()

    def start(self):
        mine, process = self.spawn()
        self.greeting = mine.recv(100)
        return mine, process

    def spawn(self):
        mine, theirs = socket.socketpair()
        mine.settimeout(20)
        process = subprocess.Popen(
            [BIN + "/postern-pop3d", "Maildir"], stdin=theirs, stdout=theirs,
            cwd=self.home, user=AS, group=AS, extra_groups=[] if AS else None,
            stderr=subprocess.DEVNULL)
        theirs.close()
        return mine, process

    def age(self):
        os.utime(self.lock, (OLD, OLD))

    def is_fresh(self):
        return os.stat(self.lock).st_mtime > OLD + 3600


idle, stuck, slow = (Session(n) for n in ("idle", "stuck", "slow"))
for s in (stuck, slow):
    s.sock.sendall(b"RETR 1\r\n")
    s.sock.recv(10)
for s in (idle, stuck, slow):
    s.age()
ends = time.monotonic() + 75
while time.monotonic() < ends and not (
        idle.is_fresh() and stuck.is_fresh() and slow.is_fresh()):
    slow.sock.recv(4096)	# never blocks it for long
    time.sleep(0.2)
t.ok(idle.is_fresh(), "a client that asks nothing")
t.ok(stuck.is_fresh(), "a client that reads nothing")
t.ok(slow.is_fresh(), "a client that reads slowly")
for s in (idle, stuck, slow):
    s.start()[0].close()
    t.ok(b"[IN-USE]" in s.greeting, "no other session gets in")
for s in (idle, stuck, slow):
    s.sock.close()
    s.process.wait(20)
    t.ok(not os.path.exists(s.lock), "and its end is the end of the lock")

# one that slept while another took the maildrop
one = Session("sleeper")
one.sock.sendall(b"DELE 1\r\n")
one.sock.recv(100)
one.process.send_signal(signal.SIGSTOP)
one.age()
sock, process = one.start()
t.ok(one.greeting == b"+OK ready\r\n", "a maildrop whose session sleeps is "
     "free after a while")
with open(one.lock) as f:
    held = f.read()
t.ok(held.startswith("%d " % process.pid), "the lock is the new session's")
one.process.send_signal(signal.SIGCONT)
one.sock.sendall(b"QUIT\r\n")
reply = one.sock.recv(100)
t.ok(reply.startswith(b"-ERR [SYS/TEMP]"), "who wakes may not remove")
one.process.wait(20)
t.ok(os.listdir(one.home + "/Maildir/new"), "nothing was removed")
with open(one.lock) as f:
    t.ok(f.read() == held, "nor is the other's lock")
sock.close()
process.wait(20)
t.ok(not os.path.exists(one.lock), "which that one drops")

# what a crash of the machine left: no text, or a number that is another's now
for text in ("", "%d %s\n" % (os.getpid(), os.uname().nodename)):
    for age, free in (100, False), (200, True):
        with open(one.lock, "w") as f:
            f.write(text)
        os.utime(one.lock, (time.time() - age,) * 2)
        sock, process = one.start()
        t.ok((b"+OK" in one.greeting) == free,
             "%r of %d seconds ago" % (text, age))
        sock.close()
        process.wait(20)

# another host's session, which may take long to open or to delete
for age, free in (1000, False), (2000, True):
    with open(one.lock, "w") as f:
        f.write("1 elsewhere\n")
    os.utime(one.lock, (time.time() - age,) * 2)
    sock, process = one.start()
    t.ok((b"+OK" in one.greeting) == free,
         "another host's of %d seconds ago" % age)
    sock.close()
    process.wait(20)


def directory_is_locked():
    fd = os.open(one.home + "/Maildir", os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(fd)


# one that waits for the end of another; on a busy machine it comes too late
for attempt in range(5):
    sock, process = one.start()
    after, second = one.spawn()
    time.sleep(0.3)
    sock.close()
    process.wait(20)
    got_in = after.recv(100) == b"+OK ready\r\n"
    if got_in:
        break
    second.wait(20)
t.ok(got_in and directory_is_locked(), "who waited has all of the lock")
after.close()
second.wait(20)
t.done()
