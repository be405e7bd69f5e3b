"""session.py ROOT PROGRAM: postern-pop3d over a socket; prints ok / not ok."""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

ROOT, PROGRAM = sys.argv[1:]
HOME = ROOT + "/home"
BOX = HOME + "/Maildir"
AS = 65534 if os.getuid() == 0 else None


def check(good, what, detail=""):
    print(("ok " if good else "not ok ") + what)
    if not good and detail != "":
        print("got: %r" % (detail,))


def own(path):
    if AS:
        os.chown(path, AS, AS)


def fresh(messages):
    subprocess.run(["rm", "-rf", BOX])
    for d in ("", "/new", "/cur", "/tmp"):
        os.mkdir(BOX + d)
        own(BOX + d)
    for name, data in messages.items():
        put(name, data)


def put(name, data):
    with open(BOX + "/" + name, "wb") as f:
        f.write(data)
    own(BOX + "/" + name)


def listing():
    return sorted(d + "/" + f for d in ("new", "cur")
                  for f in os.listdir(BOX + "/" + d))


class Pop:
    def __init__(self, pending=None):
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(20)
        fds, env = (), dict(os.environ, USER="u", TCPREMOTEIP="192.0.2.1")
        if pending is not None:
            r, w = os.pipe()
            os.write(w, pending)
            os.close(w)
            env["POSTERN_PENDING"] = str(r)
            fds = (r,)
        self.process = subprocess.Popen(
            [PROGRAM, "Maildir"], stdin=theirs, stdout=theirs, cwd=HOME,
            stderr=subprocess.PIPE, user=AS, group=AS, pass_fds=fds,
            extra_groups=[] if AS else None, env=env)
        theirs.close()
        for fd in fds:
            os.close(fd)
        self.file = self.sock.makefile("rb")
        self.greeting = self.line()

    def line(self):
        return self.file.readline()

    def ask(self, command):
        self.sock.sendall(command + b"\r\n")
        return self.line()

    def lines(self, command):
        """A multi-line reply, dots undone; b"" first when refused."""
        first = self.ask(command)
        if not first.startswith(b"+OK"):
            return first
        got = b""
        while True:
            line = self.line()
            if line == b".\r\n" or line == b"":
                return got
            got += line[1:] if line.startswith(b".") else line

    def end(self):
        self.sock.close()
        self.file.close()
        self.process.wait(20)
        return self.process.stderr.read()


FIRST = b"Subject: one\n\n.dot\nbody\n"
SECOND = b"Subject: two\r\n\r\ncrlf\r\n"
THIRD = b"Subject: three\n\n" + b"x" * 100000 + b"\n"


def wire(data):
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def box():
    return {"new/1000000001.M1P1.h,S=24,W=28": FIRST,
            "cur/1000000002.M2P2.h:2,F": SECOND,
            "new/1000000003.M3P3.h": THIRD}


