# Destinations that never answer fill all the room to connect. Mail for others
# gets through while they still do.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
resource.setrlimit(resource.RLIMIT_NOFILE,
                   (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
threading.stack_size(256 * 1024)
t = Check()
h = House()
h.ready = lambda kind, key: None if 'tarpit' in key else True
h.start()
h.logs('^status: running')
s = h.session()
h.inject(['x@tarpit%d.example' % i for i in range(510)], sock=s)
t.ok(h.waits(lambda: len(h.spawned) >= 500), 'all the room to connect')
ids = [h.inject(['x@fine%d.example' % i], sock=s) for i in range(2)]
t.ok(h.waits(lambda: all(h.logged('^end msg ' + id) for id in ids), 90),
     'is not theirs while others wait')
t.ok(2 <= len(h.logged('deferral: Connecting_took_long')) <= 12,
     'as many give way as others waited', h.logged('deferral:.*'))
t.eq(len(set(h.spawned)), len(h.spawned), 'each was tried once')
t.ok(h.ctl('status')[1].find('connecting 500 ') != -1 or
     h.ctl('status')[1].find('connecting 498 ') != -1, 'the rest goes on',
     h.ctl('status'))
t.done(h)
END
exit $?
