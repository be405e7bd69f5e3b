"""A mail exchanger that misbehaves as told, and our worker talking to it."""
import os, socket, struct, subprocess, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'local'))
from wire import *

ALL = ['PIPELINING', 'SIZE 100000000', '8BITMIME', 'SMTPUTF8', 'DSN',
       'ENHANCEDSTATUSCODES']

class Gone(Exception):
    pass

class Connection:
    """One client: .lines are its commands, .messages what came after DATA."""
    def __init__(self, server, sock):
        self.server, self.sock = server, sock
        self.lines, self.messages, self.raw = [], [], b''
        self.reads = []
        self.rest = b''
        self.closed = None

    def say(self, text):
        if isinstance(text, str):
            text = text.encode()
        if text:
            self.sock.sendall(text)

    def fill(self):
        got = self.sock.recv(65536)
        if not got:
            raise Gone()
        self.reads.append(got)
        self.rest += got

    def line(self):
        while b'\n' not in self.rest:
            self.fill()
        line, self.rest = self.rest.split(b'\n', 1)
        assert line[-1:] == b'\r', line
        return line[:-1]

    def message(self):
        """The bytes up to the final dot, dots still doubled."""
        data = bytearray(b'\r\n' + self.rest)
        self.rest, seen = b'', 0
        while True:
            at = data.find(b'\r\n.\r\n', max(seen - 4, 0))
            if at >= 0:
                self.rest = bytes(data[at + 5:])
                return bytes(data[2:at + 2])
            seen = len(data)
            self.fill()
            data += self.rest
            self.rest = b''

    def reset(self):
        """Closes with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack('ii', 1, 0))
        self.sock.close()
        raise Gone()

    def bye(self):
        self.sock.close()
        raise Gone()

    def run(self):
        s = self.server
        try:
            self.answer('greeting', b'')
            while True:
                line = self.line()
                self.lines.append(line.decode('utf-8', 'surrogateescape'))
                verb = line[:4].upper().decode('ascii', 'replace')
                self.answer(verb, line)
                if verb == 'QUIT':
                    break
                if verb == 'DATA' and self.said[:1] == b'3':
                    self.body()
            self.closed = 'quit'
        except Gone:
            self.closed = 'gone'
        except OSError as e:
            self.closed = 'error %s' % e
        finally:
            self.sock.close()

    def body(self):
        self.answer('body', b'')
        self.messages.append(self.message())
        self.answer('dot', b'')

    def answer(self, what, line):
        said = self.server.call(what, self, line)
        if isinstance(said, str):
            said = said.encode()
        self.said = said or b''
        self.say(self.said)

class Fake:
    """how: what to say after what: text, or a function (connection, line)."""
    def __init__(self, ip='127.0.0.1', port=0, offers=ALL, backlog=50, **how):
        self.how, self.offers, self.connections = how, offers, []
        self.listener = socket.socket(
            socket.AF_INET6 if ':' in ip else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((ip, port))
        self.listener.listen(backlog)
        self.ip = ip
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            c = Connection(self, sock)
            self.connections.append(c)
            threading.Thread(target=c.run, daemon=True).start()

    def call(self, what, connection, line):
        how = self.how.get(what)
        if how is None:
            return self.usual(what)
        return how(connection, line) if callable(how) else how

    def usual(self, what):
        if what == 'EHLO':
            lines = ['fake.example greets you'] + self.offers
            return ''.join('250-%s\r\n' % x for x in lines[:-1]) + \
                '250 %s\r\n' % lines[-1]
        return {'greeting': '220 fake.example ESMTP\r\n',
                'HELO': '250 fake.example\r\n',
                'MAIL': '250 2.1.0 sender ok\r\n',
                'RCPT': '250 2.1.5 recipient ok\r\n',
                'DATA': '354 go ahead\r\n', 'body': '',
                'dot': '250 2.6.0 ok queued\r\n',
                'RSET': '250 2.0.0 reset\r\n',
                'QUIT': '221 2.0.0 bye\r\n'}.get(what, '502 5.5.1 what?\r\n')

    @property
    def last(self):
        return self.connections[-1]

    @property
    def key(self):
        return 'r:[%s]:%d' % (self.ip, self.port)

    def close(self):
        self.listener.close()

class Remote(Worker):
    """A postern-remote -w."""
    def __init__(self, key, env=None):
        sock, theirs = pair()
        e = dict(os.environ)
        e.update(env or {})
        self.process = subprocess.Popen(['postern-remote', '-w', key],
                                        stdin=theirs, env=e)
        theirs.close()
        self.sock, self.tid, self.hello = sock, 0, None

    def ready(self):
        """True; else self.hello is [class, code, text, peer]."""
        got = receive(self.sock)
        self.hello = got and got[1]
        return bool(got) and got[0] == 'R'

    def results(self, n):
        return sorted((self.result() for _ in range(n)),
                      key=lambda r: int(r[2]))

def deliver(fake, text=b'Subject: hi\n\nbody\n', *rcpts, env=None, **more):
    """One transaction over a new connection: its results."""
    w = Remote(fake.key, env=env)
    if not w.ready():
        w.close()
        return w.hello
    rcpts = rcpts or (rcpt('you@dest.example'),)
    w.send(text, *rcpts, **more)
    got = w.results(len(rcpts))
    w.close()
    return got

def control(name, *lines):
    path = os.path.join(os.environ['ROOT'], 'control', name)
    if lines:
        with open(path, 'w') as f:
            f.write(''.join('%s\n' % x for x in lines))
    elif os.path.exists(path):
        os.unlink(path)

def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
