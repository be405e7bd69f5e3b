"""What the tests of postern-smtpd share: a client, a users door, a queue.

Run by the .t files inside the private system that lib.sh made ($POSTERN_ROOT). The
programs that stand in for others: a door (thread) that answers what it is
told, and stub-queue, which keeps message and envelope as files.
"""
import os
import re
import socket
import subprocess
import sys
import threading
import time

ROOT = os.environ['POSTERN_ROOT']
HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ['BIN']
SMTPD = BIN + '/postern-smtpd'
KEPT = ROOT + '/kept'
os.makedirs(KEPT, exist_ok=True)
count = failed = 0


def ok(good, what, *more):
    global count, failed
    count += 1
    print('%sok %d - %s' % ('' if good else 'not ', count, what))
    if not good:
        failed += 1
        for m in more:
            print('# ' + repr(m)[:600])
    sys.stdout.flush()
    return good


def equal(got, wanted, what):
    return ok(got == wanted, what, 'got', got, 'wanted', wanted)


def like(got, regex, what):
    return ok(re.search(regex, got) is not None, what, got, regex)


def done():
    print('1..%d' % count)
    sys.stdout.flush()
    os._exit(1 if failed else 0)


def control(name, text=None):
    path = ROOT + '/control/' + name
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
    else:
        with open(path, 'w') as f:
            f.write(text)


