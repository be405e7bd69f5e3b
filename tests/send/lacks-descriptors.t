# No descriptors left: what needs one waits, nothing else does, and nobody takes
# that for the end of a companion.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
gate = threading.Event()
def policy(kind, key, tx, r):
    gate.wait(100)
    return ('K', '2.0.0', 'ok\n')
h.policy = policy
h.start(['sh', '-c', 'ulimit -n 40; exec "$@"', 'sh'])
t.ok(h.logs('^status: running'), 'forty descriptors')
id = h.inject(['x@far%d.example' % i for i in range(60)])
t.ok(h.logs('deferral: Unable_to_start_a_worker|unable to open message'),
     'not enough for all', h.log())
gate.set()
t.ok(h.waits(lambda: h.alrm() or h.logged('^end msg ' + id)),
     'when some are free, the others go', h.log())
t.eq(sorted(r['address'] for _, _, tx in h.seen for r in tx.rcpts),
     sorted('x@far%d.example' % i for i in range(60)), 'each once')
t.eq((h.send.poll(), h.logged('^alert:.*lost')), (None, []), 'it lives')
t.ok(h.waits(h.empty), 'nothing is left')

# the name of an owner is no refusal
h.owner = lambda name: ('D', 1000, 1000, '/home/D', '', '')
h.hands = lambda *a: False
n = len(h.logged('deferral: Unable_to_start_a_worker'))
h.inject(['d@test.example'])
t.ok(h.logs('deferral: Unable_to_start_a_worker', n + 1),
     'a worker that gets lost is tried again', h.log()[-2000:])
h.hands = lambda *a: True
t.ok(h.waits(lambda: h.alrm() or h.empty()), 'and then found')
t.eq(h.logged('failure'), [], 'nothing is returned')
t.done(h)
END
exit $?
