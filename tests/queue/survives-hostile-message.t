#!/bin/sh
# Nothing inside a message can pass for an envelope, a header or an end; input
# that comes in pieces, with pauses anywhere, is the same as input at once.
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *

# ---- bytes that look like what stands around them ----
queue()
whole = only().data
clear()
likenesses = {
    "an envelope": ENVELOPE,
    "its own envelope at the end": MESSAGE + ENVELOPE,
    "a header": whole[:HEADER],
    "a whole queue file": whole,
    "a queue file at its end": MESSAGE + whole,
    "states": bytes(1000),
    "a session": frame(),
    "an end of a session's message": b"x" + b",0:,0:,1:C," * 50,
    "NULs": b"\0" * 3 + b"a\0\0b\0",
    "a final dot": b"a\r\n.\r\nMAIL FROM:<x>\r\n",
    "no line end": b"x",
    "bare CRs and LFs": b"\r\r\n\n\r\0\n",
    "a Received line": b"Received: (qmail 1 invoked by alias); x\n" * 200,
}
for what, message in likenesses.items():
    eq(queue(message), 0, what)
    s = only()
    ok(s is not None and s.sound and s.body == message and
       s.envelope == ENVELOPE and s.recipients == 1, "  is a message")
    clear()
    session = Session()
    session.send(frame(message, size=7))
    eq(session.answer()[0], 0, "  also in a session")
    s = only()
    ok(s is not None and s.sound and s.body == message, "  in small pieces")
    session.close()
    clear()

# ---- a pause at every boundary ----
def in_pieces(cut_message, cut_envelope):
    m, mw = os.pipe()
    e, ew = os.pipe()
    p = Process(m, e)
    os.close(m)
    os.close(e)
    for w, data, cut in ((mw, MESSAGE, cut_message),
                         (ew, ENVELOPE, cut_envelope)):
        os.write(w, data[:cut])
        time.sleep(0.004)
        os.write(w, data[cut:])
        if w == mw:
            os.close(w)
    code = p.wait()
    os.close(ew)
    s = only()
    good = (code == 0 and s is not None and s.sound and
            s.body == MESSAGE and s.envelope == ENVELOPE)
    clear()
    return good

ok(all(in_pieces(i % len(MESSAGE), i) for i in range(len(ENVELOPE))),
   "a pause at every byte of message and envelope")

stream = frame(size=5) + frame(order=b"A", size=5)

def session_in_pieces(cut):
    session = Session()
    session.send(stream[:cut])
    time.sleep(0.003)
    session.send(stream[cut:])
    codes = [session.answer()[0], session.answer()[0]]
    code = session.close()
    s = only()
    clear()
    return (codes == [0, 0] and code == 0 and s is not None and s.sound and
            s.body == MESSAGE)

ok(all(session_in_pieces(n) for n in range(0, len(stream), 2)),
   "and of a session")

session = Session()
for at in range(len(stream)):
    session.send(stream[at:at + 1])
eq([session.answer()[0] for i in range(2)], [0, 0], "byte by byte")
s = only()
ok(s is not None and s.sound and s.body == MESSAGE, "  is the same")
session.close()
clear()

# ---- an end before the end ----
def cut_off(cut):
    session = Session()
    session.send(frame()[:cut])
    code = session.close()
    return code == (54 if cut else 0) and names() == []

ok(all(cut_off(n) for n in range(0, len(frame()) - 1)),
   "a session that ends before its commit leaves nothing")
done()
END
