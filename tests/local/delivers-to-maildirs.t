# The worker writes whole messages under names that tell their sizes, and a
# repeated delivery finds the first one.
. "${0%/*}/../lib.sh"
need python3 postern-local
new_root
export ROOT
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
from wire import *
t = Check()
h = home()
w = Worker(h)
t.eq(w.ready(), 'R', 'ready')
text = b'Subject: hello\n\none\r\ntwo\nthree'
r = w.deliver(text, rcpt('me@test.example', index=7))
t.eq(r, ['K', '1', '0', '2.0.0', 'did 1+0+0\n', '', 'delivered'], 'result')
box = os.path.join(h, 'Maildir')
names = ls(box, 'new')
t.eq(len(names), 1, 'one file, in a Maildir that was not there before')
got = slurp(box, 'new', names[0])
t.eq(got, b'Return-Path: <joe@example.org>\n'
     b'Delivered-To: me@test.example\n' + text, 'bytes')
t.ok(names[0].endswith(',S=%d' % len(got)),
     'its size in the name, and no other where the last line has no end', names)
t.ok('Q1700000000123456N7.' in names[0], 'ID and index in the name', names)
t.eq(ls(box, 'tmp'), [], 'nothing left in tmp')
t.eq(os.stat(os.path.join(box, 'new', names[0])).st_mode & 0o777, 0o600,
     'mode')

birth = 1700000000123456
for i in 1, 2:
    r = w.deliver(text, rcpt('me@test.example'), birth=birth, flags=64)
    t.eq(r[0], 'K', 'delivered, time %d' % i)
t.eq(len(ls(box, 'new')), 2, 'the second time it was there already')
seen = [n for n in ls(box, 'new') if 'N0.' in n][0]
os.rename(os.path.join(box, 'new', seen),
          os.path.join(box, 'cur', seen + ':2,FS'))
r = w.deliver(text, rcpt('me@test.example'), birth=birth, flags=64)
t.eq([r[0], len(ls(box, 'new'))], ['K', 1], 'found in cur, with flags')
r = w.deliver(b'other\n\n' + text, rcpt('me@test.example'), birth=birth)
r = w.deliver(text[::-1], rcpt('me@test.example'), birth=birth)
r = w.deliver(b'other\n\n' + text[::-1], rcpt('me@test.example'), birth=birth)
t.eq([r[0], len(ls(box, 'new'))], ['K', 4],
     'another message of the same name and size is another message')

big = os.urandom(300000).replace(b'\r', b'x') + b'\r\n'
w.send(b'a\n\nb\n', rcpt('me@test.example', index=1),
       rcpt('me@test.example', index=2), id='1111111111111111')
w.send(big, rcpt('me@test.example'), id='1111111111111112', offset=200)
w.send(b'', rcpt('me@test.example'), id='1111111111111113')
got = sorted(w.result()[:3] for _ in range(4))
t.eq(got, [['K', '10', '0'], ['K', '8', '0'], ['K', '8', '1'], ['K', '9', '0']],
     'several in flight, several recipients')
n = [n for n in ls(box, 'new') if 'Q1111111111111112' in n][0]
data = slurp(box, 'new', n)
t.eq(data.split(b'\n', 2)[2], big, 'a large message at an offset')
t.ok(',S=%d,W=%d' % (len(data), len(data) + data.count(b'\n') - 1) in n, 'W')

r = w.deliver(b'Delivered-To: me@test.example\nX: y\n\n',
              rcpt('me@test.example'))
t.eq(r[0:1] + r[3:5], ['D', '5.4.6', 'This message is looping: it already has '
     'my Delivered-To line. (#5.4.6)\n'], 'a loop')
r = w.deliver(b'X: ' + b'y' * 200000 + b'\nDelivered-To: me@test.example\n\n',
              rcpt('me@test.example'))
t.eq(r[0], 'D', 'a loop behind a long line')
r = w.deliver(b'X: y\n\nDelivered-To: me@test.example\n',
              rcpt('me@test.example'))
t.eq(r[0], 'K', 'no loop in the body')
r = w.deliver(b'x', rcpt('me-nix@test.example', '-', 'nix'))
t.eq(r[0:1] + r[3:5], ['D', '5.1.1',
     'Sorry, no mailbox here by that name. (#5.1.1)\n'], 'no such extension')
send(w.sock, packet('Q', 77, '-', 'nix'))
t.eq(w.result()[:4], ['D', '77', '0', '5.1.1'], 'a query agrees')
send(w.sock, packet('Q', 78, '', ''))
t.eq(w.result()[:3], ['K', '78', '0'], 'a query for the user')
w.send(text, rcpt('me@test.example'), size=10 ** 6)
t.eq(w.result()[0], 'Z', 'a message that is too short: later')
t.eq(ls(box, 'tmp'), [], 'nothing left in tmp')
# directories of the Maildir are replaced under a worker that is busy
os.rename(os.path.join(box, 'new'), os.path.join(box, 'old'))
os.mkdir(os.path.join(box, 'new'))
n = len(ls(box, 'old'))
t.eq([w.deliver(text, rcpt('me@test.example'), id='3' * 16)[0],
      len(ls(box, 'new')), len(ls(box, 'old'))], ['K', 1, n],
     'a new/ that has come in the place of another is delivered to')
time.sleep(0.05)		# for the clock of the file system
os.rename(os.path.join(box, 'tmp'), os.path.join(box, 'older'))
t.eq([w.deliver(text, rcpt('me@test.example'), id='4' * 16)[0],
      len(ls(box, 'new')), ls(box, 'tmp'), ls(box, 'older')],
     ['K', 2, [], []], 'and a tmp/ that is gone is made')
# and so is the home directory
os.rename(h, h + '.old')
r = w.deliver(text, rcpt('me@test.example'))
t.eq(r[0], 'Z', 'no home directory: later')
home()
spit('./Maildir/\n', h, '.qmail-nix')
n = len(ls(h + '.old', 'Maildir', 'new'))
r = [w.deliver(text, rcpt('me@test.example'), id='1' * 16)[0],
     w.deliver(text, rcpt('me-nix@test.example', '-', 'nix'), id='2' * 16)[0]]
t.eq([r, len(ls(box, 'new'))], [['K', 'K'], 2],
     'the same worker delivers into the new one')
t.eq([len(ls(h + '.old', 'Maildir', 'new')), ls(h + '.old', 'Maildir', 'tmp')],
     [n, []], 'and nothing into the old one')
os.rename(h, h + '.newer')
os.rename(h + '.old', h)
send(w.sock, packet('Q', 79, '-', 'nix'))
t.eq(w.result()[:4], ['D', '79', '0', '5.1.1'], 'so do queries')
t.eq(w.close(), 0, 'ends with its socket')
t.done()
END
