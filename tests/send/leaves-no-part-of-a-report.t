# A failure that cannot be written down, for want of room, leaves nothing behind
# that would stay when the message goes.
. "${0%/*}/lib.sh"
python3 - << 'EOP'
from house import *
import resource
t = Check()
h = House()
h.start()
h.logs('^status: running')
answer = [('D', '5.1.1', 'x' * 3000 + '\n')]
h.policy = lambda kind, key, tx, r: answer[0]
h.inject(['a@there.example'], sender='#@[]')
h.waits(h.empty)
resource.prlimit(h.send.pid, resource.RLIMIT_FSIZE, (1024, 1024))
n = len(h.seen)
h.inject(['b@there.example'], sender='joe@example.org')
t.ok(h.waits(lambda: h.ctl('retry')[0] == 0 and len(h.seen) > n + 1),
     'a failure that finds no room is heard again')
answer[0] = ('K', '2.0.0', 'ok\n')
t.ok(h.waits(lambda: h.ctl('retry')[0] == 0 and
             not h.files('new') + h.files('cur')), 'until it is a success')
t.eq(h.files('report'), [], 'no report is left')
t.done(h)
EOP
exit $?
