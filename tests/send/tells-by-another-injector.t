# Notices go by way of $POSTERNQUEUE or $QMAILQUEUE, as all mail of ours does.
. "${0%/*}/lib.sh"
cat > "$ROOT/injector" << 'END'
#!/bin/sh
ls /proc/self/fd >> "$ROOT/descriptors"
[ ! -e "$ROOT/refuse" ] || { rm "$ROOT/refuse"; echo 'Znot now' >&6; exit 82; }
echo yes >> "$ROOT/called"
exec postern-queue
END
chmod +x "$ROOT/injector"
python3 - <<'EOF'
from house import *
t = Check()
h = House()
h.policy = lambda kind, key, tx, r: (
    'KD'[r['address'].startswith('bad')], '5.1.1', 'no\n')
for name in ('QMAILQUEUE', 'POSTERNQUEUE'):
    h.start(wrap=('env', name + '=' + ROOT + '/injector'))
    h.seen.clear()
    id = h.inject(['bad@there.example'], sender='joe@example.org')
    t.ok(h.logs('^bounce msg %s qp \\d+$' % id), name + ': told',
         h.log()[-2000:])
    t.ok(h.waits(lambda: any(x[2].sender == '' for x in h.seen)),
         'delivered')
    h.waits(h.empty)
    h.stop()
t.eq(open(ROOT + '/called').read(), 'yes\nyes\n', 'by that program')
t.eq(set(open(ROOT + '/descriptors').read().split()) - set('0126'), {'3'},
     'which has what it needs, and ls its directory')
open(ROOT + '/refuse', 'w')
h.start(wrap=('env', 'QMAILQUEUE=' + ROOT + '/injector'))
h.inject(['bad@there.example'], sender='joe@example.org')
t.ok(h.logs('^warning: trouble injecting bounce message, will try later: '
            'Znot_now$'), 'it may refuse', h.log()[-2000:])
open(ROOT + '/refuse', 'w')
h.alrm()
t.ok(h.logs('^warning: trouble injecting bounce message, will try later: '
            'Znot_now$', 2), 'and is asked again when all is tried',
     h.log()[-2000:])

# the launcher is the one that has nothing but descriptors 2 and 3
launcher = [p for p in below(h.send.pid)
            if set(os.listdir('/proc/%d/fd' % p)) == {'2', '3'}]
t.eq(len(launcher), 1, 'there is a launcher')
os.kill(launcher[0], signal.SIGKILL)
for i in range(2):
    h.inject(['bad@there.example'], sender='joe@example.org')
t.eq(h.send.wait(60), 111, 'without it send ends, to be started again')
h.seen.clear()
h.start(wrap=('env', 'QMAILQUEUE=' + ROOT + '/injector'))
t.ok(h.waits(h.empty), 'and nothing is lost', h.log()[-2000:])
t.eq(len([x for x in h.seen if x[2].sender == '']), 3, 'all are told')
t.done(h)
EOF
exit $?
