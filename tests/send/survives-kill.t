# timeout: 400
# Killed at any moment and started again: nothing accepted is lost, what is
# marked done is not repeated, nothing stays behind.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
import random
random.seed(os.getpid())
print('# seed', os.getpid())
h.delay = 0.002
count = {}
def policy(kind, key, tx, r):
    n = random.random()
    if r['address'].startswith('bad') and n < 0.7:
        return ('D', '5.1.1', 'no such user\n')
    if n < 0.25:
        return ('Z', '4.2.0', 'later\n')
    with h.lock:
        count.setdefault((tx.id, r['index']), []).append(r['address'])
    return ('K', '2.0.0', 'ok\n')
h.policy = policy
h.owner = lambda name: (name[:1], 1000, 1000, '/home/' + name[:1], '-', name)
sent = {}
stop = False
def flood(n):
    s = h.session()
    i = 0
    while not stop:
        i += 1
        rcpts = ['%s%d-%d-%d@%s' % (random.choice(['a', 'b', 'bad']), n, i, k,
                 random.choice(['test.example', 'r1.example', 'r2.example']))
                 for k in range(random.choice([1, 1, 1, 2, 5]))]
        id = h.inject(rcpts, sender='s%d-%d@back.example' % (n, i), sock=s)
        sent[id] = rcpts
        time.sleep(0.004)
floods = [threading.Thread(target=flood, args=(n,)) for n in range(3)]
h.start()
for f in floods:
    f.start()
rounds = 25
for i in range(rounds):
    time.sleep(random.uniform(0.01, 0.25))
    h.stop(signal.SIGKILL)
    h.start()
stop = True
h.waits(lambda: h.ctl('status')[0] == 0)
for f in floods:
    f.join()
t.ok(len(sent) > 100, '%d messages, %d kills' % (len(sent), rounds))
def drained():
    h.alrm()
    time.sleep(0.1)
    return h.empty()
t.ok(h.waits(drained, 240), 'everything leaves the queue',
     (h.files('new')[:5], h.files('cur')[:5], h.files('report')[:5]))
told = {}
for kind, key, tx in h.seen:
    if tx.sender == '':
        told[tx.rcpts[0]['address']] = told.get(
            tx.rcpts[0]['address'], b'') + tx.text
lost = []
for id, rcpts in sent.items():
    for i, r in enumerate(rcpts):
        if count.get((id, str(i))):
            continue
        if r.startswith('bad') and r.encode() in b''.join(told.values()):
            continue
        lost.append((id, i, r))
t.eq(lost[:5], [], 'each recipient has its mail, or its sender a report')
wrong = [k for k, v in count.items() if k[0] in sent and
         any(a != sent[k[0]][int(k[1])] for a in v)]
t.eq(wrong[:5], [], 'nobody got what was for another')
n = sum(len(v) for v in count.values())
t.ok(n - len(count) < rounds * 24 and n >= len(count), 'only what was in '
     'flight is repeated: %d of %d' % (n - len(count), len(count)))
again = len(h.seen)
h.stop(signal.SIGKILL)
h.start()
h.logs('^status: running', rounds + 2)
t.eq((len(h.seen), h.empty()), (again, True), 'and nothing comes back')
t.done(h)
END
exit $?
