import base64, hashlib, hmac, os, signal, socket, subprocess, time
import door

ROOT, BIN = door.ROOT, door.BIN
t = door.Tap()
p = door.start()

# The server: says who it is and what it reads, first what was pending.
SERVER = ROOT + "/server"
with open(SERVER, "w") as f:
    f.write("""#!/usr/bin/python3
import os, sys
pending = b""
if "POSTERN_PENDING" in os.environ:
    pending = os.read(int(os.environ["POSTERN_PENDING"]), 65536)
e = os.environ
os.write(1, ("+OK %s %s %s utf8=%s pending=%r\\r\\n" % (e["USER"], e["HOME"],
         os.getcwd(), e.get("POSTERN_UTF8", "0"), pending)).encode())
while True:
    got = os.read(0, 1000)
    if not got:
        break
    if got.startswith(b"SASL"):
        got = e["POSTERN_SASL"].encode() + b"\\r\\n"
    os.write(1, b"+OK got " + got)
""")
os.chmod(SERVER, 0o755)
HOME = ROOT + "/virtual/example.org/ann"


class Pop:
    def __init__(self, args=("-d", SERVER), tls=False, **env):
        self.s, theirs = socket.socketpair()
        self.s.settimeout(20)
        fds = []
        if tls:
            ctl, ctl_them = socket.socketpair()
            self.inner, inner = socket.socketpair()
            self.inner.settimeout(20)
            self.ctl = ctl
            fds = [ctl_them, inner]
            env.update(SSLCTLFD=str(ctl_them.fileno()),
                       SSLREADFD=str(inner.fileno()),
                       SSLWRITEFD=str(inner.fileno()))
        self.p = subprocess.Popen(
            [BIN + "/postern-pop3-login", *args], stdin=theirs,
            stdout=theirs, stderr=open(ROOT + "/log/login", "ab"),
            pass_fds=[f.fileno() for f in fds], env=dict(os.environ, **env))
        theirs.close()
        for f in fds:
            f.close()
        self.buf = b""
        self.banner = self.line()

    def line(self):
        while b"\n" not in self.buf:
            got = self.s.recv(65536)
            if not got:
                return self.buf or None
            self.buf += got
        line, self.buf = self.buf.split(b"\n", 1)
        return line.rstrip(b"\r").decode()

    def send(self, data):
        self.s.sendall(data if isinstance(data, bytes) else data.encode())

    def cmd(self, text):
        self.send(text + "\r\n")
        return self.line()

    def many(self, text):
        got = [self.cmd(text)]
        while got[-1] != "." and got[-1] is not None:
            got.append(self.line())
        return got

    def fds(self):
        return len(os.listdir("/proc/%d/fd" % self.p.pid))

    def end(self):
        self.s.close()
        return self.p.wait(20)


def b64(s):
    return base64.b64encode(s.encode() if isinstance(s, str) else s).decode()


IN = "+OK ann@example.org %s %s utf8=0 pending=b''" % (HOME, HOME)

c = Pop()
t.ok(c.banner.startswith("+OK") and "<" not in c.banner,
     "a greeting without APOP's timestamp")
caps = c.many("CAPA")
t.ok({"TOP", "UIDL", "USER", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE",
      "UTF8", "LANG", "EXPIRE NEVER", "LOGIN-DELAY 0",
      "SASL SCRAM-SHA-256 PLAIN LOGIN"} <= set(caps) and "STLS" not in caps,
     "CAPA")
t.ok(c.cmd("PASS sesame").startswith("-ERR"), "PASS before USER")
t.ok(c.cmd("STAT").startswith("-ERR"), "STAT before the login")
t.ok(c.cmd("USER ann@example.org").startswith("+OK"), "USER")
t.ok(c.cmd("PASS wrong").startswith("-ERR [AUTH]"), "a wrong password")
t.ok(c.cmd("PASS sesame").startswith("-ERR"), "needs USER again")
c.cmd("USER ann@example.org")
c.cmd("USER")
t.ok(c.cmd("PASS sesame") == "-ERR USER first", "one that was taken")
# the client (0 and 1), the log, and the login
t.ok(c.fds() == 4, "nobody stays at the door meanwhile")
c.cmd("user ann@example.org")
got = c.cmd("pass sesame")
t.ok(got == IN, "the right one starts the server, as that user: %s" % got)
t.ok(c.cmd("LIST") == "+OK got LIST", "which has the connection")
t.ok(c.end() == 0, "and its end is the end")