def basics():
    fresh(box())
    p = Pop()
    check(p.greeting.startswith(b"+OK"), "ready", p.greeting)
    with open("/proc/%d/limits" % p.process.pid) as f:
        check("Max processes             0 " in f.read(),
              "nothing can be started any more")
    sizes = [len(wire(m)) for m in (FIRST, SECOND, THIRD)]
    check(p.ask(b"STAT") == b"+OK 3 %d\r\n" % sum(sizes), "STAT")
    check(p.lines(b"LIST") == b"".join(
        b"%d %d\r\n" % (i + 1, n) for i, n in enumerate(sizes)), "LIST")
    check(p.ask(b"list 2") == b"+OK 2 %d\r\n" % sizes[1], "LIST 2")
    for i, m in enumerate((FIRST, SECOND, THIRD)):
        check(p.lines(b"RETR %d" % (i + 1)) == wire(m), "RETR %d" % (i + 1))
    for top in (b"TOP 1 1", b"TOP 1  1", b"top  1 1 "):
        check(p.lines(top) == b"Subject: one\r\n\r\n.dot\r\n", top.decode())
    check(p.lines(b"UIDL") == b"1 1000000001.M1P1.h\r\n"
          b"2 1000000002.M2P2.h\r\n3 1000000003.M3P3.h\r\n", "UIDL")
    for bad in (b"RETR 0", b"RETR 4", b"RETR", b"DELE x", b"TOP 1", b"FOO",
                b"LIST 99999999999999999999", b"RETR -1", b"x" * 2000,
                b"PASS x"):
        check(p.ask(bad).startswith(b"-ERR"), "refused: %s" %
              bad[:30].decode())
    check(p.ask(b"DELE 1") == b"+OK marked\r\n", "DELE")
    check(p.ask(b"RETR 1").startswith(b"-ERR"), "marked is gone")
    check(p.ask(b"STAT").startswith(b"+OK 2 "), "STAT without it")
    check(p.ask(b"RSET") == b"+OK\r\n" and
          p.ask(b"STAT").startswith(b"+OK 3 "), "RSET")
    p.ask(b"DELE 2")
    check(listing() == sorted(box()), "nothing changed before QUIT")
    check(p.ask(b"QUIT") == b"+OK\r\n", "QUIT")
    log = p.end()
    check(b"192.0.2.1 user u" in log, "one log line", log)
    check(listing() == ["cur/1000000001.M1P1.h,S=24,W=28:2,S",
                        "cur/1000000003.M3P3.h:2,S"],
          "updated: removed, and what was fetched is seen", listing())
    p = Pop()
    check(p.lines(b"UIDL") == b"1 1000000001.M1P1.h\r\n"
          b"2 1000000003.M3P3.h\r\n", "UIDL survives flags")
    p.end()
    check(len(listing()) == 2, "without QUIT nothing is removed")


def first_time():
    subprocess.run(["rm", "-rf", BOX])
    own(HOME)
    p = Pop()
    check(p.greeting.startswith(b"+OK"), "before the first mail", p.greeting)
    check(p.ask(b"STAT") == b"+OK 0 0\r\n", "the maildrop is empty")
    check(p.ask(b"QUIT") == b"+OK\r\n", "QUIT from there")
    p.end()
    check(sorted(d for d in os.listdir(BOX) if "." not in d and "-" not in d)
          == ["cur", "new", "tmp"], "a Maildir is made", os.listdir(BOX))


def exact():
    """What LIST says is what RETR sends, however a message ends."""
    ends = (b"", b"x", b"x\n", b"x\r\n", b"x\r", b"\n\r", b"\r\r\n", b"\r")
    fresh({"new/%d.a.h" % (i + 1): b"A: b\n\n" + end
           for i, end in enumerate(ends)})
    p = Pop()
    for i, end in enumerate(ends):
        size = int(p.ask(b"LIST %d" % (i + 1)).split()[2])
        got = len(p.lines(b"RETR %d" % (i + 1)))
        check(size == got, "a message that ends in %r" % end, (size, got))
    p.end()


def odd_forms():
    """What RFC 1939 leaves open, or forbids."""
    fresh(box())
    p = Pop()
    for bad in (b"LIST +1", b"LIST 1x", b"LIST 0", b"LIST\t1", b"LIST 1\0",
                b"UIDL 4", b"UIDL 1,2", b"RETR 18446744073709551617",
                b"TOP 1 -1", b"TOP 1 +1", b"TOP 1 1 1", b"TOP 1 x", b"TOP",
                b"TOP 0 1", b"DELE", b"DELE 0", b"DELE 1 2",
                b"RETR 1 2", b"LIST 1 2", b"UIDL 1 2", b"", b" STAT", b"STAT\rX",
                b"NOOP\0", b"LAST", b"STLS", b"UTF8", b"AUTH", b"USER u",
                b"AUTH PLAIN AHUAcA==", b"APOP u p", b"LANG xx"):
        check(p.ask(bad).startswith(b"-ERR"), "refused: %r" % bad)
    for good in (b"stat", b"Stat x", b"LIST 01", b"LIST  1 ", b"NOOP x",
                 b"RSET x", b"CAPA x"):
        got = p.lines(good) if good == b"CAPA x" else p.ask(good)
        check(not got.startswith(b"-ERR"), "taken: %r" % good, got)
    check(p.lines(b"TOP 1 18446744073709551614") == wire(FIRST),
          "more lines than there are")
    p.sock.sendall(b"STAT\nNOOP\nQUIT\n")
    check(p.file.read().count(b"+OK") == 3, "LF alone ends a line")
    p.end()