class Door(threading.Thread):
    """queue/users: decide(address) gives 'K', ('D', code, text), ('Z', ...),
    None for no answer at all, or bytes to send as they are."""

    def __init__(self, decide=lambda address: 'K', reverse=0):
        super().__init__(daemon=True)
        self.decide, self.reverse, self.asked = decide, reverse, []
        path = ROOT + '/queue/users'
        if os.path.exists(path):
            os.unlink(path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.bind(path)
        self.sock.listen(64)
        self.start()

    def run(self):
        while True:
            try:
                conn = self.sock.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        held = []
        while True:
            try:
                p = conn.recv(65536)
            except OSError:
                return
            if not p:
                return
            tag, address = p[2:].split(b'\0')[:2]
            self.asked.append(address)
            said = self.decide(address.decode('utf-8', 'surrogateescape'))
            if said is None:
                continue
            if isinstance(said, str):
                said = (said,)
            if isinstance(said, tuple):
                fields = [tag] + [s.encode() for s in said[1:]]
                said = b'\1' + said[0].encode() + \
                    b''.join(f + b'\0' for f in fields)
            held.append(said)
            if len(held) >= self.reverse:
                for h in reversed(held):
                    try:
                        conn.send(h)
                    except OSError:
                        return
                held = []

    def stop(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        os.unlink(ROOT + '/queue/users')


class Client:
    """One session, its ends on a socket pair."""

    def __init__(self, *args, env=None, stub=True, greet=True, sock=None,
                 log_to_socket=False, before_exec=None):
        e = dict(os.environ, TCPREMOTEIP='192.0.2.1', PROTO='TCP',
                 TCPLOCALIP='192.0.2.25')
        if stub:
            e['POSTERNQUEUE'] = HERE + '/stub-queue'
            e['STUB_DIR'] = KEPT
        for k, v in (env or {}).items():
            e.pop(k, None)
            if v is not None:
                e[k] = v
        if sock is None:
            self.sock, theirs = socket.socketpair()
        else:
            self.sock, theirs = sock
        self.sock.settimeout(20)
        self.log = open(ROOT + '/log/smtpd.%d' % id(self), 'w+b')
        self.proc = subprocess.Popen(
            [SMTPD, *args], stdin=theirs, stdout=theirs, env=e,
            preexec_fn=before_exec,
            stderr=theirs if log_to_socket else self.log)
        theirs.close()
        self.buffer = b''
        self.greeting = self.reply() if greet else ''

    def send(self, data):
        if isinstance(data, str):
            data = data.encode('utf-8', 'surrogateescape')
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def line(self):
        while b'\n' not in self.buffer:
            try:
                got = self.sock.recv(65536)
            except ConnectionResetError:
                got = b''
            if not got:
                rest, self.buffer = self.buffer, b''
                return rest.decode()
            self.buffer += got
        one, self.buffer = self.buffer.split(b'\n', 1)
        if not one.endswith(b'\r'):
            raise AssertionError('reply line without CR LF: %r' % one)
        return one[:-1].decode('utf-8', 'surrogateescape')

    def reply(self):
        """The lines of one reply, joined by LF; '' at the end of it all."""
        lines = [self.line()]
        while lines[-1][3:4] == '-':
            lines.append(self.line())
        return '\n'.join(lines)

    def cmd(self, line):
        self.send(line + '\r\n' if isinstance(line, str) else line + b'\r\n')
        return self.reply()

    def ehlo(self):
        return self.cmd('EHLO client.example')

    def envelope(self, *rcpts, sender='<s@client.example>'):
        for line in ['MAIL FROM:' + sender] + \
                ['RCPT TO:' + r for r in rcpts or ['<u@test.example>']]:
            got = self.cmd(line)
            if got[:1] != '2':
                raise AssertionError('%s: %s' % (line, got))

    def message(self, body):
        """DATA and body as it is, then the reply behind it."""
        got = self.cmd('DATA')
        if got[:3] != '354':
            return got
        self.send(body)
        return self.reply()

    def rest(self):
        """Everything up to the end of the connection."""
        out = self.buffer
        self.buffer = b''
        while True:
            try:
                got = self.sock.recv(65536)
            except ConnectionResetError:
                got = b''
            if not got:
                return out.decode('utf-8', 'surrogateescape')
            out += got

    def end(self):
        """Closes; the exit code."""
        self.sock.close()
        return self.proc.wait(20)

    def quit(self):
        got = self.cmd('QUIT')
        self.end()
        return got

    def said(self):
        """What it wrote to its log."""
        self.proc.wait(20)
        self.log.seek(0)
        return self.log.read().decode()


def kept(wait=0):
    """Messages that stub-queue was given: [(message, [records])]."""
    out = []
    for name in sorted(os.listdir(KEPT)):
        if name.endswith('.e'):
            with open(KEPT + '/' + name, 'rb') as f:
                env = f.read()
            with open(KEPT + '/' + name[:-2] + '.m', 'rb') as f:
                out.append((f.read(), env.split(b'\0')[:-1]))
    return out


def forget():
    for name in os.listdir(KEPT):
        os.unlink(KEPT + '/' + name)


def body_of(message):
    """What the client sent, without the Received field on top."""
    m = re.match(rb'Received: from .*\n(  .*\n)*?  .*; \d+ \w+ \d+ [\d:]+ '
                 rb'-0000\n', message)
    return message[m.end():] if m else message


def queued():
    """What lies in the real queue: [(message, envelope records)], oldest
    first. The layout is that of queue/format.h."""
    new, out = ROOT + '/queue/new', []
    for name in sorted(os.listdir(new)):
        if name.startswith('.'):
            continue
        with open(new + '/' + name, 'rb') as f:
            out.append(split_queue_file(f.read()))
    return out


def split_queue_file(b):
    """Message and envelope, found by the sizes in the header."""
    for order in ('little', 'big'):
        for at in range(0, 116, 4):
            length = int.from_bytes(b[at:at + 8], order)
            if 0 < length <= len(b) - 128:
                env = int.from_bytes(b[at + 8:at + 12], order)
                n = int.from_bytes(b[at + 12:at + 16], order)
                if 128 + length + env + n == len(b) and env > 0:
                    return (b[128:128 + length],
                            b[128 + length:128 + length + env]
                            .split(b'\0')[:-1])
    raise AssertionError('not a queue file')


def forget_queued():
    for name in os.listdir(ROOT + '/queue/new'):
        os.unlink(ROOT + '/queue/new/' + name)


def without_traces(message):
    """Without the fields that postern-queue and postern-smtpd put on top."""
    return body_of(re.sub(rb'\AReceived: \(qmail .*\n', b'', message))
