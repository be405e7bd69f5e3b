# timeout: 240
# Corrupt, foreign and half-written files are logged, set aside, and stop nothing.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
h.policy = LATER
h.start()
ids = [h.inject(['x%d@there.example' % i]) for i in range(4)]
t.ok(h.logs('deferral', 4) and h.waits(lambda:
     len(h.files('new') + [f for f in h.files('cur') if '.' not in f]) == 4), 'four deferred')
h.stop(signal.SIGKILL)
cur = [f for f in h.files('cur') if '.' not in f]
where = {f: 'cur' if f in cur else 'new' for f in ids}
def path(id):
    return QUEUE + '/' + where[id] + '/' + id
good = open(path(ids[0]), 'rb').read()
def put(name, data, where='new'):
    with open(QUEUE + '/' + where + '/' + name, 'wb') as f:
        f.write(data)
# a flipped bit in the text, in the envelope, a short file, only zeros
def flip(at):
    return good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
put('1700000000000001', flip(200))
put('1700000000000002', flip(len(good) - 6))
put('1700000000000003', good[:-1])
put('1700000000000004', b'\0' * len(good))
put('1700000000000005', b'')
put('1700000000000006', flip(20), 'cur')
put('1700000000000007', os.urandom(5000), 'cur')
put('stranger', b'hello\n')
put('stranger', b'hello\n', 'report')
os.mkdir(QUEUE + '/report/1700000000000098')
put('README.note', b'hello\n', 'cur')
put('.1700000000000008', good)
os.mkfifo(QUEUE + '/new/1700000000000009')
os.mkdir(QUEUE + '/cur/1700000000000010')
os.symlink('/etc/passwd', QUEUE + '/new/1700000000000011')
strange = socket.socket(socket.AF_UNIX)
strange.bind(QUEUE + '/new/1700000000000012')
put('1700000000000013', good[:-1] + b'\7', 'cur')      # no such state
put('1700000000000014', b'postern\2' + good[8:])       # another version
put('1700000000000099', b'garbage', 'report')
h.policy = DONE
h.seen.clear()
h.start()
t.ok(h.logs('^new msg', 8), 'the good ones are found', h.log())
h.alrm()
t.ok(h.waits(lambda: h.alrm() or all(h.logged('^end msg ' + i) for i in ids)),
     'and delivered', h.log())
got = sorted(r['address'] for x in h.seen for r in x[2].rcpts)
t.eq(got, ['x%d@there.example' % i for i in range(4)],
     'they and no others')
t.eq([f for f in h.files('new') if not f.startswith(('bad.', '.'))], [],
     'nothing in the way in new/')
bad = [f for f in h.files('new') + h.files('cur') if f.startswith('bad.')]
t.eq(sorted(f[4:] for f in bad), ['%016d' % (1700000000000000 + i) for i in
     (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14)] + ['stranger'], 'all are set aside')
t.eq(len(h.logged('^alert: not a whole queue file')), 14, 'and logged')
strangers = ['1700000000000098', 'stranger']
t.ok(h.waits(lambda: h.files('report') == strangers), 'an orphaned report goes')
t.eq([len(h.logged('^warning: strange file in report: ' + x))
      for x in strangers], [1, 1], 'what is no report is told of')
os.rmdir(QUEUE + '/report/' + strangers[0])
os.unlink(QUEUE + '/report/' + strangers[1])

# while it runs: the trigger is written by others
with open(QUEUE + '/trigger', 'wb', buffering=0) as f:
    f.write(b'../../../etc/passwd\n' + b'x' * 5000 + b'\n\n' +
            b'12345678901234567\n' + b'1700000000000123\n' + b'17000')
put('1700000000000021', flip(180))
with open(QUEUE + '/trigger', 'wb', buffering=0) as f:
    f.write(b'\n1700000000000021\n')
id = h.inject(['y@there.example'])
t.ok(h.logs('^end msg ' + id), 'nonsense in the trigger stops nothing', h.log())

# a file that vanishes, one that breaks while it waits
h.policy = LATER
n = len(h.logged('deferral'))
a, b = h.inject(['a@one.example']), h.inject(['b@two.example'])
h.logs('deferral', n + 2)
h.waits(lambda: not [f for f in h.files('new') if 'bad' not in f])
os.unlink(QUEUE + '/cur/' + a)
with open(QUEUE + '/cur/' + b, 'r+b') as f:
    f.truncate(150)
h.alrm()
t.ok(h.logs('^warning: message has vanished: ' + a) and
     h.waits(lambda: 'bad.' + b in h.files('cur')), 'a file that vanishes or '
     'breaks later', h.log())
id = h.inject(['z@there.example'])
t.ok(h.logs('^starting delivery \\d+: msg ' + id), 'the rest goes on')

# one that breaks, and cannot be set aside; FIFOs, a directory and a link where
# nobody looks for them
c = [h.inject(['%d@three.example' % i]) for i in range(5)]
h.waits(lambda: all(i in h.files('cur') and i not in h.files('new') for i in c))
for i in c[1:]:
    h.waits(lambda: i + '.note' in h.files('cur'))
    os.unlink(QUEUE + '/cur/' + i + '.note')
os.mkdir(QUEUE + '/cur/bad.' + c[0])
with open(QUEUE + '/cur/' + c[0], 'r+b') as f:
    f.truncate(150)
os.mkfifo(QUEUE + '/cur/' + c[1] + '.note')
os.mkdir(QUEUE + '/cur/' + c[2] + '.note')
os.symlink('/dev/full', QUEUE + '/cur/' + c[3] + '.note')
os.mkfifo(QUEUE + '/report/' + c[4])
n = len(h.logged('deferral'))
h.alrm()
t.ok(h.logs('deferral', n + 4), 'notes that are none stop nothing', h.log())
h.policy = says('D', '5.1.1', 'no\n')
h.alrm()
t.ok(h.logs('^alert: not a whole queue file, and in the way: ' + c[0]) and
     h.logs('^warning: unable to append to bounce message ' + c[4]),
     'one cannot be set aside, one not be reported', h.log())
t.ok(h.waits(lambda: all(h.logged('^bounce msg ' + i) for i in c[1:4])),
     'the others are', h.log())
t.ok({c[0], c[4]} <= set(h.files('cur')), 'neither is lost', h.files('cur'))
h.stop()
h.policy = DONE
os.unlink(QUEUE + '/cur/' + c[4] + '.note')
os.mkfifo(QUEUE + '/cur/' + c[4] + '.note')
h.start()
t.ok(h.logs('^status: running', 3) and h.waits(lambda: h.alrm() or
     h.logged('^end msg ' + c[4])), 'nor waits for a FIFO', h.log())
t.eq(h.send.poll(), None, 'it lives')
t.done(h)
END
exit $?