def cut_off():
    """A client that goes, after whatever byte, has changed nothing."""
    script = b"RETR 1\r\nDELE 1\r\nLIST\r\nQUIT\r\n"
    fresh(box())
    changed = []
    for n in range(len(script)):
        p = Pop()
        p.sock.sendall(script[:n])
        p.sock.shutdown(socket.SHUT_WR)
        p.file.read()
        p.end()
        if listing() != sorted(box()) or p.process.returncode != 0:
            changed.append(script[:n])
    check(changed == [], "cut off after each byte", changed)


def locking():
    fresh(box())
    p = Pop()
    q = Pop()
    check(q.greeting.startswith(b"-ERR [IN-USE]"), "one session at a time")
    q.end()
    p.process.kill()
    p.end()
    p = Pop()
    check(p.greeting.startswith(b"+OK"), "a killed session holds no lock")
    p.ask(b"QUIT")
    p.end()
    check(not os.path.exists(BOX + "/postern-pop3.lock"), "lock removed")
    fresh({"new/1000000000.M1P1.h": b"A: b\n\n" + b"x\n" * 2000000})
    p = Pop()
    p.sock.sendall(b"RETR 1\r\n")
    p.line()
    p.sock.shutdown(socket.SHUT_RDWR)
    code = p.process.wait(30)
    p.end()
    check(code == 0 and not os.path.exists(BOX + "/postern-pop3.lock"),
          "a client that goes while it is sent to leaves no lock", code)


def others():
    """Other programs work in the Maildir meanwhile."""
    fresh(box())
    p = Pop()
    os.rename(BOX + "/new/1000000001.M1P1.h,S=24,W=28",
              BOX + "/cur/1000000001.M1P1.h,S=24,W=28:2,RS")
    os.unlink(BOX + "/cur/1000000002.M2P2.h:2,F")
    os.unlink(BOX + "/new/1000000003.M3P3.h")
    os.mkdir(BOX + "/new/1000000003.M3P3.h")
    check(p.ask(b"RETR 3").startswith(b"-ERR [SYS/TEMP]") and
          p.ask(b"TOP 3 1").startswith(b"-ERR [SYS/TEMP]"),
          "one that opens but does not read is refused, and others are not")
    put("new/1000000004.M4P4.h", FIRST)
    check(p.lines(b"RETR 1") == wire(FIRST), "a renamed message is found")
    refused = [p.ask(b"RETR 2") for _ in range(100)]
    check(all(r.startswith(b"-ERR") for r in refused),
          "a removed one is refused, which is no error of the client's",
          refused[-1])
    check(p.ask(b"STAT").startswith(b"+OK 3 "), "new mail waits")
    p.ask(b"DELE 1")
    p.ask(b"DELE 2")
    check(p.ask(b"QUIT") == b"+OK\r\n", "QUIT")
    p.end()
    os.rmdir(BOX + "/new/1000000003.M3P3.h")
    check(listing() == ["new/1000000004.M4P4.h"], "what was asked is gone",
          listing())


