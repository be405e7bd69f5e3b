#!/bin/sh
# Many messages from one caller: each answered, aborted ones gone, trouble with
# one no trouble for the next, malformed netstrings the end of it all.
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *

s = Session()
ids = []
for i in range(200):
    s.send(frame(b"message %d\n" % i))
    code, name, pid, text = s.answer()
    if code != 0 or not os.path.exists(os.path.join(NEW, name)):
        ok(False, "message %d: %r" % (i, (code, name)))
    ids.append(name)
ok(len(set(ids)) == 200 and names() == sorted(ids),
   "200 messages have 200 names, told in the answers")
ok(all(Stored(n).body == b"message %d\n" % i and Stored(n).sound
       for i, n in enumerate(ids)), "and their bytes")
eq(pid, s.process.pid, "the answer names the process")
clear()

s.send(frame(order=b"A"))
eq(s.answer()[:2], (0, "-"), "an abort is answered")
eq(names(), [], "and leaves nothing")
s.send(frame(b"y" * 300000, order=b"A"))
eq(s.answer()[:2], (0, "-"), "a long one too")
eq(names(), [], "and leaves nothing")
s.send(frame() * 20)
eq({s.answer()[0] for i in range(20)}, {0}, "20 at once are answered in turn")
eq(len(names()), 20, "and queued")
clear()

for envelope, code, what in (
        (b"Fa\0Tx" + b"x" * 1002 + b"\0\0", 11, "a long address"),
        (b"Xa\0\0", 91, "a malformed envelope"),
        (b"Fa\0Tb\0", 54, "an envelope without end"),
        (b"", 54, "no envelope"),
        (ENVELOPE + b"x", 91, "bytes behind the envelope")):
    s.send(frame(envelope=envelope))
    eq(s.answer()[:2], (code, "-"), what)
    eq(names(), [], "  leaves nothing")
    s.send(frame(b"z" * 200000, envelope=envelope))
    eq(s.answer()[0], code, "  nor behind a long message")
    eq(names(), [], "  whose file is gone")
s.send(frame())
eq(s.answer()[0], 0, "and the next one is queued")
clear()
for size in (1, 2, 255, 65535, 65536):
    big = os.urandom(200 if size < 3 else 200000)
    s.send(frame(big, size=size))
    eq(s.answer()[0], 0, "netstrings of %d bytes" % size)
    ok(only().sound and only().body == big, "  intact")
    clear()
eq(s.close(), 0, "the end between messages is no error")

for bad in (b"x", b"65537:", b"00:,", b"3:abc;", b":,", b"-1:", b"1 :",
            b"0:,0:,0:,", b"0:,0:,2:CC,", b"0:,0:,1:X,", b"0:,0:,1:C;",
            b"99999999999999999999:", b"\0"):
    s = Session()
    s.send(frame() + bad)
    eq(s.answer()[0], 0, "%r behind a message" % bad)
    eq(s.answer()[:2], (91, "-"), "  is malformed")
    eq(s.answer(), None, "  and ends the session")
    eq((s.close(), len(names())), (91, 1), "  which has not harmed the rest")
    clear()

# A caller who does not read his answers, or goes away.
s = Session()
s.send(frame() * 3)
eq(s.close() in (0, 53), True, "nobody there for the answers")
ok(all(Stored(n).sound for n in names()), "what is queued is whole")
clear()

r, w = os.pipe()
p = Process(r, None, argv=["postern-queue", "-s"])
os.close(r)
os.write(w, frame())
os.close(w)
eq(p.wait(), 53, "descriptor 0 cannot take answers")
clear()

# Nobody waits for anybody: parallel sessions.
many = [Session() for i in range(20)]
for turn in range(10):
    for s in many:
        s.send(frame(b"%d" % turn))
eq({s.answer()[0] for turn in range(10) for s in many}, {0},
   "20 sessions side by side")
eq(len(names()), 200, "200 messages")
ok(all(s.close() == 0 for s in many), "no one failed")
clear()

# A name that was taken meanwhile, as after a step of the clock.
s = Session()
whole = frame(b"w" * 200000)
s.send(whole[:150000])
until(names)
name = names()[0][1:]
with open(os.path.join(NEW, name), "w") as f:
    f.write("somebody else's")
s.send(whole[150000:])
code, other, _, _ = s.answer()
eq(code, 0, "a name that is taken is no trouble")
ok(other != name and Stored(other).sound, "another is found")
eq(open(os.path.join(NEW, name)).read(), "somebody else's",
   "and what has the name is left alone")
s.close()

# Trouble from the start.
os.rename(NEW, NEW + ".away")
s = Session()
eq(s.answer()[:2], (61, "-"), "a session that cannot be served says so")
eq(s.close(), 61, "  and ends")
os.rename(NEW + ".away", NEW)
done()
END
