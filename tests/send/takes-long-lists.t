# A list of many domains costs what its length demands, also when another one
# with the same domains is waiting.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
N = 40000
h.start()

# several lists, whose owners are asked for side by side
mixed = [a % i for i in range(700) for a in ('u%d@there.example',
                                             'l%d@test.example')]
s = [h.session() for _ in range(3)]
ids = [h.inject(mixed, sock=x) for x in s]
t.ok(all(h.logs('^end msg ' + id) for id in ids), 'three lists at a time')
t.eq(sorted((x[2].id, r['address']) for x in h.seen for r in x[2].rcpts),
     sorted((id, a) for id in ids for a in mixed), 'each gets it once')
t.eq([len([x for x in h.seen if x[0] == 'remote' and x[2].id == id])
      for id in ids], [7] * 3, 'a hundred at a time')

h.ready = lambda kind, key: None        # nobody answers
rcpts = ['u@d%d.example' % i for i in range(N)]

def taken_in():
    """Seconds of send's own for one more such message."""
    spent = lambda: int(open('/proc/%d/stat' % h.send.pid).read()
                        .rsplit(')', 1)[1].split()[11]) / os.sysconf('SC_CLK_TCK')
    before = spent()
    told = int(h.ctl('status')[1].split()[3])
    h.inject(rcpts)
    t.ok(h.waits(lambda: int(h.ctl('status')[1].split()[3]) >= told + N - 2000),
         '%d recipients are taken in' % N, h.ctl('status')[1])
    return spent() - before

first, second = taken_in(), taken_in()
print('# %g s, then %g' % (first, second))
t.ok(second < 3 * first + 0.3, 'the second list costs as much as the first')
t.done(h)
END
exit $?