def in_any_order():
    """The next message is opened ahead, whichever is asked for then."""
    texts = [b"Subject: %d\n\n%d\n" % (i, i) for i in range(6)]
    fresh({"new/100000000%d.M1P1.h" % i: t for i, t in enumerate(texts)})
    p = Pop()

    def open_files():
        return len(os.listdir("/proc/%d/fd" % p.process.pid))
    before = open_files()
    good = True
    for i in (1, 2, 4, 3, 3, 4, 6, 1, 5, 6, 2):
        good = p.lines(b"RETR %d" % i) == wire(texts[i - 1]) and good
        good = p.lines(b"TOP %d 1" % i) == wire(texts[i - 1]) and good
    check(good, "messages in any order")
    check(open_files() <= before + 1, "one is open ahead", open_files())
    p.lines(b"RETR 2")
    p.ask(b"DELE 3")
    check(p.ask(b"RETR 3").startswith(b"-ERR"), "not what is deleted")
    check(p.lines(b"RETR 4") == wire(texts[3]), "and others")
    p.end()


def odd():
    fresh({"new/1000000001.a": b"A: b\n\nx\n",
           "new/\xe9\xffname with blanks": b"B: c\n",
           "new/" + "1" * 200: b"C: d\n",
           "cur/2.x,S=1:2,S": b"D: e\n", "cur/2.x,S=2:2,": b"D: f\n"})
    os.mkfifo(BOX + "/new/fifo")
    os.mkdir(BOX + "/cur/dir")
    os.symlink("/etc/passwd", BOX + "/new/link")
    put("new/.hidden", b"x")
    put("new/1000000005.unreadable", b"x")
    os.chmod(BOX + "/new/1000000005.unreadable", 0)
    os.chown(BOX + "/new/1000000001.a", os.getuid(), -1)
    p = Pop()
    expected = 5  # the unreadable one is left out
    check(p.ask(b"STAT").startswith(b"+OK %d " % expected),
          "odd entries are passed over", listing())
    ids = [line.split(b" ")[1] for line in
           p.lines(b"UIDL").splitlines()]
    check(len(set(ids)) == len(ids), "identifiers differ", ids)
    check(all(1 <= len(i) <= 70 and all(0x21 <= c <= 0x7e for c in i)
              for i in ids), "and are printable", ids)
    p.end()
    p = Pop()
    check(ids == [line.split(b" ")[1] for line in
                  p.lines(b"UIDL").splitlines()], "and stay")
    p.end()


def doubles():
    """Names that ought not to be in one Maildir."""
    twice = ["cur/%d.a:2,%s" % (i, flags) for i in range(10, 20)
             for flags in (("", "S") if i % 2 else ("S", ""))]
    fresh(dict({name: FIRST for name in twice}, **{
        "new/2.a": FIRST, "new/2.a!": FIRST, "new/2.a,S=5": FIRST}))
    p = Pop()
    ids = [line.split(b" ")[1] for line in p.lines(b"UIDL").splitlines()]
    check(len(ids) == 13 and len(set(ids)) == 13,
          "identifiers of like names differ", ids)
    for i in range(len(ids)):
        p.lines(b"RETR %d" % (i + 1))
    p.ask(b"QUIT")
    p.end()
    check(set(twice) <= set(listing()),
          "no message takes the place of another", listing())


