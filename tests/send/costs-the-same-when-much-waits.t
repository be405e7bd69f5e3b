# timeout: 240
# What postern-send does for a message does not depend on how many others wait:
# counted in system calls.
# sanitizers: no, since they make calls of their own
. "${0%/*}/lib.sh"
need_tracer
python3 - <<'END'
from house import *
t = Check()
h = House()
N, WAITING = 50, 2000
TRACE = ROOT + '/trace'
h.policy = lambda kind, key, tx, r: ('Z', '4.2.0', 'later\n') \
    if r['address'].startswith('later') else ('K', '2.0.0', 'ok\n')
h.start(['strace', '-D', '-f', '-qq', '-o', TRACE])
h.logs('^status: running')
s = h.session()

def calls():
    """Of send itself, without its waiting."""
    with open(TRACE) as f:
        return len([1 for l in f if re.match(r'%d +\w+\(' % h.send.pid, l) and
                    'epoll' not in l])

def cost():
    """Calls for N messages, one after another."""
    before = calls()
    for i in range(N):
        id = h.inject(['x@there.example'], sock=s)
        h.logs('^end msg ' + id)
    return calls() - before

cost()
empty = cost()
for i in range(WAITING):
    h.inject(['later@d%d.example' % (i % 20)], sock=s)
t.ok(h.waits(lambda: len([f for f in h.files('cur') if '.' not in f]) ==
             WAITING and 'waiting %d' % WAITING in h.ctl('status')[1], 100),
     '%d messages wait' % WAITING, h.ctl('status'))
time.sleep(1)
full = cost()
print('# %g calls a message, %g with %d waiting' %
      (empty / N, full / N, WAITING))
t.ok(empty < 15 * N, 'few system calls a message')
t.ok(full < empty * 1.1 + N, 'and no more of them when many wait')
t.done(h)
END
exit $?
