# timeout: 240
# A silent destination, a dead one, a slow owner, a worker out of its mind: none
# delays others. Concurrency goes up to a thousand.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
def ready(kind, key):
    if key.startswith('m:silent'):
        return None
    if key.startswith('m:dead'):
        return ('Z', '4.4.1', 'Connection refused.\n')
    if key.startswith('m:null'):
        return ('D', '5.1.10', 'It takes no mail.\n')
    return True
h.ready = ready
h.start()
h.logs('^status: running')
s = h.session()
for i in range(30):
    for k in range(3):
        h.inject(['x%d@silent%d.example' % (k, i)], sock=s)
begin = time.monotonic()
for i in range(70):
    for k in range(5):
        h.inject(['x%d@fine%d.example' % (k, i)], sock=s)
t.ok(h.logs('^end msg', 350), '30 silent destinations keep nobody waiting')
t.ok(time.monotonic() - begin < 40, 'not even long')
t.eq(len([k for k in h.spawned if 'silent' in k[1]]), 30,
     'one worker for each of them')

for k in range(20):
    h.inject(['x%d@dead.example' % k], sock=s)
t.ok(h.logs('deferral: Connection_refused'), 'a dead destination')
id = h.inject(['y@fine1.example'], sock=s)
h.logs('^end msg ' + id)
t.eq((len(h.logged('deferral')), h.spawned.count(('remote', 'm:dead.example'))),
     (1, 1), 'is tried once, for all its mail')
h.ready = lambda kind, key: True
h.alrm()
t.ok(h.logs('^end msg', 350 + 1 + 20), 'ALRM forgets that', h.log()[-2000:])
h.ready = ready
ids = [h.inject(['z%d@null.example' % k], sender='n@back.example', sock=s)
       for k in range(3)]
t.ok(h.waits(lambda: all(h.logged('^end msg ' + i) for i in ids)),
     'one that takes no mail: all comes back')

# a worker out of its mind
nonsense = [packet('K', 99999, 0, '2.0.0', 'x', '', ''), packet('R', ''),
            packet('K', 0, 7, '2.0.0', 'x', '', ''), b'\2K', b'\1?', b'\1K',
            packet('K', 1, 0, 'x' * 500, 'x', '', ''), os.urandom(100),
            packet('F', 'Q', 'x', 'y', 'z'), b'\1' * 60000]
todo = list(nonsense)
def policy(kind, key, tx, r):
    if 'mad' in key and todo:
        return todo.pop()
    if 'twice' in key:
        return packet('K', tx.tid, 0, '2.0.0', 'once', '', 'delivered') \
            if r['index'] == '0' else None
    return ('K', '2.0.0', 'ok\n')
h.policy = policy
ids = [h.inject(['m@mad%d.example' % i], sock=s) for i in range(len(nonsense))]
t.ok(h.waits(lambda: h.alrm() or all(h.logged('^end msg ' + i) for i in ids)),
     'nonsense from workers defers, and costs them their place',
     h.log()[-3000:])
t.ok(len(h.logged('deferral: Worker_')) >= len(nonsense) - 1, 'each one')

# a worker that dies with half of its work done
def policy(kind, key, tx, r):
    if 'half' in key and r['index'] == '1':
        raise OSError
    return ('K', '2.0.0', 'ok\n')
h.policy = policy
h.seen.clear()
id = h.inject(['%d@half.example' % i for i in range(3)])
t.ok(h.logs('deferral: Worker_ended', 2), 'a worker that dies')
h.policy = DONE
h.alrm()
t.ok(h.waits(lambda: h.alrm() or h.logged('^end msg ' + id)), 'later')
t.eq([sorted(r['index'] for r in x[2].rcpts) for x in h.seen],
     [['0', '1', '2'], ['1', '2']], 'what it had done is not repeated')

# many at a time
h.control('concurrencyremote', '1000')
h.hup()
h.gate = threading.Event()
h.most_in_hand = 0
for i in range(400):
    h.inject(['x@many%d.example' % i], sock=s)
t.ok(h.waits(lambda: h.most_in_hand >= 400), 'four hundred at once',
     h.most_in_hand)
h.gate.set()
t.ok(h.waits(lambda: not h.logged('xx') and
     len(h.files('new')) + len(h.files('cur')) <= 90 + 2), 'all done',
     (len(h.files('new')), len(h.files('cur'))))

# owners are looked up meanwhile: the door is slow for some
h.owner = lambda name: None if name == 'slow' else ('D', '5.1.1',
    'No such person.\n') if name == 'nobody' else ('Z', '4.3.0',
    'NSS is ill.\n') if name == 'ill' else ('u', 1000, 1000, '/h', '', '')
h.inject(['slow@test.example'], sock=s)
id = h.inject(['quick@test.example', 'x@fine1.example'], sock=s)
t.ok(h.logs('^end msg ' + id), 'a slow door delays only those who ask')
id = h.inject(['nobody@test.example'], sender='w@back.example', sock=s)
t.ok(h.logs('failure: No_such_person') and h.logs('^bounce msg ' + id),
     'no owner: returned')
id = h.inject(['ill@test.example'], sock=s)
t.ok(h.logs('deferral: NSS_is_ill') and not h.logged('^end msg ' + id),
     'nobody can tell: deferred')
t.eq(h.send.poll(), None, 'it lives')
t.done(h)
END
exit $?
