# A kept connection that fails before the reply to MAIL is opened again, once;
# an idle worker says goodbye; one whose client is gone abandons its delivery
# before the final dot.
# timeout: 120
. "${0%/*}/../lib.sh"
need python3 postern-remote
new_root
export ROOT
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
t = Check()
control('timeoutremote', '10')
def bye(c, line): c.bye()
def once(how):
    """The first connection fails at its second message."""
    def answer(c, line):
        c.n = getattr(c, 'n', 0) + 1
        if c is c.server.connections[0] and c.n == 2:
            return how(c, line) if callable(how) else how
        return '250 ok\r\n'
    return answer
def two(**how):
    f = Fake(**how)
    w = Remote(f.key)
    t.ok(w.ready(), 'ready')
    got = []
    for i in range(2):
        w.send(b'%d\n' % i, rcpt('a@d.example'))
        r = w.result()
        got.append(r and r[0])
    w.close()
    return f, got
for offers in ALL, []:
    for name, how in (('hangs up', bye), ('says farewell', '421 enough\r\n'),
                      ('talks nonsense', 'xyzzy\r\n')):
        f, got = two(offers=offers, MAIL=once(how))
        t.eq(got, ['K', 'K'], 'opened again when it %s at MAIL' % name)
        t.eq(len(f.connections), 2, 'once')
    f, got = two(offers=offers, RCPT=once(bye))
    t.eq(got, ['K', 'Z'],
         'not after the reply to MAIL')
    t.eq(len(f.connections), 1, 'not opened again')
def always(c, line):
    c.n = getattr(c, 'n', 0) + 1
    return '250 ok\r\n' if c is c.server.connections[0] and c.n == 1 \
        else c.bye()
f, got = two(MAIL=always)
t.eq([got, len(f.connections)], [['K', 'Z'], 2], 'not twice')

# what happens between messages
f = Fake(dot=lambda c, l: '250 ok\r\n')
w = Remote(f.key)
w.ready()
w.send(b'x\n', rcpt('a@d.example'))
t.eq(w.result()[0], 'K', 'first message')
f.last.say('421 bored\r\n')
time.sleep(.1)
w.send(b'y\n', rcpt('a@d.example'))
t.eq(w.result()[0], 'K', 'a farewell between messages harms nobody')
t.eq(len(f.connections), 2, 'a new connection')
f.last.sock.shutdown(socket.SHUT_RDWR)
time.sleep(.1)
w.send(b'z\n', rcpt('a@d.example'))
t.eq(w.result()[0], 'K', 'nor does a silent end')
w.close()

control('timeoutidle', '1')
f = Fake()
w = Remote(f.key)
w.ready()
w.send(b'x\n', rcpt('a@d.example'))
t.eq(w.result()[0], 'K', 'a message')
t.eq(w.result(), None, 'ends when nothing comes')
t.ok(wait_until(lambda: f.last.closed == 'quit'), 'with QUIT')
t.eq(w.process.wait(30), 0, 'in peace')

# the client goes away
BIG = b'x' * 70 + b'\n'
for at, what in (('body', 'in the message'), ('DATA', 'before the message'),
                 ('MAIL', 'before the envelope')):
    holder = {}
    def leave(c, line):
        holder['w'].sock.close()
        time.sleep(.3)
        return {'DATA': '354 go\r\n', 'MAIL': '250 ok\r\n'}.get(at, '')
    f = Fake(offers=[], **{at: leave})
    w = holder['w'] = Remote(f.key)
    w.ready()
    w.send(BIG * 100000, rcpt('a@d.example'))
    t.eq(w.process.wait(30), 0, 'abandons %s' % what)
    wait_until(lambda: f.last.closed is not None)
    t.eq(f.last.messages, [], 'no final dot')
f = Fake(greeting=lambda c, l: time.sleep(20))
w = Remote(f.key)
wait_until(lambda: f.connections)
w.sock.close()
t.eq(w.process.wait(15), 0, 'and a connection that is not greeted')

f = Fake()
w = Remote(f.key)
w.ready()
send(w.sock, b'\1Xnonsense\0')
t.eq(w.result(), None, 'ends at nonsense')
t.eq(w.process.wait(30), 111, 'with 111')
w = Remote(f.key)
w.ready()
send(w.sock, packet('T', 1, '1' * 16, 1, 0, 1, '', 0, '', 1, *rcpt('a@b')))
t.eq(w.result(), None, 'ends at a transaction without a message')
t.done()
END
