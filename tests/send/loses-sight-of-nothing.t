# timeout: 240
# Trouble of the system delays a message: it is not forgotten when too many
# owners are asked for at a time, and not delivered again because its file
# cannot be unlinked.
. "${0%/*}/lib.sh"
python3 - <<'EOF'
from house import *
t = Check()
h = House()
gate = threading.Event()
def owner(name):
    gate.wait(60)
    return ('u', 1000, 1000, '/home/u', '', '')
h.owner = owner
h.start()
h.logs('^status: running')
for i in range(4):
    h.inject(['u%d-%d@test.example' % (i, k) for k in range(250)])
t.ok(h.logs('^new msg', 4), 'four messages, a thousand strangers')
time.sleep(2)
gate.set()
t.ok(h.logs('^end msg', 4, 90), 'all four are delivered', h.log()[-2000:])
t.ok(h.waits(h.empty), 'nothing is left')

n = len(h.seen)
def policy(kind, key, tx, r):
    name = QUEUE + '/new/' + tx.id
    os.rename(name, ROOT + '/kept')
    os.mkdir(name)
    return ('K', '2.0.0', 'ok\n')
h.policy = policy
id = h.inject(['x@there.example'])
t.ok(h.logs('^warning: unable to unlink message ' + id), 'cannot be unlinked')
t.eq(h.logged('^end msg ' + id), [], 'so it has not ended')
os.rmdir(QUEUE + '/new/' + id)
os.rename(ROOT + '/kept', QUEUE + '/new/' + id)
t.ok(h.logs('^end msg ' + id) and h.waits(h.empty), 'later it can be',
     h.log()[-2000:])
t.eq(len(h.seen) - n, 1, 'delivered once')

h.policy = DONE
h.control('virtualdomains', 'v.example:somebody')
h.hup()
n = len(h.seen)
h.inject(['x' * 985 + '@v.example', 'y@v.example'])
t.ok(h.logs('^delivery \\d+: failure: Address_too_long'), 'an address that '
     'became too long for a worker fails alone', h.log()[-2000:])
t.ok(h.waits(h.empty), 'and is told of')
t.eq(sorted(tx.rcpts[0]['address'][:11] for k, key, tx in h.seen[n:]),
     ['joe@example', 'somebody-y@'], 'the others are delivered')
t.done(h)
EOF
exit $?
