# Programs of a worker: they get a message of their own, hold up nobody, and
# whatever they do ends in a result.
# timeout: 180
. "${0%/*}/../lib.sh"
need python3 postern-local
new_root
export ROOT
control timeoutlocal 50
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
from wire import *
t = Check()
h = home()
maildir(h + '/Maildir')
text = b'Subject: x\n\n' + b'line of text\n' * 1000
def qmail(ext, *lines):
    spit('\n'.join(lines) + '\n', h, '.qmail-' + ext)
def put(ext, text=text, **more):
    return w.deliver(text, rcpt('me-%s@test.example' % ext, '-', ext), **more)
w = Worker(h)
w.ready()
qmail('a', '|cat > a', '|cat > b; : > c')
r = put('a')
t.eq([r[0]] + r[3:], ['K', '2.0.0', 'did 0+0+2\n', '', 'delivered'], 'result')
t.eq([slurp(h, 'a'), slurp(h, 'b')], [text, text], 'both got the message')
qmail('steal', '|python3 -c "import os; os.ftruncate(0, 5); os.pwrite(0, b\'X\', 0)"; exit 0',
      '|tail -c +1 > stolen', '|ls -l /proc/self/fd > fds', './Maildir/')
put('steal', offset=77)
t.eq(slurp(h, 'stolen'), text, 'each program has a copy of its own')
n = ls(h, 'Maildir', 'new')[0]
t.ok(slurp(h, 'Maildir', 'new', n).endswith(text), 'and we have ours')
fds = [l.split() for l in slurp(h, 'fds').decode().split('\n')[1:] if l]
fds = sorted(int(f[8]) for f in fds if 'proc' not in f[-1])
t.eq(fds, [0, 1, 2], 'a program has no other descriptor')
qmail('big', '|cat > big; python3 -c "import os; print(os.fstat(0).st_nlink)"')
big = text * 200
r = put('big', big)
t.eq([r[0], r[4], slurp(h, 'big') == big], ['K', '0\ndid 0+0+1\n', True],
     'a large message in a file without a name')
qmail('flood', '|yes flood; exit 0')
qmail('flood', '|head -c 3000000 /dev/zero | tr "\\0" y; echo; exit 100')
r = put('flood')
t.eq([r[0], 9000 < len(r[4]) <= 10000], ['D', True], 'output is bounded')
qmail('ctl', '|printf "a\\033[1mb\\r\\001\\nc\\0hidden"; exit 100')
t.eq(put('ctl')[4], 'a?[1mb??\nc\n', 'output is made harmless')
qmail('code', '|echo "sorry (#5.7.1)"; exit 100')
t.eq(put('code')[3], '5.7.1', 'a status code of its own')
qmail('code', '|echo "sorry (#5.7.1)"; exit 111')
t.eq(put('code')[3], '4.3.0', 'but not of another class')
qmail('quiet', '|exit 3')
t.eq(put('quiet')[4], 'Program ended with code 3. (#4.3.0)\n', 'silence')
qmail('bg', '|sleep 30 & echo hi')
t0 = time.monotonic()
r = put('bg')
t.eq([r[0], r[4], time.monotonic() - t0 < 27],
     ['K', 'hi\ndid 0+0+1\n', True], 'nobody waits for the background')
spit('1\n', os.environ['ROOT'], 'control', 'timeoutlocal', mode=0o644)
qmail('slow', '|sleep 30')
t0 = time.monotonic()
r = put('slow')
t.eq([r[0], r[4], time.monotonic() - t0 < 27],
     ['Z', 'Program took too long and was ended. (#4.3.0)\n', True],
     'a slow one is ended')
qmail('stubborn', '|trap "" TERM; while :; do sleep 1; done')
r = put('stubborn')
t.eq(r[0], 'Z', 'even one that ignores TERM')
qmail('wait', '|while ! test -e go; do sleep 0.05; done')
spit('50\n', os.environ['ROOT'], 'control', 'timeoutlocal', mode=0o644)
w.send(text, rcpt('me-wait@test.example', '-', 'wait'), id='2' * 16, tid=900)
w.send(text, rcpt('me@test.example'), id='3' * 16, tid=901)
t.eq(w.result()[1], '901', 'a waiting program holds up nothing')
spit('', h, 'go')
t.eq(w.result()[:2], ['K', '900'], 'and ends in its time')
qmail('kill', '|kill -9 $PPID; sleep 5')
r = put('kill')
t.eq([r[0], r[4]], ['Z', 'Aack, child crashed. (#4.3.0)\n'],
     'who kills our child defers the message')
qmail('self', '|cat /proc/$PPID/environ /proc/$PPID/maps > spied 2>&1; exit 0')
put('self')
if os.getuid() != 0:
    t.eq(b'Permission' in slurp(h, 'spied'), True, 'we are not to be spied on')
for i in range(16):
    w.send(text, rcpt('me-a@test.example', '-', 'a'), id='%016d' % i)
t.eq([w.result()[0] for i in range(16)], ['K'] * 16, 'sixteen at a time')
w.send(text, *[rcpt('me-a@test.example', '-', 'a', index=i)
               for i in range(40)], id='4' * 16)
t.eq(sorted(int(w.result()[2]) for i in range(40)), list(range(40)),
     'forty recipients with programs')
os.mkdir(h + '/sub')
qmail('mbox', './mbox')
for i in range(5):
    w.send(text, rcpt('me-mbox@test.example', '-', 'mbox'), id='5' * 16)
t.eq([w.result()[0] for i in range(5)], ['K'] * 5, 'five for one mbox')
t.eq(slurp(h, 'mbox').count(b'\n\nFrom joe@example.org '), 4, 'all of them')
qmail('sub', './sub')
r = put('sub')
t.eq(r[0], 'Z', 'a directory is no mbox')
qmail('null', '/dev/null')
t.eq(put('null')[0], 'K', '/dev/null takes all')
w.close()
t.done()
END