def taken_over():
    fresh(box())
    put("dovecot-uidlist", b"3 V1275660208 N4\n"
        b"1 :1000000001.M1P1.h,S=24,W=28\n3 Pold :1000000003.M3P3.h\n")
    wanted = (b"1 %08x%08x\r\n2 1000000002.M2P2.h\r\n3 old\r\n" %
              (1, 1275660208))
    for turn in ("taken over", "kept"):
        p = Pop()
        got = p.lines(b"UIDL")
        check(got == wanted, "Dovecot's identifiers are " + turn, got)
        p.ask(b"QUIT")
        p.end()
    os.unlink(BOX + "/dovecot-uidlist")
    p = Pop()
    check(p.lines(b"UIDL") == wanted, "and do not depend on its file")
    p.end()
    put("postern-index", b"postern-index 1\ngarbage\n")
    p = Pop()
    check(p.ask(b"STAT").startswith(b"+OK 3 "), "a damaged index is rebuilt")
    p.end()
    os.chmod(BOX + "/postern-index", 0)
    p = Pop()
    check(p.ask(b"STAT").startswith(b"+OK 3 "), "as is an unreadable one")
    p.end()
    check(os.stat(BOX + "/postern-index").st_mode & 0o600, "readable again")


    fresh(box())
    put("dovecot-uidlist", b"3 V1 N4\n3 Pold :1000000003.M3P3.h\n")
    os.chmod(BOX + "/new/1000000003.M3P3.h", 0)
    os.chown(BOX + "/new/1000000003.M3P3.h", 0 if AS else -1, -1)
    p = Pop()
    check(p.ask(b"STAT").startswith(b"+OK 2 "), "one cannot be read")
    p.ask(b"QUIT")
    p.end()
    os.unlink(BOX + "/dovecot-uidlist")
    os.chmod(BOX + "/new/1000000003.M3P3.h", 0o644)
    p = Pop()
    got = p.lines(b"UIDL").splitlines()[-1]
    check(got == b"3 old", "but keeps its identifier", got)
    p.end()

    for form, first, ended in ((b"%v-%u", b"1275660208-1", False),
                               (b"UID%u", b"UID1", False),
                               (b"%m", b"", True)):
        fresh(box())
        put("dovecot-uidlist", b"3 V1275660208 N4\n"
            b"1 :1000000001.M1P1.h,S=24,W=28\n3 Pold :1000000003.M3P3.h\n")
        with control("pop3uidlformat", form):
            p = Pop()
            if ended:
                check(p.greeting.startswith(b"-ERR [SYS/TEMP]") and
                      p.line() == b"" and b"pop3uidlformat" in p.end(),
                      "a form that is not known is said, not guessed")
                continue
            got = p.lines(b"UIDL")
            check(got == b"1 %s\r\n2 1000000002.M2P2.h\r\n3 old\r\n" % first,
                  "in the form " + form.decode(), got)
            p.end()


@contextlib.contextmanager
def control(name, value):
    path = "%s/control/%s" % (ROOT, name)
    with open(path, "wb") as f:
        f.write(value + b"\n")
    os.chmod(path, 0o644)
    try:
        yield
    finally:
        os.unlink(path)


def capabilities():
    """RFC 2449, and what the settings change."""
    fresh(box())
    p = Pop()
    caps = set(p.lines(b"CAPA").split(b"\r\n"))
    check(caps == {b"", b"TOP", b"UIDL", b"USER", b"PIPELINING", b"RESP-CODES",
                   b"AUTH-RESP-CODE", b"UTF8", b"LANG", b"LOGIN-DELAY 0",
                   b"EXPIRE NEVER", b"IMPLEMENTATION postern"}, "CAPA", caps)
    check(p.lines(b"LANG") == b"en English\r\n", "LANG lists")
    check(p.ask(b"LANG EN").startswith(b"+OK en ") and
          p.ask(b"LANG *").startswith(b"+OK en ") and
          p.ask(b"LANG i-default").startswith(b"+OK en ") and
          p.ask(b"LANG fr").startswith(b"-ERR"), "LANG sets")
    p.end()
    for sasl, same in ((b"SCRAM-SHA-256", False), (b"PLAIN LOGIN", True)):
        os.environ["POSTERN_SASL"] = " " + sasl.decode()
        p = Pop()
        caps = p.lines(b"CAPA").split(b"\r\n")
        check(b"SASL " + sasl in caps and (b"USER" in caps) == same,
              "SASL and USER as before the login", caps)
        p.end()
        del os.environ["POSTERN_SASL"]
    with control("pop3expire", b"30"), control("pop3logindelay", b"77"):
        p = Pop()
        caps = p.lines(b"CAPA").split(b"\r\n")
        check(b"EXPIRE 30" in caps and b"LOGIN-DELAY 77" in caps,
              "EXPIRE and LOGIN-DELAY", caps)
        p.end()


