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
put('1700000000000099', b'garbage', 'report')
h.policy = DONE
h.seen.clear()
h.start()
t.ok(h.logs('^new msg', 8), 'the good ones are found', h.log())
h.alrm()
t.ok(h.waits(lambda: h.alrm() or len(h.logged('^end msg')) == 4),
     'and delivered', h.log())
got = sorted(r['address'] for x in h.seen for r in x[2].rcpts)
t.eq(got, ['x%d@there.example' % i for i in range(4)],
     'they and no others')
t.eq([f for f in h.files('new') if not f.startswith(('bad.', '.'))], [],
     'nothing in the way in new/')
bad = [f for f in h.files('new') + h.files('cur') if f.startswith('bad.')]
t.eq(sorted(f[4:] for f in bad), ['%016d' % (1700000000000000 + i) for i in
     (1, 2, 3, 4, 5, 6, 7, 9, 10, 11)] + ['stranger'], 'all are set aside')
t.eq(len(h.logged('^alert: not a whole queue file')), 11, 'and logged')
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
t.eq(h.send.poll(), None, 'it lives')
t.done(h)
END
exit $?
