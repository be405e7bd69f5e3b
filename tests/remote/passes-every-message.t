# Every message of the corpus reaches another server byte for byte, but for
# line ends, dots and lines over 998 octets, as an independent account of the
# rules has it; over one connection.
. "${0%/*}/../lib.sh"
need python3 postern-remote
need_corpus
new_root
export ROOT CORPUS
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
import re
t = Check()

def wrap(line, header):
    """Pieces of a line that is too long."""
    out, owes = [], b''
    while len(owes) + len(line) > 998:
        room = 998 - len(owes)
        cut = None
        if header:
            text = len(line) - len(line.lstrip(b' \t'))
            for i in range(room, text, -1):
                if line[i:i + 1] in (b' ', b'\t'):
                    cut = i
                    break
        else:
            for i in range(room, room // 2, -1):
                if line[i - 1:i] in (b' ', b'\t'):
                    cut = i
                    break
        added = b''
        if cut is None:
            cut = room
            while room - cut < 3 and line[cut] & 0xc0 == 0x80:
                cut -= 1
            added = b' ' if header else b''
        out.append(owes + line[:cut])
        line, owes = line[cut:], added
    return out + [owes + line]

def expected(text):
    lines = re.split(rb'\r\r\n|\r\n|\n|\r', text)
    if lines[-1] == b'':
        lines.pop()
    out, header = [], True
    for line in lines:
        if line == b'':
            header = False
        out += wrap(line, header)
    return b''.join((b'.' if l[:1] == b'.' else b'') + l + b'\r\n'
                    for l in out)

files = []
for top, _, names in os.walk(os.environ['CORPUS']):
    files += [os.path.join(top, n) for n in names if n.endswith('.eml')]
files.sort()
f = Fake()
w = Remote(f.key)
t.ok(w.ready(), 'ready')
bad, long_ones = [], 0
for name in files:
    text = slurp(name)
    w.send(text, rcpt('a@dest.example'))
    r = w.result()
    want = expected(text)
    got = f.last.messages.pop() if r[0] == 'K' else r
    long_ones += max(map(len, text.splitlines() or [b''])) > 998
    if got != want:
        bad.append(os.path.relpath(name, os.environ['CORPUS']))
t.ok(len(files) > 800, '%d messages' % len(files))
t.ok(not bad, 'as they should be', *bad[:10])
t.ok(long_ones > 5, 'long lines among them: %d' % long_ones)
t.eq(len(f.connections), 1, 'over one connection')
t.done()
END
