"""The packets of lib/wire, spoken by tests: a worker, lspawn, the users door."""
import array, os, socket, subprocess, sys, time

def packet(kind, *fields):
    out = b'\1' + kind.encode()
    for f in fields:
        if isinstance(f, int):
            f = str(f)
        if isinstance(f, str):
            f = f.encode('utf-8', 'surrogateescape')
        out += f + b'\0'
    return out

def fields(data):
    assert data[:1] == b'\1' and data[-1:] == b'\0', data
    parts = data[2:-1].split(b'\0')
    return data[1:2].decode(), [p.decode('utf-8', 'surrogateescape')
                                for p in parts]

def pair():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    a.settimeout(20)
    return a, b

def send(sock, data, *fds):
    sock.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                           array.array('i', fds))] if fds else [])

def receive(sock):
    """(type, fields, descriptors); None at the end."""
    data, anc, _, _ = sock.recvmsg(70000, socket.CMSG_SPACE(64))
    if not data:
        return None
    fds = array.array('i')
    for level, kind, bytes_ in anc:
        fds.frombytes(bytes_[:len(bytes_) - len(bytes_) % fds.itemsize])
    return fields(data) + (list(fds),)

def message(text, offset=0):
    """A descriptor, open for reading only, of a file with text at offset."""
    path = os.path.join(os.environ['ROOT'], 'msg.%d' % time.monotonic_ns())
    with open(path, 'wb') as f:
        f.write(b'#' * offset + text)
    fd = os.open(path, os.O_RDONLY)
    os.unlink(path)
    return fd

def rcpt(address, dash='', ext='', index=0, notify=0, orcpt=''):
    return (index, address, notify, orcpt, dash, ext)

class Worker:
    """A postern-local -w (or a socket that lspawn gave)."""
    def __init__(self, home=None, sock=None, user='me', prefix=(), env=None):
        self.process = None
        if sock is None:
            sock, theirs = pair()
            self.process = subprocess.Popen(
                list(prefix) + ['postern-local', '-w', user, home],
                stdin=theirs, env=env)
            theirs.close()
        self.sock = sock
        self.tid = 0

    def ready(self):
        got = receive(self.sock)
        return got and got[0]

    def send(self, text, *rcpts, id='1700000000123456', birth=None,
             sender='joe@example.org', flags=0, envid='', offset=0, tid=None,
             size=None):
        if birth is None:
            birth = time.time_ns() // 1000
        self.tid += 1
        fd = message(text, offset)
        f = [tid or self.tid, id, birth, offset,
             len(text) if size is None else size, sender, flags, envid,
             len(rcpts)]
        for r in rcpts:
            f += r
        send(self.sock, packet('T', *f), fd)
        os.close(fd)
        return self.tid

    def result(self):
        """[type, tid, position, code, text, peer, action]; None: closed."""
        got = receive(self.sock)
        return got and [got[0]] + got[1]

    def deliver(self, text, r, **more):
        self.send(text, r, **more)
        return self.result()

    def close(self):
        self.sock.close()
        return self.process.wait(20) if self.process else None

class House:
    """postern-users and postern-lspawn, joined as postern-start joins them."""
    def __init__(self):
        self.send_sock, theirs = pair()
        users_end, lspawn_end = pair()
        door, door_end = pair()
        life, self.life = os.pipe()
        path = os.environ['ROOT'] + '/queue/users'
        l = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        l.bind(path)
        l.listen(5)
        self.users = self.run('postern-users', {
            0: l.fileno(), 3: users_end.fileno(), 4: door.fileno(), 5: life})
        self.lspawn = self.run('postern-lspawn', {
            0: theirs.fileno(), 3: lspawn_end.fileno(),
            4: door_end.fileno()})
        for x in l, theirs, users_end, lspawn_end, door, door_end:
            x.close()
        os.close(life)
        self.door = self.client()
        self.tag = 0

    def client(self):
        c = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        c.settimeout(30)
        c.connect(os.environ['ROOT'] + '/queue/users')
        return c

    @staticmethod
    def run(prog, fds):
        def setup():
            for k, f in fds.items():
                os.dup2(f, k + 100)
            for k in fds:
                os.dup2(k + 100, k)
                os.close(k + 100)
        return subprocess.Popen([prog], preexec_fn=setup, close_fds=False)

    def owner(self, local):
        """(type, fields without the tag)"""
        return self.ask('A', local)

    def exists(self, address):
        return self.ask('C', address)

    def ask(self, kind, what):
        self.tag += 1
        send(self.door, packet(kind, self.tag, what))
        got = receive(self.door)
        assert got[1][0] == str(self.tag), got
        return got[0], got[1][1:]

    def spawn(self, key):
        send(self.send_sock, packet('S', 3, key))
        return receive(self.send_sock)

    def worker(self, key):
        w = Worker(sock=socket.socket(fileno=self.spawn(key)[2][0]))
        w.sock.settimeout(20)
        return w

    def end(self):
        """Exit codes of users and lspawn when everybody else has gone."""
        self.send_sock.close()
        os.close(self.life)
        return self.users.wait(20), self.lspawn.wait(20)

class Check:
    """TAP."""
    n = bad = 0
    def ok(self, good, what, *why):
        self.n += 1
        print('%sok %d - %s' % ('' if good else 'not ', self.n, what))
        if not good:
            self.bad += 1
            for w in why:
                print('# got: %r' % (w,))
        sys.stdout.flush()
    def eq(self, got, want, what):
        self.ok(got == want, what, got, want)
    def done(self):
        print('1..%d' % self.n)
        sys.exit(self.bad > 0)

def ls(*path):
    try:
        return sorted(os.listdir(os.path.join(*path)))
    except FileNotFoundError:
        return None

def home(name='joe'):
    path = os.path.join(os.environ['ROOT'], 'home', name)
    os.makedirs(path, 0o700)
    return path

def maildir(path):
    for d in 'tmp', 'new', 'cur':
        os.makedirs(os.path.join(path, d), 0o700)
    return path

def slurp(*path):
    with open(os.path.join(*path), 'rb') as f:
        return f.read()

def spit(text, *path, mode=0o600):
    path = os.path.join(*path)
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)
    return path
