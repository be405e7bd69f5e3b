"""What the tests of auth/ share: the auth door as a client, and its start."""
import atexit, base64, hashlib, hmac, os, socket, subprocess, sys

ROOT = os.environ["POSTERN_ROOT"]
BIN = os.environ["BIN"]


def packet(kind, *fields):
    return b"\x01" + kind.encode() + b"".join(
        (f if isinstance(f, bytes) else f.encode()) + b"\0" for f in fields)


def start(program="postern-auth"):
    """Runs the door as postern-start would: the socket is descriptor 0."""
    path = ROOT + "/queue/auth"
    if os.path.exists(path):
        os.unlink(path)
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.bind(path)
    s.listen(100)
    s.setblocking(False)
    log = open(ROOT + "/log/auth", "ab")
    p = subprocess.Popen([BIN + "/" + program], stdin=s, stdout=log, stderr=log)
    atexit.register(p.kill)
    s.close()
    return p


class Door:
    def __init__(self):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.connect(ROOT + "/queue/auth")
        self.s.settimeout(50)

    def send(self, kind, *fields):
        self.s.send(packet(kind, *fields))

    def recv(self):
        got = self.s.recv(65536)
        if not got:
            return None
        return chr(got[1]), got[2:-1].split(b"\0")

    def ask(self, kind, *fields):
        self.send(kind, *fields)
        return self.recv()

    def verify(self, user, password, peer="192.0.2.1"):
        return self.ask("V", "test", user, password, peer)


def scram(door, user, password, peer="192.0.2.1"):
    """A client of SCRAM-SHA-256: the last answer, and what was wrong."""
    bare = "n=" + user + ",r=abcdef"
    kind, got = door.ask("S", "test", peer, "n,," + bare)
    if kind != "C":
        return kind, got
    first = got[0].decode()
    parts = dict(p.split("=", 1) for p in first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(),
                                 base64.b64decode(parts["s"]), int(parts["i"]))
    mac = lambda k, m: hmac.new(k, m.encode(), "sha256").digest()
    key = mac(salted, "Client Key")
    last = "c=biws,r=" + parts["r"]
    text = bare + "," + first + "," + last
    sign = mac(hashlib.sha256(key).digest(), text)
    proof = bytes(a ^ b for a, b in zip(key, sign))
    kind, got = door.ask("R", last + ",p=" + base64.b64encode(proof).decode())
    if kind == "K":
        want = mac(mac(salted, "Server Key"), text)
        got.append(base64.b64decode(got[-1][2:]) == want)
    return kind, got


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, what):
        self.n += 1
        if not good:
            self.failed += 1
        print("%sok %d - %s" % ("" if good else "not ", self.n, what),
              flush=True)

    def done(self):
        print("1..%d" % self.n)
        sys.exit(self.failed > 0)
