"""What the tests of postern-queue share: TAP, running it, reading its files."""
import fcntl
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time

ROOT = os.environ["POSTERN_ROOT"]
QUEUE = os.path.join(os.environ["BIN"], "postern-queue")
NEW = os.path.join(ROOT, "queue", "new")
HEADER = 128
MESSAGE = b"Subject: hello\n\nworld\n"
ENVELOPE = b"Fa@example.org\0Tb@example.org\0\0"

_count = 0
_failed = 0


def ok(good, what):
    global _count, _failed
    _count += 1
    if not good:
        _failed += 1
    print("%sok %d - %s" % ("" if good else "not ", _count, what), flush=True)
    return bool(good)


def eq(got, want, what):
    if not ok(got == want, what):
        print("# got:    %.300r\n# wanted: %.300r" % (got, want), flush=True)


def skip(why):
    global _count
    _count += 1
    print("ok %d # SKIP %s" % (_count, why), flush=True)


def done():
    print("1..%d" % _count, flush=True)
    sys.exit(1 if _failed else 0)


def until(condition, seconds=20):
    """Waits for it: whether it came."""
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            return False
        time.sleep(0.01)
    return True


# ---- the queue ----

def names():
    """All entries of new/, unfinished ones included."""
    return sorted(os.listdir(NEW))


def clear():
    for name in names():
        os.unlink(os.path.join(NEW, name))


def checksum(data):
    mask = (1 << 64) - 1
    factor = 0xd6e8feb86659fd93
    lanes = [0x706f737465726e31, 0x243f6a8885a308d3,
             0x13198a2e03707344, 0xa4093822299f31d0]

    def mix(lane, word):
        lane = ((lane ^ word) * factor) & mask
        return lane ^ lane >> 32

    size = len(data)
    data += bytes(-size % 32)
    for at in range(0, len(data), 32):
        for i, word in enumerate(struct.unpack_from("<4Q", data, at)):
            lanes[i] = mix(lanes[i], word)
    total = (size * factor) & mask
    for lane in lanes:
        total = mix(total, lane)
    return mix(total, 0)


class Stored:
    """A queue file, its header checked against the rest."""

    def __init__(self, name):
        path = os.path.join(NEW, name)
        with open(path, "rb") as f:
            data = f.read()
        self.mode = os.stat(path).st_mode & 0o7777
        self.data = data
        (self.magic, self.birth, self.uid, self.pid, self.message_len,
         self.envelope_len, self.recipients, self.flags, _, envelope_sum,
         message_sum) = struct.unpack_from("<8sQIIQIIIIQQ", data)
        end = HEADER + self.message_len
        self.message = data[HEADER:end]
        self.envelope = data[end:end + self.envelope_len]
        self.states = data[end + self.envelope_len:]
        self.received, _, self.body = self.message.partition(b"\n")
        self.sound = (
            self.magic == b"postern\1" and
            len(self.states) == self.recipients and
            not any(self.states) and
            checksum(self.envelope) == envelope_sum and
            checksum(self.message) == message_sum and
            struct.unpack_from("<Q", data, 120)[0] == checksum(data[:120]))


def only():
    """The one file in new/; None unless there is exactly one."""
    there = names()
    return Stored(there[0]) if len(there) == 1 and there[0][0] != "." else None


# ---- running it ----

def pipe_of(data):
    """The read end of a pipe with data in it, or of a file when it is long."""
    if len(data) > 60000:
        fd = os.memfd_create("input")
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd
    r, w = os.pipe()
    os.write(w, data)
    os.close(w)
    return r


class Process:
    """postern-queue with message and envelope as descriptors 0 and 1."""

    def __init__(self, message, envelope, custom=None, before=None,
                 argv=None, env=None, program=None):
        argv = ["postern-queue"] if argv is None else argv
        program = program or QUEUE
        self.pid = os.fork()
        if self.pid != 0:
            return
        try:
            fds = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100)
                   for fd in (message, envelope) if fd is not None]
            extra = None
            if custom is not None:
                extra = fcntl.fcntl(custom, fcntl.F_DUPFD, 100)
            for to, fd in ((0, message), (1, envelope)):
                if fd is None:
                    os.close(to)
                else:
                    os.dup2(fds.pop(0), to)
            os.closerange(3, 100)
            if extra is not None:
                os.dup2(extra, 6)
            os.closerange(100, 200)
            if before is not None:
                before()
            os.execve(program, argv, os.environ if env is None else env)
        except BaseException as e:
            os.write(2, ("# exec: %s\n" % e).encode())
        finally:
            os._exit(200)

    def wait(self):
        """Exit code; minus the signal that ended it."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def queue(message=MESSAGE, envelope=ENVELOPE, **how):
    """Runs it once: the exit code."""
    m, e = pipe_of(message), pipe_of(envelope)
    code = Process(m, e, **how).wait()
    os.close(m)
    os.close(e)
    return code


def ns(data):
    return b"%d:%s," % (len(data), data)


def frame(message=MESSAGE, envelope=ENVELOPE, order=b"C", size=65536):
    """A message as a session sends it, in netstrings of size bytes."""
    parts = []
    for data in (message, envelope):
        parts += [ns(data[i:i + size]) for i in range(0, len(data), size)]
        parts.append(b"0:,")
    return b"".join(parts) + (ns(order) if order else b"")


class Session:
    """A client of the session form; by its own process, or by path."""

    def __init__(self, path=None, trace=None, **how):
        self.process = None
        argv = ["postern-queue", "-s"]
        if trace is not None:
            how["program"] = "/usr/bin/strace"
            argv = ["strace", *trace, QUEUE, "-s"]
        self.room = b""
        if path is not None:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(path)
        else:
            self.sock, theirs = socket.socketpair()
            self.process = Process(theirs.fileno(), None,
                                   argv=argv, **how)
            theirs.close()
        self.sock.settimeout(20)

    def send(self, data):
        self.sock.sendall(data)

    def answer(self):
        """(code, id, pid, text); None at the end."""
        while True:
            head, colon, rest = self.room.partition(b":")
            if colon and len(rest) > int(head):
                size = int(head)
                assert rest[size:size + 1] == b","
                self.room = rest[size + 1:]
                code, name, pid, text = rest[:size].split(b" ", 3)
                return int(code), name.decode(), int(pid), text.decode()
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.room += more

    def close(self):
        self.sock.close()
        return self.process.wait() if self.process else None


def tracing():
    """Can strace follow a program here?"""
    try:
        return subprocess.run(["strace", "-o", "/dev/null", "true"],
                              capture_output=True).returncode == 0
    except OSError:
        return False


def traced(log, *options, message=MESSAGE, envelope=ENVELOPE, argv=()):
    """Runs it once under strace with options: the exit code."""
    m, e = pipe_of(message), pipe_of(envelope)
    code = Process(m, e, program="/usr/bin/strace",
                   argv=["strace", "-o", log, *options, QUEUE, *argv]).wait()
    os.close(m)
    os.close(e)
    return code
