import os, socket, subprocess
from door import ROOT, BIN, Tap

t = Tap()
AS = 65534
HOME = ROOT + "/home"
BOX = HOME + "/Maildir"
LOCK = BOX + "/postern-pop3.lock"
INODES = 20


class Session:
    def __init__(self):
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(20)
        self.process = subprocess.Popen(
            [BIN + "/postern-pop3d", "Maildir"], stdin=theirs, stdout=theirs,
            cwd=HOME, user=AS, group=AS, extra_groups=[],
            stderr=subprocess.DEVNULL)
        theirs.close()
        self.said = self.sock.recv(100)

    def ask(self, command):
        self.sock.sendall(command + b"\r\n")
        return self.sock.recv(100)

    def end(self):
        self.sock.close()
        self.process.wait(20)


def put(name, text):
    with open(BOX + "/" + name, "wb") as f:
        f.write(text)
    os.chown(BOX + "/" + name, AS, AS)


def fill():
    """Takes all inodes; how many that was."""
    n = 0
    try:
        while True:
            with open(BOX + "/tmp/filler.%d" % n, "wb"):
                n += 1
    except OSError:
        return n


def mails():
    return sorted(os.listdir(BOX + "/new") + os.listdir(BOX + "/cur"))


os.mkdir(BOX)
subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=%d" % INODES, "none",
                BOX], check=True)
os.chown(BOX, AS, AS)
for d in ("new", "cur", "tmp"):
    os.mkdir(BOX + "/" + d)
    os.chown(BOX + "/" + d, AS, AS)
for i in range(6):
    put("new/%d.M1P1.h" % (1000000000 + i), b"A: b\n\nc\n")
put("maildirsize", b"100000S\n48 6         \n")
t.ok(fill() > 0, "all inodes are used up")

one = Session()
t.ok(one.said == b"+OK ready\r\n", "a session opens")
t.ok(not os.path.exists(LOCK), "without a file to lock it")
two = Session()
t.ok(b"[IN-USE]" in two.said, "it is the only one")
two.end()
one.ask(b"RETR 2")
one.ask(b"DELE 1")
one.ask(b"DELE 3")
t.ok(one.ask(b"QUIT") == b"+OK\r\n", "it deletes")
one.end()
t.ok(mails()[0] == "1000000001.M1P1.h:2,S" and len(mails()) == 4,
     "those messages, and marks the one that was fetched")

one = Session()
t.ok(one.said == b"+OK ready\r\n" and os.path.exists(LOCK),
     "with the inodes that became free the lock is a file again")
fill()
two = Session()
t.ok(b"[IN-USE]" in two.said, "which counts when there is no other inode")
two.end()
one.process.kill()
one.end()
t.ok(os.path.exists(LOCK), "one that was killed leaves it")
one = Session()
t.ok(one.said == b"+OK ready\r\n", "and bars nobody")
one.ask(b"DELE 1")
t.ok(one.ask(b"QUIT") == b"+OK\r\n" and len(mails()) == 3, "from deleting")
one.end()

# another's on another host, of which nothing is known but its file
put("postern-pop3.lock", b"1 elsewhere\n")
fill()
one = Session()
t.ok(b"[IN-USE]" in one.said, "another host's session counts")
one.end()
os.unlink(LOCK)
fill()
one = Session()
one.ask(b"DELE 1")
os.unlink(BOX + "/tmp/filler.0")	# for the other's file
put("postern-pop3.lock", b"1 elsewhere\n")
t.ok(one.ask(b"QUIT").startswith(b"-ERR [SYS/TEMP]") and len(mails()) == 3,
     "also one that comes when there is room again")
one.end()
t.done()