def expiring():
    """Only what was fetched, and is old enough, goes, at QUIT."""
    now = int(time.time())
    day = lambda n: now - n * 86400 - 10
    with control("pop3expire", b"7"):
        fresh({"cur/%d.old.h:2,S" % day(8): FIRST,
               "cur/%d.young.h:2,S" % day(6): FIRST,
               "new/%d.unread.h" % day(9): FIRST,
               "new/%d.fetched.h" % day(10): FIRST})
        p = Pop()
        p.lines(b"RETR 1")
        p.lines(b"TOP 2 5")
        p.end()
        check(len(listing()) == 4, "nothing expires without QUIT")
        p = Pop()
        p.lines(b"RETR 1")
        p.lines(b"TOP 2 5")
        p.ask(b"QUIT")
        p.end()
        check(listing() == ["cur/%d.young.h:2,S" % day(6),
                            "new/%d.unread.h" % day(9)],
              "what was fetched and is old", listing())
    with control("pop3expire", b"0"):
        p = Pop()
        p.lines(b"RETR 1")
        p.ask(b"QUIT")
        p.end()
        check(listing() == [], "EXPIRE 0: what was fetched is gone", listing())
        fresh(box())
        p = Pop()
        os.chmod(BOX + "/new/1000000001.M1P1.h,S=24,W=28", 0)
        check(p.ask(b"RETR 1").startswith(b"-ERR [SYS/TEMP]"), "unreadable")
        check(p.ask(b"QUIT") == b"+OK\r\n", "QUIT")
        p.end()
        check(listing() == sorted(box()),
              "what was asked for in vain stays", listing())


def silent():
    """RFC 1939 section 3: a client that says nothing is left, without QUIT."""
    fresh(box())
    with control("timeoutpop3d", b"1"):
        p = Pop()
        p.ask(b"DELE 1")
        began = time.monotonic()
        check(p.line() == b"" and 0.9 < time.monotonic() - began < 15,
              "a silent client is hung up on")
        p.end()
    check(listing() == sorted(box()) and
          not os.path.exists(BOX + "/postern-pop3.lock"), "and nothing changed")


def delayed():
    fresh(box())
    with control("pop3logindelay", b"soon"):
        p = Pop()
        check(p.greeting.startswith(b"-ERR [SYS/TEMP]"),
              "a setting that is no number is no silent end", p.greeting)
        p.end()
    with control("pop3logindelay", b"2"):
        Pop().end()
        p = Pop()
        check(p.greeting.startswith(b"-ERR [LOGIN-DELAY]"),
              "back too soon", p.greeting)
        p.end()
        time.sleep(2.1)
        p = Pop()
        check(p.greeting.startswith(b"+OK"), "and in time", p.greeting)
        p.end()


def pipelined():
    fresh(box())
    p = Pop(pending=b"STAT\r\nRETR 1\r\nNOOP\r\nLI")
    p.sock.sendall(b"ST 1\r\nQUIT\r\n")
    rest = p.greeting + p.file.read()
    check(rest.count(b"+OK") == 6 and rest.endswith(b"+OK\r\n"),
          "commands sent ahead of the login are answered in order", rest)
    p.end()