c = Pop()
c.cmd("USER nobody@example.org")
t.ok(c.cmd("PASS sesame") == "-ERR [AUTH] wrong name or password",
     "an unknown user gets the same words")
c.cmd("UTF8")
c.send("USER ann@example.org\r\nPASS sesame\r\nSTAT\r\nLIST\r\n")
t.ok(c.line() == "+OK" and c.line().endswith(
     "utf8=1 pending=b'STAT\\r\\nLIST\\r\\n'"),
     "pipelined commands reach the server")
c.end()

c = Pop()
t.ok(c.cmd("AUTH PLAIN " + b64("\0ann@example.org\0sesame")) == IN,
     "AUTH PLAIN, initial response")
c.end()
c = Pop()
t.ok(c.cmd("AUTH PLAIN") == "+ ", "an empty challenge is a plus and a space")
t.ok(c.cmd(b64("\0ann@example.org\0sesame")) == IN, "and its answer")
c.end()
c = Pop()
t.ok(c.cmd("AUTH LOGIN") == "+ " + b64("Username:") and
     c.cmd(b64("ann@example.org")) == "+ " + b64("Password:") and
     c.cmd(b64("sesame")) == IN, "AUTH LOGIN")
c.end()

c = Pop()
for bad in ("=", "*", "AAA", "=AAA", "\0", b64("no nul"), b64("\0\0"),
            b64("eve\0ann@example.org\0sesame")):
    t.ok(c.cmd("AUTH PLAIN " + bad).startswith("-ERR"),
         "AUTH PLAIN with %r" % bad)
c.cmd("AUTH PLAIN")
t.ok(c.cmd("*") == "-ERR cancelled", "the client gives up")
t.ok(c.cmd("AUTH CRAM-MD5").startswith("-ERR"), "no CRAM-MD5")
t.ok(c.cmd("APOP a b").startswith("-ERR"), "no APOP")
t.ok(c.many("AUTH") == ["+OK", "SCRAM-SHA-256", "PLAIN", "LOGIN", "."],
     "AUTH lists")
t.ok(c.cmd("LANG en").startswith("+OK en ") and
     c.many("LANG")[1:] == ["en English", "."] and
     c.cmd("LANG x").startswith("-ERR"), "LANG")
t.ok(c.cmd("QUIT").startswith("+OK") and c.line() is None, "QUIT")
c.end()


def scram(c, password, cut="", gs2="n,,"):
    bare = "n=ann@example.org,r=abcdef"
    got = c.cmd("AUTH SCRAM-SHA-256 " + b64(gs2 + bare))
    if not got.startswith("+ "):
        return got
    first = base64.b64decode(got[2:]).decode()
    parts = dict(x.split("=", 1) for x in first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(),
                                 base64.b64decode(parts["s"]), int(parts["i"]))
    mac = lambda k, m: hmac.new(k, m.encode(), "sha256").digest()
    key = mac(salted, "Client Key")
    last = "c=%s,r=%s" % (b64(gs2), parts["r"])
    text = bare + "," + first + "," + last
    sign = mac(hashlib.sha256(key).digest(), text)
    proof = bytes(a ^ b for a, b in zip(key, sign))
    got = c.cmd(b64(last + ",p=" + b64(proof)))
    if not got.startswith("+ "):
        return got
    want = "v=" + b64(mac(mac(salted, "Server Key"), text))
    t.ok(base64.b64decode(got[2:]).decode() == want, "the server proves itself")
    return c.cmd(cut)


# Who acts for himself may write his name in another case (RFC 4616 section 2).
c = Pop()
t.ok(c.cmd("AUTH PLAIN " + b64("ANN@example.org\0ann@example.org\0sesame"))
     == IN, "PLAIN for oneself")
c.end()
c = Pop()
t.ok(scram(c, "sesame", gs2="n,a=Ann@Example.org,") == IN,
     "SCRAM for oneself")
c.end()
c = Pop()
t.ok(scram(c, "sesame", gs2="n,a=bob@example.org,").startswith("-ERR [AUTH]"),
     "and for nobody else")
c.end()
c = Pop()
t.ok(scram(c, "wrong").startswith("-ERR [AUTH]"), "SCRAM with a wrong password")
t.ok(scram(c, "sesame", "x").startswith("-ERR"), "an answer where none is due")
t.ok(scram(c, "sesame") == IN, "SCRAM-SHA-256")
c.end()

