"""The house around postern-send: spawners, workers and the users door played
by threads over real sockets; the entrance is the real postern-queue -l."""
import array, fcntl, os, re, resource, signal, socket, subprocess, sys, threading, time

ROOT = os.environ['ROOT']
QUEUE = ROOT + '/queue'

def packet(kind, *fields):
    out = b'\1' + kind.encode()
    for f in fields:
        out += (f if isinstance(f, bytes) else
                str(f).encode('utf-8', 'surrogateescape')) + b'\0'
    return out

def fields(data):
    return data[1:2].decode(), [p.decode('utf-8', 'surrogateescape')
                                for p in data[2:-1].split(b'\0')]

def receive(sock):
    """(type, fields, descriptors); None at the end."""
    try:
        data, anc, _, _ = sock.recvmsg(70000, socket.CMSG_SPACE(64))
    except OSError:
        return None
    if not data:
        return None
    fds = array.array('i')
    for _, _, b in anc:
        fds.frombytes(b[:len(b) - len(b) % fds.itemsize])
    return fields(data) + (list(fds),)

def seqpair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

def netstring(b):
    return b'%d:%s,' % (len(b), b)

class Transaction:
    def __init__(self, f, fd):
        (self.tid, self.id, self.birth, self.offset, self.size, self.sender,
         self.flags, self.envid, count) = f[:9]
        self.tid, self.offset, self.size = map(
            int, (self.tid, self.offset, self.size))
        rest = f[9:]
        self.rcpts = [dict(zip(('index', 'address', 'notify', 'orcpt', 'dash',
                                'ext'), rest[i * 6:i * 6 + 6]))
                      for i in range(int(count))]
        self.file = b''
        if fd is not None:
            self.file = os.pread(fd, 1 << 24, 0)
            self.mode = fcntl.fcntl(fd, fcntl.F_GETFL) & 3
            self.name = os.readlink('/proc/self/fd/%d' % fd)
            os.lseek(fd, 7, os.SEEK_SET)
            os.close(fd)
        self.text = self.file[self.offset:self.offset + self.size]

def below(pid):
    """Its children and theirs."""
    try:
        with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
            children = f.read().split()
    except FileNotFoundError:       # it has ended
        return
    for child in map(int, children):
        yield child
        yield from below(child)

def says(class_, code, text):
    """A policy: the same for every recipient."""
    return lambda kind, key, t, r: (class_, code, text)

DONE = says('K', '2.0.0', 'ok\n')
LATER = says('Z', '4.2.0', 'later\n')