def in_vain():
    """QUIT was sent ahead, and the client is gone before it was answered."""
    fresh(box())
    p = Pop()
    p.process.send_signal(signal.SIGSTOP)
    p.sock.sendall(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
    p.sock.shutdown(socket.SHUT_RD)
    p.process.send_signal(signal.SIGCONT)
    log = p.end()
    check(listing() == sorted(box()) and log.endswith(b"no QUIT\n"),
          "what did not reach the client stays", (listing(), log))


def large():
    names = {"new/%d.M%dP1.h,S=5,W=6" % (1000000000 + i, i): b"A: b\n"
             for i in range(3000)}
    fresh(names)
    p = Pop()
    got = p.lines(b"LIST")
    check(got.count(b"\r\n") == 3000, "3,000 messages")
    p.ask(b"QUIT")
    p.end()
    check(not os.path.exists(BOX + "/postern-index"),
          "names with sizes need no index")


def sizes():
    """The lines of maildirsize behind the first."""
    with open(BOX + "/maildirsize") as f:
        return [tuple(map(int, line.split())) for line in f.readlines()[1:]]


def quota():
    messages = {"new/%d.M%dP1.h,S=700,W=710" % (1000000000 + i, i): b"x"
                for i in range(4)}
    messages["cur/1000000009.M9P9.h:2,S"] = SECOND
    fresh(messages)
    p = Pop()
    p.ask(b"DELE 1")
    p.ask(b"QUIT")
    p.end()
    check(not os.path.exists(BOX + "/maildirsize"), "no quota, no maildirsize")
    put("maildirsize", b"10000S,100C\n2122 4      \n")
    p = Pop()
    for n in (1, 2, 4):
        p.ask(b"DELE %d" % n)
    os.unlink(BOX + "/" + [f for f in listing() if "M2P" in f][0])
    check(sizes() == [(2122, 4)], "before QUIT nothing is counted")
    p.ask(b"QUIT")
    p.end()
    check(sizes() == [(2122, 4), (-700 - len(SECOND), -2)],
          "what the session removed leaves the quota at once", sizes())
    put("maildirsize", b"10000S,100C\n" + b"1 0\n" * 2000)
    p = Pop()
    p.ask(b"DELE 1")
    p.ask(b"QUIT")
    log = p.end()
    check(listing() == [] and sizes() == [(700, 1), (-700, -1)],
          "a long maildirsize is counted anew before", (sizes()[:3], log))
    put("cur/1000000010.M1P1.h,S=500:2,ST", b"x")
    put("cur/1000000011.M2P2.h,S=30:2,S", b"x")
    put("maildirsize", b"10000S,100C\n")
    p = Pop()
    p.ask(b"DELE 1")
    p.ask(b"DELE 2")
    p.ask(b"QUIT")
    p.end()
    check(listing() == [] and sizes() == [(30, 1), (-30, -1)],
          "what was marked as deleted was not counted, nor is it now", sizes())


def unicode_mail():
    long = b"X-Long: " + b"y\n " * 40000 + b"y\n"
    small = "Subject: grün\nTo: bö@x.example\n\nKörper\n".encode()
    large = long + small
    fresh({"new/1000000001.M1P1.h": small, "new/1000000002.M2P2.h": large})
    p = Pop()
    head = (b"Subject: =?utf-8?B?Z3LDvG4=?=\r\n"
            b"To: =?utf-8?B?YsO2QHguZXhhbXBsZQ==?= :;\r\n\r\n")
    body = "Körper\r\n".encode()
    got = p.lines(b"RETR 1")
    check(got == head + body, "without UTF8 a header is in ASCII", got)
    check(p.lines(b"TOP 1 0") == head, "with TOP too")
    got = p.lines(b"RETR 2")
    check(got == wire(long) + head + body, "also a long one", got[-300:])
    p.end()
    os.environ["POSTERN_UTF8"] = "1"
    p = Pop()
    check(p.lines(b"RETR 1") == wire(small) and
          p.lines(b"RETR 2") == wire(large), "with UTF8 it is as it is")
    p.end()
    del os.environ["POSTERN_UTF8"]


for part in (unicode_mail, basics, odd_forms, cut_off, quota, capabilities,
             expiring, silent, delayed, exact, locking, others, in_any_order,
             odd, doubles, taken_over, pipelined, in_vain, large, first_time):
    part()