c = Pop()
c.cmd("AUTH SCRAM-SHA-256 " + b64("n,,n=ann@example.org,r=abcdef"))
p.kill()
p.wait()
p = door.start()
c.cmd("*")
c.cmd("USER ann@example.org")
t.ok(c.cmd("PASS sesame") == IN, "an exchange left in the middle harms no other")
c.end()

# Passwords need encryption, except here and where the administrator says so.
c = Pop(TCPREMOTEIP="192.0.2.1")
caps = c.many("CAPA")
t.ok("USER" not in caps and "SASL SCRAM-SHA-256" in caps,
     "no plain passwords over the network")
t.ok(c.cmd("USER ann@example.org").startswith("-ERR") and
     c.cmd("AUTH PLAIN AA==").startswith("-ERR"), "nor taken")
t.ok(scram(c, "sesame") == IN, "SCRAM is fine")
t.ok(c.cmd("SASL") == "+OK got  SCRAM-SHA-256", "and CAPA the same after it")
c.end()
# Where nobody can log in by SCRAM, no client shall prefer it.
os.rename(ROOT + "/control/passwd.cdb", ROOT + "/control/away")
c = Pop()
t.ok("SASL PLAIN LOGIN" in c.many("CAPA") and
     c.cmd("AUTH SCRAM-SHA-256") == "-ERR no such mechanism",
     "no accounts, no verifiers, no SCRAM")
c.end()
c = Pop(TCPREMOTEIP="192.0.2.1")
t.ok(not any("SASL" in x for x in c.many("CAPA")) and
     c.many("AUTH") == ["+OK", "."], "then there may be no mechanism at all")
c.end()
os.rename(ROOT + "/control/away", ROOT + "/control/passwd.cdb")
open(ROOT + "/control/authscram", "w").write("0\n")
c = Pop()
t.ok("SASL PLAIN LOGIN" in c.many("CAPA"), "nor where authscram says so")
c.end()
os.unlink(ROOT + "/control/authscram")
c = Pop(TCPREMOTEIP="192.0.2.1", PROTO="SSL")
t.ok("USER" in c.many("CAPA"), "a connection that is encrypted already")
c.cmd("USER ann@example.org")
t.ok(c.cmd("PASS sesame") == IN and
     c.cmd("SASL") == "+OK got  SCRAM-SHA-256 PLAIN LOGIN", "lets in")
c.end()
open(ROOT + "/control/plaintextauth", "w").write("1\n")
c = Pop(TCPREMOTEIP="192.0.2.1")
t.ok("USER" in c.many("CAPA"), "plaintextauth")
c.end()
os.unlink(ROOT + "/control/plaintextauth")

# STLS
c = Pop(tls=True, TCPREMOTEIP="192.0.2.1")
t.ok("STLS" in c.many("CAPA"), "STLS is offered")
c.send("STLS\r\nUSER evil\r\nPASS injected\r\n")
t.ok(c.line().startswith("+OK") and c.ctl.recv(10) == b"y", "STLS begins")
plain, c.s = c.s, c.inner
t.ok(c.cmd("PASS x") == "-ERR USER first",
     "what was sent in the clear behind it is gone")
caps = c.many("CAPA")
t.ok("USER" in caps and "STLS" not in caps, "and now passwords are welcome")
c.cmd("USER ann@example.org")
t.ok(c.cmd("PASS sesame") == IN, "the login")
t.ok(c.cmd("X") == "+OK got X", "goes on encrypted")
plain.close()
c.end()

# EXTERNAL
open(ROOT + "/control/authexternal", "w").write("CERT_USER\n")
c = Pop(CERT_USER="ann@example.org", PROTO="SSL")
t.ok(any("EXTERNAL" in x for x in c.many("CAPA")), "EXTERNAL, vouched for")
t.ok(c.cmd("AUTH EXTERNAL " + b64("bob@example.org")).startswith("-ERR"),
     "for nobody else")
t.ok(c.cmd("AUTH EXTERNAL =") == IN, "lets in")
c.end()
c = Pop()
t.ok(not any("EXTERNAL" in x for x in c.many("CAPA")), "not without")
t.ok(c.cmd("AUTH EXTERNAL =").startswith("-ERR"), "nor taken")
c.end()
os.unlink(ROOT + "/control/authexternal")

