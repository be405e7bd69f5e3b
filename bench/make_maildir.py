"""make_maildir.py DIR COUNT [bare]: a Maildir of mixed messages, with names as
postern-local gives them: sizes S and W; bare: without sizes."""
import os
import random
import sys

box, count, bare = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
random.seed(1)
for d in ("new", "cur", "tmp"):
    os.makedirs(os.path.join(box, d), exist_ok=True)
line = b"The quick brown fox jumps over the lazy dog and writes mail. %06d\n"
for i in range(count):
    size = random.choice((700, 1500, 3000, 3000, 6000, 12000, 38000))
    head = (b"Return-Path: <s%d@far.test>\nDelivered-To: u1@bench.test\n"
            b"Received: from far.test; Sat, 21 Nov 2026 05:00:00 +0000\n"
            b"From: <s%d@far.test>\nTo: <u1@bench.test>\n"
            b"Subject: message %d\nMessage-ID: <%d@far.test>\n"
            b"Date: Sat, 21 Nov 2026 05:00:00 +0000\n\n" % (i, i, i, i))
    data = head + b"".join(line % n for n in range((size - len(head)) //
                                                   len(line % 0) + 1))
    name = "%d.M%06dP1.bench.test" % (1700000000 + i, i)
    if bare == []:
        name += ",S=%d,W=%d" % (len(data), len(data) + data.count(b"\n"))
    where = "new/" + name if i % 3 == 0 else "cur/" + name + ":2,S"
    with open(os.path.join(box, where), "wb") as f:
        f.write(data)
