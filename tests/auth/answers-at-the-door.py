import os, subprocess, threading, time
from door import *

t = Tap()
by_hand = subprocess.run([BIN + "/postern-auth"], stdin=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, timeout=20)
t.ok(by_hand.returncode == 111 and b"not the auth door" in by_hand.stderr,
     "by hand it says that it lacks its door")
p = start()
d = Door()


# Who asks nothing, or nothing more, is left: these two are looked at last.
silent, tired = Door(), Door()
silent_at = time.monotonic()
tired.verify("eve@example.org", "x", "192.0.2.8")
tired_at = time.monotonic()


def timed(f, *a):
    began = time.monotonic()
    return f(*a), time.monotonic() - began


def log():
    return open(ROOT + "/log/auth").read()


def yes(user, password, peer="192.0.2.1"):
    return d.verify(user, password, peer)[0] == "K"


got, took = timed(d.verify, "Ann@Example.ORG", "sesame")
t.ok(got[0] == "K", "the right password")
t.ok(got[1][0] == b"ann@example.org", "gives the name as it is written")
t.ok(int(got[1][1]) == os.getuid(), "and the uid")
t.ok(got[1][3].endswith(b"/virtual/example.org/ann"), "and the home")
t.ok(took < 1.8, "at once")
t.ok(yes("bob@example.org", "simsim"), "a crypt hash")
t.ok(yes("carl@example.org", os.environ["APP"]), "an application password")
t.ok("192.0.2.1 postern-auth-success service=test user=ann@example.org "
     "app=-\n" in log(), "who logs in is logged")
t.ok("192.0.2.1 postern-auth-success service=test user=carl@example.org "
     "app=phone\n" in log(), "and with what application's password")

wrong, took1 = timed(d.verify, "ann@example.org", "sesam", "192.0.2.2")
unknown, took2 = timed(d.verify, "eve@example.org", "sesame", "192.0.2.2")
t.ok(wrong == unknown and wrong[0] == "D",
     "a wrong password and an unknown user look the same")
t.ok(1.9 < took1 < 9 and 1.9 < took2 < 9, "and take the same time")
t.ok("192.0.2.2 postern-auth-failure service=test user=ann@example.org "
     "why=password\n" in log(), "one is logged")
t.ok("192.0.2.2 postern-auth-failure service=test user=eve@example.org "
     "why=unknown\n" in log(), "so is the other")
t.ok(not yes("dora@example.org", "sesame", "192.0.2.3"), "a locked account")
t.ok(not yes("carl@example.org", "", "192.0.2.3"), "no password, no login")
t.ok(not yes("a\nb x", "c", "192.0.2.4") and "user=a%0Ab%20x " in log(),
     "a name cannot forge a log line")

# Several at a time do not wait for each other's delay.
others = [Door() for _ in range(5)]
began = time.monotonic()
for i, o in enumerate(others):
    o.send("V", "test", "ann@example.org", "x", "198.51.100.%d" % i)
d2 = Door()
t.ok(d2.verify("ann@example.org", "sesame", "192.0.2.1")[0] == "K" and
     time.monotonic() - began < 1.8, "a refusal makes nobody else wait")
t.ok(all(o.recv()[0] == "D" for o in others) and
     time.monotonic() - began < 9, "refusals wait side by side")
for o in others:
    o.s.close()

# SCRAM
kind, got = scram(d, "ann@example.org", "sesame")
t.ok(kind == "K" and got[0] == b"ann@example.org" and got[-1] is True,
     "SCRAM-SHA-256, both sides proved")
t.ok(scram(d, "ann@example.org", "sesam", "192.0.2.5")[0] == "D",
     "SCRAM with a wrong password")
first = lambda: d.ask("S", "test", "", "n,,n=eve@example.org,r=abc")
a, b = first(), first()
salt = lambda got: got[1][0].split(b",")[1]
t.ok(a[0] == "C" and salt(a) == salt(b), "an unknown user has a stable salt")
stable = salt(a)
c = d.ask("S", "test", "", "n,,n=EVE@Example.ORG,r=abc")
t.ok(salt(c) == stable, "whatever the case, as known users have")
c = d.ask("S", "test", "", "n,,n=eve@test.example,r=abc")
e = d.ask("S", "test", "", "n,,n=eve,r=abc")
t.ok(salt(c) == salt(e) != stable, "with a local domain or without")
t.ok(scram(d, "eve@example.org", "x", "192.0.2.5")[0] == "D",
     "and never gets in")
t.ok(d.ask("S", "test", "192.0.2.6", "p=tls-unique,,n=a,r=b")[0] == "D",
     "channel binding is refused")
t.ok(d.ask("R", "c=biws,r=x,p=AAAA")[0] in "DZ", "no proof out of turn")

