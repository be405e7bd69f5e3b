"""messages.py ROOT DIR: fill DIR with messages, ROOT/want with what must come.
messages.py --same WANT DIR: is every message of WANT in DIR, and no other?"""
import os, random, sys


def canonical(data):
    """Without line ends' kind, trailing line ends, and clients' own headers."""
    data = data.replace(b"\r\n", b"\n").rstrip(b"\n")
    head, sep, body = data.partition(b"\n\n")
    lines = []
    skip = False
    for line in head.split(b"\n"):
        if line[:1] in b" \t" and line and skip:
            continue
        skip = line.split(b":")[0].lower() in (b"status", b"x-status", b"return-path",
                                               b"content-length", b"lines")
        if not skip:
            lines.append(line)
    return b"\n".join(lines) + sep + body


def read_all(d):
    return sorted(canonical(open(os.path.join(d, f), "rb").read())
                  for f in os.listdir(d))


if sys.argv[1] == "--same":
    want, got = read_all(sys.argv[2]), read_all(sys.argv[3])
    if want != got:
        print("# %d wanted, %d there, %d the same" %
              (len(want), len(got), len(set(want) & set(got))))
        for w in want:
            if w not in got:
                near = [g for g in got if g[:40] == w[:40]]
                print("# wanted %r" % w[:300])
                print("# near   %r" % (near[0][:300] if near else None))
                break
    sys.exit(want != got)

root, new = sys.argv[1:]
os.mkdir(root + "/want")
random.seed(7)
head = (b"From: bob@example.org\nTo: ann@example.org\n"
        b"Date: Sat, 21 Nov 2026 06:00:00 +0000\n"
        b"Message-ID: <%d@example.org>\nSubject: number %d\n\n")
bodies = [
    b"plain\n",
    b"",
    b".\n..\n.dots\n...\n",
    b"a\n\n\nempty lines\n\n",
    b"From the start\n>From quoted\n",
    b"x" * 900 + b"\n",
    b"8 bit: \xc3\xa9\xe4\xff\n",
    b"\n".join(b"line %d" % i for i in range(20000)) + b"\n",
    b"tab\tand trailing blank \n",
    bytes(random.choice(b"abc.\n ") for _ in range(50000)) + b"\n",
]
for i, body in enumerate(bodies):
    data = head % (i, i) + body
    name = "%d.M%dP1.test" % (1700000000 + i, i)
    if i % 2:
        name += ",S=%d,W=%d" % (len(data), len(data) + data.count(b"\n"))
    with open(os.path.join(new, name), "wb") as f:
        f.write(data)
    with open(root + "/want/%d" % i, "wb") as f:
        f.write(data)
