# What a forward makes of the sender's wishes, RFC 3461 section 5.2.7.
. "${0%/*}/../lib.sh"
need python3 postern-local
new_root
export ROOT
cat > "$ROOT/queue-double" <<'END'
#!/bin/sh
exec 3<&1
cat > "$ROOT/queued.message"
cat <&3 | tr '\0' '\n' > "$ROOT/queued.envelope"
END
chmod +x "$ROOT/queue-double"
POSTERNQUEUE=$ROOT/queue-double
export POSTERNQUEUE
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
from wire import *
t = Check()
h = home()
w = Worker(h)
w.ready()
def put(*lines, notify=0, orcpt='', **more):
    spit('\n'.join(lines) + '\n', h, '.qmail-f')
    r = w.deliver(b'a: b\n\nc\n', rcpt('me-f@test.example', '-', 'f',
                  notify=notify, orcpt=orcpt), **more)
    e = slurp(os.environ['ROOT'], 'queued.envelope').decode().split('\n')
    os.unlink(os.environ['ROOT'] + '/queued.envelope')
    return r[0] + ' ' + r[6], [x for x in e if x]
wish = dict(notify=6, orcpt='rfc822;me-f@test.example', envid='QQ',
            flags=1 | 2 | 8)
t.eq(put('a@b.example', **wish), ('K passed', ['Fjoe@example.org',
     'B8BITMIME', 'U', 'RFULL', 'EQQ', 'Ta@b.example', 'NSUCCESS,FAILURE',
     'Orfc822;me-f@test.example']), 'one forward gets all')
r, e = put('a@b.example', 'c@d.example', **wish)
t.eq((r, [x for x in e if x[0] in 'TN']), ('K expanded', ['Ta@b.example',
     'NFAILURE', 'Tc@d.example', 'NFAILURE']), 'several: without SUCCESS')
wish['notify'] = 2
r, e = put('a@b.example', '|true', **wish)
t.eq((r, [x for x in e if x[0] in 'TN']), ('K expanded', ['Ta@b.example',
     'NNEVER']), 'only SUCCESS becomes NEVER')
spit('', h, '.qmail-f-owner')
r, e = put('a@b.example', **wish)
t.eq((r, [x for x in e if x[0] in 'FTNEO']), ('K delivered',
     ['Fme-f-owner@test.example', 'Ta@b.example']), 'a list passes on nothing')
os.unlink(h + '/.qmail-f-owner')
r, e = put('a@b.example')
t.eq((r, e), ('K passed', ['Fjoe@example.org', 'Ta@b.example']),
     'no wishes, none passed on')
w.close()
t.done()
END