# An exchange for one user is no proof of another when things go wrong between.
def proof_of(mine, name, password):
    """A proof as of the challenge mine, which never went out for name."""
    parts = dict(p.split("=", 1) for p in mine.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(),
                                 base64.b64decode(parts["s"]), int(parts["i"]))
    mac = lambda k, m: hmac.new(k, m.encode(), "sha256").digest()
    key, last = mac(salted, "Client Key"), "c=biws,r=abcdef"
    sign = mac(hashlib.sha256(key).digest(), "n=%s,r=abcdef,,%s" % (name, last))
    return last + ",p=" + base64.b64encode(
        bytes(a ^ b for a, b in zip(key, sign))).decode()


o = Door()
cdb = ROOT + "/control/passwd.cdb"
mine = o.ask("S", "test", "", "n,,n=ann@example.org,r=abcdef")[1][0].decode()
os.rename(cdb, cdb + ".away")
open(cdb, "w").write("damaged")
t.ok(o.ask("S", "test", "", "n,,n=bob@example.org,r=abcdef")[0] == "Z",
     "a damaged passwd.cdb is trouble, not a no")
os.rename(cdb + ".away", cdb)
t.ok(o.ask("R", proof_of(mine, "bob@example.org", "sesame"))[0] != "K",
     "ann's password is no proof of bob")

# vouching
t.ok(d.ask("E", "test", "ann@example.org", "")[0] == "K", "vouched for")
t.ok(d.ask("E", "test", "dora@example.org", "")[0] == "D", "but not locked")

# changes count at once
subprocess.run(["postern", "user", "app-revoke", "carl@example.org", "phone"])
t.ok(not yes("carl@example.org", os.environ["APP"], "192.0.2.7"),
     "a revoked application password")
subprocess.run(["postern", "user", "passwd", "bob@example.org"],
               input=b"fresh\n")
t.ok(yes("bob@example.org", "fresh") and
     not yes("bob@example.org", "simsim", "192.0.2.7"), "a new password")

# limits: six failures from one network within ten minutes
many = [Door() for _ in range(6)]
for o in many:
    o.send("V", "test", "ann@example.org", "x", "203.0.113.9")
for o in many:
    o.recv()
t.ok(not yes("ann@example.org", "sesame", "203.0.113.9") and
     "203.0.113.9 postern-auth-failure service=test user=ann@example.org "
     "why=limit" in log(), "too many failures from one place")
t.ok(yes("ann@example.org", "sesame"), "do not lock out from elsewhere")

# rubbish
for bad in (b"", b"\x01", b"\x02V", b"\x01V" + b"a\0" * 3,
            b"\x01V" + b"a" * 300 + b"\0b\0c\0d\0", b"\x01Q\0",
            b"\x01V" + b"s\0u\0p\0i\0extra\0"):
    o = Door()
    o.s.send(bad) if bad else o.s.close()
    if bad:
        t.ok(o.recv() is None, "rubbish ends the connection: %r" % bad[:12])
t.ok(yes("ann@example.org", "sesame"), "and nothing else")

# idle clients
for o, since, what in ((silent, silent_at, "asks nothing"),
                       (tired, tired_at, "was refused and asks no more")):
    t.ok(o.recv() is None and 28 < time.monotonic() - since < 50,
         "a client that %s is hung up on" % what)
d = Door()

# workers come back
pids = subprocess.run(["pgrep", "-P", str(p.pid)], capture_output=True,
                      text=True).stdout.split()
t.ok(len(pids) > 0, "there are workers")
for pid in pids:
    os.kill(int(pid), 9)
ends = time.monotonic() + 30
while not yes("ann@example.org", "sesame") and time.monotonic() < ends:
    pass
t.ok(yes("ann@example.org", "sesame"), "a dead worker is replaced")
p.terminate()
t.ok(p.wait(30) is not None, "it ends when told")

# after 5,000 questions a worker makes room for a new one
with open(ROOT + "/control/concurrencyauth", "w") as f:
    f.write("1\n")
p = start()
askers = [Door() for _ in range(4)]
refused = 0
for _ in range(1500):
    for o in askers:
        o.send("E", "test", "ann@example.org", "")
    refused += sum(o.recv()[0] != "K" for o in askers)
t.ok(refused == 0, "a worker that has done its share loses no question")
d = Door()
t.ok(salt(first()) == stable, "an unknown user's salt outlives a restart")
p.terminate()
p.wait(30)

# a secret that cannot be used is not lost
secret = ROOT + "/control/authsecret"
t.ok(os.path.getsize(secret) == 32 and os.stat(secret).st_mode & 0o777 == 0o600,
     "the secret is stored for root")
with open(secret, "w") as f:
    f.write("restored by half")
p = start()
d = Door()
t.ok(yes("ann@example.org", "sesame") and first()[0] == "C",
     "a damaged secret keeps nobody out")
t.ok(open(secret).read() == "restored by half" and
     "cannot use control/authsecret" in log(), "and is kept, and named")
p.terminate()
p.wait(30)
t.done()