class House:
    """
    policy(kind, key, transaction, rcpt) -> (class, code, text[, action]), or
    bytes to send as they are, or None for no answer at all.
    ready(kind, key) -> True, None (never), or (class, code, text) for UNREADY.
    owner(name) -> (user, uid, gid, home, dash, ext), ('D' or 'Z', code, text),
    or None (no answer).
    whose(name) -> (user, uid, gid, home), as lspawn is told.
    hands(kind, key): does the worker's descriptor come with the answer?
    """
    def __init__(self):
        self.policy = says('K', '2.0.0', 'done\n')
        self.ready = lambda kind, key: True
        self.owner = lambda name: ('u', 1000, 1000, '/home/u', '', '')
        self.owned = {}         # name: whose it is, as send was told last
        self.whose = lambda name: self.owned[name]
        self.hands = lambda kind, key: True
        self.peer = '192.0.2.1'
        self.seen = []          # (kind, key, transaction)
        self.spawned = []       # (kind, key)
        self.asked = []
        self.delay = 0
        self.gate = None        # an Event that deliveries wait for
        self.lock = threading.Lock()
        self.in_hand = self.most_in_hand = 0
        self.send = None
        self.log_name = ROOT + '/log/send'
        self.children = []

    # ---- the programs ----

    def listen(self, name, kind):
        try:
            os.unlink(QUEUE + '/' + name)
        except FileNotFoundError:
            pass
        s = socket.socket(socket.AF_UNIX, kind)
        s.bind(QUEUE + '/' + name)
        s.listen(128)
        return s

    def entrance(self):
        self.injector = self.listen('injector', socket.SOCK_STREAM)
        life, self.life = os.pipe()
        fd, life = self.up(os.dup(self.injector.fileno())), self.up(life)
        def arrange():
            os.dup2(fd, 0)
            os.dup2(life, 5)
            os.closerange(6, 3000)
        self.children.append(subprocess.Popen(['postern-queue', '-l'],
            preexec_fn=arrange, close_fds=False))

    def start(self, wrap=()):
        if not self.children:
            self.entrance()
        self.door = self.listen('users', socket.SOCK_SEQPACKET)
        threading.Thread(target=self.serve_door, args=(self.door,),
                         daemon=True).start()
        control = self.listen('control', socket.SOCK_SEQPACKET)
        ends = [os.dup(control.fileno())]
        control.close()
        self.spawners = []
        for kind in ('local', 'remote'):
            mine, theirs = seqpair()
            self.spawners.append(mine)
            ends.append(os.dup(theirs.fileno()))
            theirs.close()
            threading.Thread(target=self.serve_spawner, args=(kind, mine),
                             daemon=True).start()
        ends = [self.up(fd) for fd in ends]
        def arrange():
            for fd, at in zip(ends, (0, 3, 4)):
                os.dup2(fd, at)
            os.closerange(5, 3000)
        with open(self.log_name, 'ab') as log:
            self.send = subprocess.Popen(list(wrap) + ['postern-send'],
                preexec_fn=arrange, close_fds=False, stderr=log)
        for fd in ends:
            os.close(fd)
        return self

    def up(self, fd):
        high = fcntl.fcntl(fd, fcntl.F_DUPFD, 200)
        os.close(fd)
        return high

    def stop(self, sig=signal.SIGTERM):
        self.send.send_signal(sig)
        self.send.wait(20)
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        return self.send.returncode

    def end(self):
        if self.send and self.send.poll() is None:
            self.send.kill()
            self.send.wait()
        for c in self.children:
            c.kill()
            c.wait()

    # ---- the doubles ----

    def serve_door(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.asker = sock
            threading.Thread(target=self.serve_asker, args=(sock,),
                             daemon=True).start()

    def serve_asker(self, sock):
        while (got := receive(sock)) is not None:
            tag, name = got[1]
            self.asked.append(name)
            a = self.owner(name)
            if a is None:
                continue
            try:
                if len(a) == 3:
                    sock.send(packet(a[0], tag, *a[1:]))
                else:
                    self.owned[name] = a[:4]
                    sock.send(packet('O', tag, *a))
            except OSError:
                return

    def serve_spawner(self, kind, sock):
        while (got := receive(sock)) is not None:
            tag, key = got[1]
            self.spawned.append((kind, key))
            mine, theirs = seqpair()
            fds = [theirs.fileno()] if self.hands(kind, key) else []
            try:
                sock.sendmsg([packet('W', tag, *self.whose(key)
                    if kind == 'local' else ())], [(socket.SOL_SOCKET,
                    socket.SCM_RIGHTS, array.array('i', fds))])
            except OSError:
                return
            theirs.close()
            threading.Thread(target=self.serve_worker,
                args=(kind, key, mine), daemon=True).start()

    def serve_worker(self, kind, key, sock):
        try:
            ready = self.ready(kind, key)
            if ready is None:
                receive(sock)
            elif ready is not True:
                sock.send(packet('F', *ready, self.peer))
            else:
                sock.send(packet('R', self.peer))
                self.work(kind, key, sock)
        except OSError:
            pass
        finally:
            sock.close()

    def work(self, kind, key, sock):
        while (got := receive(sock)) is not None:
            type_, f, fds = got
            assert type_ == 'T', got
            t = Transaction(f, fds[0] if fds else None)
            with self.lock:
                self.in_hand += 1
                self.most_in_hand = max(self.most_in_hand, self.in_hand)
            self.seen.append((kind, key, t))
            if self.delay:
                time.sleep(self.delay)
            if self.gate:
                self.gate.wait(120)
            with self.lock:
                self.in_hand -= 1
            for i, r in enumerate(t.rcpts):
                a = self.policy(kind, key, t, r)
                if a is None:
                    continue
                if isinstance(a, bytes):
                    sock.send(a)
                    continue
                action = a[3] if len(a) > 3 else 'delivered'
                sock.send(packet(a[0], t.tid, i, a[1], a[2], self.peer,
                                 action))

    # ---- mail ----

    def session(self):
        s = socket.socket(socket.AF_UNIX)
        s.connect(QUEUE + '/injector')
        return s

    def inject(self, rcpts, text=b'Subject: test\n\nbody\n',
               sender='joe@example.org', more=b'', sock=None):
        """rcpts: addresses, or tuples (address, record, ...)"""
        s = sock or self.session()
        env = b'F' + sender.encode() + b'\0' + more
        for r in rcpts:
            if isinstance(r, str):
                r = (r,)
            env += b'T' + b''.join(x.encode() + b'\0' for x in r)
        env += b'\0'
        out = b''
        for part in (text, env):
            for i in range(0, len(part), 60000):
                out += netstring(part[i:i + 60000])
            out += b'0:,'
        s.sendall(out + netstring(b'C'))
        got = b''
        while not got.endswith(b','):
            d = s.recv(1000)
            assert d, 'no answer from the entrance'
            got += d
        if sock is None:
            s.close()
        words = got.split(b':', 1)[1].split()
        assert words[0] == b'0', got
        return words[1].decode()

    # ---- what can be seen ----

    def log(self):
        with open(self.log_name, errors='surrogateescape') as f:
            return f.read()

    def logged(self, regex):
        return re.findall(regex, self.log(), re.M)

    def waits(self, what, seconds=45):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return True
            time.sleep(0.01)
        return bool(what())

    def logs(self, regex, count=1, seconds=45):
        return self.waits(lambda: len(self.logged(regex)) >= count, seconds)

    def files(self, where):
        return sorted(os.listdir(QUEUE + '/' + where))

    def empty(self):
        return not (self.files('new') or self.files('cur') or
                    self.files('report'))

    def ctl(self, *args):
        r = subprocess.run(['postern-ctl', *args], capture_output=True,
                           text=True)
        return r.returncode, r.stdout + r.stderr

    def control(self, name, *lines):
        with open(ROOT + '/control/' + name, 'w') as f:
            f.write('\n'.join(lines) + '\n')

    def hup(self):
        n = len(self.logged('^status: local'))
        self.send.send_signal(signal.SIGHUP)
        return self.waits(lambda: len(self.logged('^status: local')) > n)

    def alrm(self):
        self.send.send_signal(signal.SIGALRM)

class Check:
    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, what, more=None):
        self.n += 1
        print('%sok %d - %s' % ('' if good else 'not ', self.n, what))
        if not good:
            self.bad += 1
            if more is not None:
                for line in str(more).split('\n')[-40:]:
                    print('#', line[:300])
        sys.stdout.flush()
        return good

    def eq(self, got, want, what):
        return self.ok(got == want, what, 'got %r\nwanted %r' % (got, want))

    def done(self, house=None):
        if house is not None:
            if self.bad:
                print('# log:')
                for line in house.log().split('\n')[-40:]:
                    print('#', line[:300])
            house.end()
        print('1..%d' % self.n)
        sys.stdout.flush()
        os._exit(self.bad > 0)
