# By hand it takes qmail-remote's arguments and prints its records; and a
# program in $QMAILREMOTE takes its place in a worker.
. "${0%/*}/../lib.sh"
need python3 postern-remote postern-rspawn
new_root
export ROOT
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
t = Check()

def byhand(*args, text=b'Subject: x\n\nhello\n'):
    fd = message(text)
    p = subprocess.run(['postern-remote'] + list(args), stdin=fd,
                       stdout=subprocess.PIPE)
    os.close(fd)
    assert p.stdout[-1:] == b'\0', p.stdout
    return p.returncode, p.stdout[:-1].decode().split('\0')

f = Fake(RCPT=lambda c, l: {b'a': '250 ok\r\n', b'b': '550 5.1.1 no\r\n',
                            b'c': '450 4.2.1 soon\r\n'}[l[9:10]])
control('smtproutes', '.sub.example:127.0.0.1:1',
        'dest.example:127.0.0.1:%d' % f.port, '[1.2.3.4]:[127.0.0.1]:%d'
        % f.port)
t.eq(byhand('dest.example', 's@x', 'a@dest.example'), (0, ['r',
     'K127.0.0.1 accepted message.\nRemote host said: 250 2.6.0 ok queued\n']),
     'one recipient')
t.eq(f.last.messages, [b'Subject: x\r\n\r\nhello\r\n'], 'sent')
code, records = byhand('dest.example', '', 'b@d', 'a@d', 'c@d')
t.eq([r[:1] for r in records], ['h', 'r', 's', 'K'], 'several recipients')
t.eq(records[0], 'h127.0.0.1 does not like recipient.\n'
     'Remote host said: 550 5.1.1 no\n', 'a failure')
code, records = byhand('dest.example', '', 'b@d', 'b@d')
t.eq([r[:1] for r in records], ['h', 'h', 'D'], 'all refused')
code, records = byhand('[1.2.3.4]', '', 'a@d')
t.eq([r[:1] for r in records], ['r', 'K'], 'a literal has a route too')
code, records = byhand('x.sub.example', '', 'a@d')
t.eq([code] + [r[:1] for r in records], [0, 'Z'], 'nobody there')
t.ok('#4.4.1' in records[0], 'with a code', records)
t.eq([r[:1] for r in byhand('dest.example')[1]], ['Z'], 'no arguments')
control('smtproutes', ':127.0.0.1:%d' % f.port)
code, records = byhand('else.example', '', 'a@d')
t.eq([r[:1] for r in records], ['r', 'K'], 'the default route')
control('me')
t.eq([r[:1] for r in byhand('else.example', '', 'a@d')[1]], ['Z'],
     'no control/me')
control('me', 'test.example')

# $QMAILREMOTE
program = os.path.join(os.environ['ROOT'], 'wrapper')
out = os.path.join(os.environ['ROOT'], 'out')
spit('''#!/bin/sh
printf '%%s\\n' "$@" > %s.args
cat > %s
case $3 in
a@*) printf 'rok\\0Kwrapped\\0' ;;
b@*) printf 'hno such (#5.1.1)\\n\\0Dgiving up\\0' ;;
c@*) kill -9 $$ ;;
*) exit 111 ;;
esac
''' % (out, out), program, mode=0o755)
w = Remote('m:nowhere.example', env={'QMAILREMOTE': program})
t.ok(w.ready(), 'a wrapper is ready at once')
w.send(b'text\nmore\n', rcpt('a@dest.example'), offset=13, sender='me@here')
t.eq(w.result(), ['K', '1', '0', '2.0.0', 'wrapped', '', 'relayed'], 'K')
t.eq(slurp(out), b'text\nmore\n', 'its message, and no more')
t.eq(slurp(out + '.args'), b'dest.example\nme@here\na@dest.example\n', 'args')
w.send(b'x', *[rcpt(x + '@dest.example') for x in 'bcd'])
t.eq([r[0] + r[3] for r in w.results(3)], ['D5.1.1', 'Z4.3.0', 'Z4.3.0'],
     'each of several recipients')
t.eq(w.close(), 0, 'ends with its socket')
w = Remote('m:x', env={'QMAILREMOTE': '/nonexistent'})
w.ready()
w.send(b'x', rcpt('a@b'))
t.eq(w.result()[0], 'Z', 'a wrapper that is not there')
w.close()

# the spawner
def spawner(env=None):
    a, b = pair()
    e = dict(os.environ)
    e.update(env or {})
    p = subprocess.Popen(['postern-rspawn'], stdin=b, env=e)
    b.close()
    return a, p
a, p = spawner()
send(a, packet('S', 5, f.key))
kind, fields_, fds = receive(a)
t.eq([kind, fields_, len(fds)], ['W', ['5'], 1], 'a worker for a destination')
w = Worker(sock=socket.socket(fileno=fds[0]))
w.sock.settimeout(30)
t.eq(w.ready(), 'R', 'which is ready')
w.send(b'x\n', rcpt('a@dest.example'))
t.eq(w.result()[0], 'K', 'and delivers')
w.sock.close()
send(a, packet('S', 6, 'm:..'))
kind, fields_, fds = receive(a)
w = Worker(sock=socket.socket(fileno=fds[0]))
w.sock.settimeout(30)
t.eq(receive(w.sock)[:2], ('F', ['D', '5.1.2', 'That is not a domain '
     'name. (#5.1.2)\n', '']), 'or says why not')
a.close()
t.eq(p.wait(30), 0, 'the spawner ends with its client')
a, p = spawner({'QMAILREMOTE': program})
send(a, packet('S', 7, 'm:x'))
w = Worker(sock=socket.socket(fileno=receive(a)[2][0]))
w.sock.settimeout(30)
w.ready()
w.send(b'x\n', rcpt('a@dest.example'))
t.eq(w.result()[4], 'wrapped', '$QMAILREMOTE is kept')
a.close()
p.wait(30)
t.done()
END
