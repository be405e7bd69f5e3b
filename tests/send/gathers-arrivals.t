# timeout: 120
# Mail in quick succession is taken up in rounds, so that its deliveries share
# flushes; a message that comes alone waits for nobody.
# sanitizers: no, since the tracer is in the way of some
. "${0%/*}/lib.sh"
need_tracer
python3 - <<'END'
from house import *
t = Check()
h = House()
GATHER, N = 0.005, 400
TRACE = ROOT + '/trace'
h.start(['strace', '-D', '-qq', '-ttt', '-s', '65536', '-e', 'trace=write',
         '-o', TRACE])
h.logs('^status: running')
s = h.session()
for i in range(N):
    h.inject(['ann@test.example'], sock=s)
t.ok(h.logs('^end msg', N), 'all are delivered', h.log())

# the log is written once a turn of the loop
with open(TRACE) as f:
    turns = [(float(l.split()[0]), l.count('new msg ')) for l in f
             if 'write(2' in l and 'new msg ' in l]
span = turns[-1][0] - turns[0][0]
t.eq(sum(n for _, n in turns), N, 'the trace has them all')
print('# %d messages in %d rounds, %.3f s' % (N, len(turns), span))
t.ok(len(turns) <= 1.25 * span / GATHER + 3, 'a round every few milliseconds')
t.done(h)
END
exit $?
