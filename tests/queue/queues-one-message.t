#!/bin/sh
# By qmail-queue's interface: what is accepted is in the queue byte for byte,
# what is not is not, and each exit code means what it says.
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *

eq(queue(), 0, "a message is queued")
s = only()
ok(s is not None and s.sound, "one file, its sums and sizes right")
eq(s.mode, 0o660, "its mode")
eq((s.body, s.envelope), (MESSAGE, ENVELOPE), "its bytes")
eq((s.uid, s.recipients, s.flags), (os.getuid(), 1, 0), "its header")
import re
ok(re.fullmatch(rb"Received: \(qmail %d invoked by uid %d\); \d{1,2} [A-Z]"
                rb"[a-z]{2} \d{4} \d\d:\d\d:\d\d -0000" %
                (s.pid, os.getuid()), s.received), "its Received line")
ok(abs(s.birth / 1e6 - time.time()) < 60, "its birth is now")
ok(abs(int(names()[0]) - s.birth) < 1e6, "and its name")
clear()

# ---- envelopes ----
def both(envelope, code, what):
    eq(queue(envelope=envelope), code, what)
    eq(len(names()), 0 if code else 1, "  and the queue")
    clear()

both(b"F\0Tb\0\0", 0, "the null sender")
both(b"F#@[]\0Tb\0\0", 0, "a double bounce")
both(b"Fa\0\0", 0, "no recipients")
both(b"Fa\0T\0\0", 0, "an empty recipient")
both(b"Fa\0Tb\0\0and more", 0, "bytes behind the end are not read")
long = b"x" * 1002
both(b"F" + long + b"\0T" + long + b"\0\0", 0, "addresses of 1002 bytes")
both(b"Fx" + long + b"\0Tb\0\0", 11, "a sender of 1003 bytes")
both(b"Fa\0Tx" + long + b"\0\0", 11, "a recipient of 1003 bytes")
both(b"Fa\0T" + b"x" * 200000, 11, "an endless recipient")
both(b"Ta\0Tb\0\0", 91, "no sender")
both(b"\0", 91, "an empty envelope")
both(b"Fa\0Xb\0\0", 91, "an unknown record")
both(b"Fa\0Fb\0\0", 91, "two senders")
both(b"Fa\0b@c\0\0", 91, "a recipient without its letter")
codes = {queue(envelope=ENVELOPE[:n]) for n in range(len(ENVELOPE))}
eq(codes, {54}, "cut anywhere it is no envelope")
eq(names(), [], "and nothing is queued")
many = b"Fa\0" + b"T\0" * 1048576 + b"\0"
both(many, 0, "2^20 recipients")
both(many[:-1] + b"T\0\0", 31, "one more is refused for good")

# ---- records beyond qmail's ----
full = (b"Fa\0B8BITMIME\0U\0Q\0RHDRS\0Eid 7\0"
        b"Tb\0NSUCCESS,DELAY\0Orfc822;b@c\0Td\0NNEVER\0Te\0\0")
eq(queue(envelope=full), 0, "records for BODY, SMTPUTF8, DSN, REQUIRETLS")
s = only()
eq((s.envelope, s.recipients, s.flags), (full, 3, 1 | 4 | 8 | 32),
   "are kept, and the header knows")
clear()
for bad in (b"B9BIT", b"U1", b"RSOME", b"E", b"NNEVER", b"E" + b"x" * 101,
            b"U\0U", b"B7BIT\0B8BITMIME", b"RFULL\0RHDRS"):
    both(b"Fa\0" + bad + b"\0Tb\0\0", 91, "not about a message: %.20r" % bad)
for bad in (b"NSOON", b"NNEVER,DELAY", b"O", b"U", b"O" + b"x" * 501,
            b"NDELAY\0NDELAY"):
    both(b"Fa\0Tb\0" + bad + b"\0\0", 91, "nor a recipient: %.20r" % bad)

# ---- messages ----
def intact(message, what):
    eq(queue(message), 0, what)
    s = only()
    ok(s is not None and s.sound and s.body == message, "  intact")
    clear()

intact(b"", "an empty message")
intact(bytes(range(256)) * 100, "all bytes")
for size in (65536 - 300, 65536 - 128, 65536, 65537, 300000):
    intact(os.urandom(size), "%d bytes" % size)
for around in range(-120, 8):
    size = 65536 - HEADER - 80 + around
    queue(b"x" * size, b"Fa\0" + b"Tb\0" * 40 + b"\0")
    s = only()
    if s is None or not s.sound:
        ok(False, "around the buffer's end: %d" % size)
    clear()
ok(True, "all sizes around the buffer's end")

# ---- what cannot be read ----
d = os.open(ROOT, os.O_RDONLY)
m, e = pipe_of(MESSAGE), pipe_of(ENVELOPE)
eq(Process(d, e).wait(), 54, "a message that is a directory")
eq(Process(m, d).wait(), 54, "an envelope that is one")
w = os.open(os.path.join(ROOT, "w"), os.O_WRONLY | os.O_CREAT)
eq(Process(w, e).wait(), 54, "a message that cannot be read")
eq(Process(m, w).wait(), 54, "an envelope that cannot be read")
eq(names(), [], "and nothing is queued")

# ---- trouble with the queue ----
def moved(path, code, what, put=None):
    os.rename(path, path + ".away")
    if put is not None:
        put(path)
    eq(queue(), code, what)
    if put is not None:
        os.unlink(path)
    os.rename(path + ".away", path)

moved(os.path.join(ROOT, "queue"), 61, "no queue")
moved(NEW, 61, "no queue/new")
moved(NEW, 62, "queue/new is a file", lambda p: open(p, "w").close())
os.mkdir(os.path.join(ROOT, "control", "syncdir"))
eq(queue(), 55, "a control file that cannot be read")
os.rmdir(os.path.join(ROOT, "control", "syncdir"))
with open(os.path.join(ROOT, "control", "syncdir"), "w") as f:
    f.write("maybe\n")
eq(queue(), 55, "one that makes no sense")
os.unlink(os.path.join(ROOT, "control", "syncdir"))
eq(queue(), 0, "and all is well again")
clear()

# ---- 24 hours are over ----
r, w = os.pipe()
e = pipe_of(ENVELOPE)
p = Process(r, e)
os.close(r)
os.write(w, b"x" * 60000)
os.write(w, b"x" * 60000)
until(names)
ok(names()[0][0] == ".", "an unfinished file is there")
os.kill(p.pid, signal.SIGALRM)
eq(p.wait(), 52, "the alarm ends it")
eq(names(), [], "and takes the file with it")

# ---- the trigger ----
t = os.open(os.path.join(ROOT, "queue", "trigger"), os.O_RDWR | os.O_NONBLOCK)
eq(queue(), 0, "with somebody at the trigger")
eq(os.read(t, 100), names()[0].encode() + b"\n", "it hears the name")
try:
    while os.write(t, b"x" * 4096):
        pass
except BlockingIOError:
    pass
began = time.time()
eq(queue(), 0, "a full trigger is no error")
took = time.time() - began
ok(0.9 < took < 40, "but it waits for room, about a second")
done()
END