# A checkpassword chain
c = Pop(args=("postern-checkpw", SERVER))
t.ok("SASL PLAIN LOGIN" in c.many("CAPA"), "with checkpassword no SCRAM")
c.cmd("USER ann@example.org")
t.ok(c.cmd("PASS wrong").startswith("-ERR [AUTH]"), "its no")
c.send("USER ann@example.org\r\nPASS sesame\r\nSTAT\r\n")
t.ok(c.line() == "+OK" and c.line() == IN.replace("b''", "b'STAT\\r\\n'"),
     "its yes")
t.ok(c.cmd("X") == "+OK got X", "and the session")
t.ok(c.end() == 0, "to its end")
for code, says in (1, "AUTH"), (100, "AUTH"), (111, "SYS/TEMP"), \
        (2, "SYS/TEMP"), (4, "SYS/TEMP"):
    c = Pop(args=("sh", "-c", "exit %d" % code))
    c.cmd("USER a")
    t.ok(c.cmd("PASS b").startswith("-ERR [%s]" % says), "exit %d" % code)
    c.end()
c = Pop(args=("sh", "-c", "kill -SEGV $$"))
c.cmd("USER a")
t.ok(c.cmd("PASS b").startswith("-ERR [SYS/TEMP]") and c.line() is None,
     "one that dies is no silent end")
c.end()
FILL = """import os, signal, socket
try:
    while True:
        socket.socket(fileno=os.dup(1)).send(b"x" * 9999, socket.MSG_DONTWAIT)
except BlockingIOError:
    os.kill(os.getpid(), signal.SIGKILL)"""
c = Pop(args=("python3", "-c", FILL))
c.cmd("USER a")
c.s.sendall(b"PASS b\r\n")
t.ok(c.p.wait(20) == 111, "nor is a client waited for that takes nothing")
c.s.close()
t.ok("fatal: sh died of signal 11" in open(ROOT + "/log/login").read(),
     "and is told of")
c = Pop(args=("sh", "-c", "od -An -c <&3 | tr -d ' \\n'; exit 1"))
c.cmd("USER a")
t.ok(c.cmd("PASS b  c ") == "a\\0bc\\0\\0-ERR [AUTH] wrong name or password",
     "what it hears on descriptor 3")
c.end()

# Hostile
c = Pop()
c.send(b"USER " + b"a" * 100000 + b"\r\n")
t.ok(c.line() == "-ERR bad line", "a long line")
t.ok(c.cmd("USER a\0b").startswith("-ERR") and
     c.cmd("AUTH " + "x" * 900).startswith("-ERR") and
     c.cmd("\xff\xfe\0").startswith("-ERR"), "NULs and worse")
c.send("USER a\r\nPASS b\r\n" * 10)
got = []
while (line := c.line()) is not None:
    got.append(line)
t.ok(sum("[AUTH]" in g for g in got) == 5, "five guesses, pipelined or not")
t.ok(c.end() in (0, 1), "then it ends")
c = Pop()
c.send("NONSENSE\r\n" * 100)
n = 0
while c.line() is not None:
    n += 1
t.ok(n == 20, "twenty errors")
c.end()
for cut in ("", "US", "USER ann@example.org\r\nPASS ses", "AUTH PLAIN\r\n",
            "AUTH LOGIN\r\n" + b64("ann@example.org") + "\r\n"):
    c = Pop()
    c.send(cut)
    t.ok(c.end() in (0, 1), "the client goes after %r" % cut)

c = Pop()
with open("/proc/%d/task/%d/children" % (c.p.pid, c.p.pid)) as f:
    os.kill(int(f.read()), signal.SIGTERM)
t.ok(c.end() == 111 and "the login died of signal 15" in
     open(ROOT + "/log/login").read(), "a login that dies is told of")

open(ROOT + "/control/plaintextauth", "w").write("yes\n")
c = Pop()
t.ok(c.banner == "-ERR [SYS/TEMP] no service now",
     "who cannot be served is told so")
c.end()
os.unlink(ROOT + "/control/plaintextauth")

p.terminate()
p.wait()
c = Pop()
c.cmd("USER ann@example.org")
t.ok(c.cmd("PASS sesame").startswith("-ERR [SYS/TEMP]"), "no door: for now")
c.end()
t.done()
