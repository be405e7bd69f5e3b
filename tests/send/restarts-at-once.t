# Thousands of deferred messages hold nothing up: a restart serves new mail in
# less than a second, and new mail goes as fast as with an empty queue.
# timeout: 400
# sanitizers: no, since they take memory and make calls of their own
if [ -w /dev/shm ]; then
	TMPDIR=/dev/shm
	export TMPDIR
fi
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
N = int(os.environ.get('N', '20000'))
h.policy = lambda kind, key, tx, r: ('Z', '4.4.1', 'No answer.\n') \
    if kind == 'remote' else ('K', '2.0.0', 'did 1+0+0\n')
h.control('concurrencyremote', '200')
h.start()
h.logs('^status: running')
s = h.session()
def rate(n):
    before = len(h.seen)
    begin = time.monotonic()
    for i in range(n):
        h.inject(['ann@test.example'], sock=s)
    h.waits(lambda: len(h.seen) >= before + n, 60)
    return n / (time.monotonic() - begin)
rate(500)
empty = max(rate(2000) for i in range(3))
for i in range(N):
    id = h.inject(['x@h%d.example' % (i % 300)], sock=s)
t.ok(h.waits(lambda: len(h.files('cur')) >= 2 * N and not h.files('new'), 120),
     '%d deferred messages' % N, len(h.files('cur')))
t.ok(('waiting %d\n' % N) in h.ctl('status')[1], 'they wait')
full = max(rate(2000) for i in range(3))
print('# %d/s with an empty queue, %d/s with %d waiting' % (empty, full, N))
t.ok(full > 0.5 * empty, 'new mail goes as fast as ever')
rss = int([l for l in open('/proc/%d/status' % h.send.pid) if 'VmRSS' in l][0]
          .split()[1])
print('# resident: %d kB' % rss)
t.ok(rss < 4000 + N * 0.3, 'in little memory')
h.stop(signal.SIGKILL)
os.truncate(h.log_name, 0)
before = len(h.seen)
h.start()
begin = time.monotonic()
h.logs('^status: running')
t.eq(h.ctl('hold', id), (0, 'done\n'),
     'an order is obeyed about what has not been listed yet')
t.eq(h.ctl('release', id), (0, 'done\n'), 'and another')
h.inject(['ann@test.example'])
h.waits(lambda: len(h.seen) > before)
first = time.monotonic() - begin
print('# first new delivery after %.3f s' % first)
t.ok(first < 5, 'after a restart new mail is delivered before the old is all read')
t.ok(h.waits(lambda: ('waiting %d\n' % N) in h.ctl('status')[1], 60),
     'all the others are found again', h.ctl('status'))
print('# all found after %.3f s' % (time.monotonic() - begin))
h.stop(signal.SIGKILL)
h.start()
before = len(h.seen)
begin = time.monotonic()
h.inject(['ann@test.example'])
h.waits(lambda: len(h.seen) > before)
t.ok(time.monotonic() - begin < 10, 'also what came in meanwhile')
t.done(h)
END
exit $?
