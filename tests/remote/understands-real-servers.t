# Replies recorded from real servers are understood, wherever they come.
. "${0%/*}/../lib.sh"
need python3 postern-remote
need_corpus
new_root
export ROOT CORPUS
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
t = Check()
control('timeoutremote', '1')
d = os.path.join(os.environ['CORPUS'], 'server-replies', 'smtp')
n = 0
for name in sorted(os.listdir(d)):
    text = slurp(d, name).replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
    if b'\r\n' not in text or 'pipelined' in name:
        continue
    n += 1
    first = text[:1].decode()
    for where in 'greeting', 'EHLO', 'RCPT', 'dot':
        if where == 'EHLO' and 'ehlo' not in name:
            continue
        f = Fake(offers=[], **{where: text})
        r = deliver(f)
        r = r[0] if isinstance(r[0], list) else r
        code = r[3] if len(r) > 4 else r[1]
        want = {'2': 'K', '3': 'Z', '4': 'Z', '5': 'D'}[first]
        if where in ('EHLO',) and first == '5':
            want = 'K'      # there is HELO
        t.ok(r[0] == want, '%s as %s' % (name, where), r)
t.ok(n > 20, 'all of them')
f = Fake(EHLO=slurp(d, 'comcast-ehlo+dsn.txt'))
r = deliver(f, b'x\n', rcpt('a@b', notify=2))
t.eq(r[0][6], 'passed', 'DSN is found among the offers')
t.ok('NOTIFY=SUCCESS' in f.last.lines[2], 'and used', f.last.lines)
t.done()
END
