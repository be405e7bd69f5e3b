# Senders are told of failures more slowly than those come: what waits for that
# takes no descriptors, which deliveries and their marks need.
. "${0%/*}/lib.sh"
cat > "$ROOT/slow" << 'END'
#!/bin/sh
[ -e "$ROOT/hurry" ] || sleep 0.05
exec postern-queue
END
chmod +x "$ROOT/slow"
python3 - << 'EOP'
from house import *
t = Check()
h = House()
COUNT = 500
h.delay = 0.01
h.policy = lambda kind, key, tx, r: (
    'KD'[r['address'].startswith('bad')], '5.1.1', 'no\n')
h.start(wrap=('env', 'QMAILQUEUE=' + ROOT + '/slow'))

most = 0
def descriptors():
    global most
    most = max(most, len(os.listdir('/proc/%d/fd' % h.send.pid)))
    return most

def all_failed():
    descriptors()
    return len(h.logged(r'^delivery \d+: failure')) >= COUNT

way_in = h.session()
for i in range(COUNT):
    h.inject(['bad%d@test.example' % i], sender='joe@example.org', sock=way_in)
    descriptors()
t.ok(h.waits(all_failed), 'all fail')
told = len(h.logged('^bounce msg'))
t.ok(told < COUNT - 300, 'few senders have been told', told)
t.ok(descriptors() < 250, 'the others cost no descriptors', most)
open(ROOT + '/hurry', 'w')
t.ok(h.logs('^bounce msg', COUNT, 90), 'all are told in the end')
t.ok(h.waits(h.empty), 'and the queue is empty')
t.eq(len(h.logged('^bounce msg')), COUNT, 'once each')
t.done(h)
EOP
exit $?
