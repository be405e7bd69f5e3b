# timeout: 240
# A message delivered at the first attempt never leaves new/; its worker gets
# the message and nothing else; the log tells all of it in qmail's grammar.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House().start()
t.ok(h.logs('^status: local 0/10 remote 0/20$'), 'says its limits', h.log())
moved = []
def policy(kind, key, tx, r):
    moved.append((h.files('new'), h.files('cur')))
    return ('K', '2.0.0', 'did 1+0+0\n')
h.policy = policy
h.owner = lambda name: ('ann', 1001, 1001, '/home/ann', '-', 'ext')
id = h.inject(['ann-ext@test.example'], more=b'B8BITMIME\0Eqq314\0')
t.ok(h.logs('^end msg ' + id), 'delivered', h.log())
t.ok(h.waits(h.empty), 'nothing is left in the queue')
t.eq(moved[0], ([id], []), 'the file stays in new/ until it is gone')
kind, key, tx = h.seen[0]
t.eq((kind, key), ('local', 'ann-ext'), 'lspawn is asked for the address')
r = tx.rcpts[0]
t.eq((r['index'], r['address'], r['dash'], r['ext']),
     ('0', 'ann-ext@test.example', '-', 'ext'), 'who it is for')
t.ok(tx.text.endswith(b'Subject: test\n\nbody\n') and
     tx.text.startswith(b'Received: '), 'the message', tx.text)
t.eq(tx.mode, os.O_RDONLY, 'cannot be written by the worker')
# 64, perhaps delivered before, is set in the second in which send began
t.eq((tx.id, tx.sender, tx.envid, int(tx.flags) & ~64),
     (id, 'joe@example.org', 'qq314', 1), 'its ID, sender, ENVID and flags')
t.ok(abs(int(tx.birth) / 1e6 - time.time()) < 60, 'its birth')
want = [
    'new msg %s' % id,
    'info msg %s: bytes %d from <joe@example.org> qp [0-9]+ uid %d' %
        (id, tx.size, os.getuid()),
    'starting delivery 1: msg %s to local ann-ext@test\\.example' % id,
    'status: local 1/10 remote 0/20',
    'delivery 1: success: did_1\\+0\\+0/',
    'status: local 0/10 remote 0/20',
    'end msg %s' % id]
t.ok(re.search('\n'.join(want) + '\n', h.log()), 'the log', h.log())

id = h.inject(['x@There.Example'])
t.ok(h.logs('^end msg ' + id), 'remote mail goes')
kind, key, tx = h.seen[-1]
t.eq((kind, key), ('remote', 'm:there.example'), 'by its domain')
t.ok(h.logged('^starting delivery 2: msg %s to remote x@There.Example$' % id),
     'deliveries are numbered on')

h.inject(['ann@test.example'])
h.logs('^end msg', 3)
h.seen.clear(); h.spawned.clear()
s = h.session()
for i in range(200):
    h.inject(['ann@test.example'], sock=s)
t.ok(h.logs('^end msg', 203), 'two hundred more')
t.eq(len(h.spawned), 0, 'carried by the worker that was there')
t.eq(h.asked.count('ann'), 1, 'one question for all of them')
empty = h.inject([])
t.ok(h.logs('^end msg ' + empty), 'a message without recipients just ends')
t.eq(h.stop(), 0, 'TERM ends it')
t.ok(h.logged('^status: exiting$'), 'and it says so')
t.done(h)
END
exit $?
