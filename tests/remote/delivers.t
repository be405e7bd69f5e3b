# The worker greets, sends several recipients and several messages over one
# connection, pipelined when offered, and tells each result.
. "${0%/*}/../lib.sh"
need python3 postern-remote
new_root
export ROOT
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
t = Check()
f = Fake()
w = Remote(f.key)
t.ok(w.ready(), 'ready', w.hello)
t.eq(w.hello, ['127.0.0.1'], 'with the peer')
t.eq(f.last.lines, ['EHLO test.example'], 'said hello and no more')
w.send(b'Subject: hi\n\n.one\ntwo', rcpt('you@dest.example'))
t.eq(w.result(), ['K', '1', '0', '2.6.0', '127.0.0.1 accepted message.\n'
     'Remote host said: 250 2.6.0 ok queued\n', '127.0.0.1', 'passed'],
     'accepted')
t.eq(f.last.lines[1:], ['MAIL FROM:<joe@example.org> SIZE=24',
     'RCPT TO:<you@dest.example>', 'DATA'], 'commands')
t.eq(len(f.last.reads), 3, 'the envelope in one piece, the message in one')
t.eq(f.last.messages, [b'Subject: hi\r\n\r\n..one\r\ntwo\r\n'], 'data')
w.send(b'a\n\nb\n', rcpt('x@dest.example', notify=10,
                        orcpt='rfc822;x+y@orig.example'),
       rcpt('a b"c@dest.example', index=1),
       sender='', flags=1 | 8, envid='id+1')
r = w.results(2)
t.eq([x[:4] for x in r], [['K', '2', '0', '2.6.0'], ['K', '2', '1', '2.6.0']],
     'two recipients')
t.eq(f.last.lines[4:], ['MAIL FROM:<> SIZE=8 BODY=8BITMIME RET=FULL '
     'ENVID=id+2B1', 'RCPT TO:<x@dest.example> NOTIFY=SUCCESS,DELAY '
     'ORCPT=rfc822;x+2By@orig.example',
     r'RCPT TO:<"a b\"c"@dest.example>', 'DATA'], 'extensions')
t.eq(len(f.connections), 1, 'over one connection')
t.eq(w.close(), 0, 'ends when its socket is closed')
t.ok(wait_until(lambda: f.last.closed == 'quit'), 'with QUIT', f.last.closed)

f = Fake(offers=[], EHLO='502 no\r\n')
r = deliver(f, b'x\n\n\xe4\n', rcpt('a@b.example', notify=4),
            rcpt('c@b.example'), flags=1)
t.eq([x[0] for x in r], ['K', 'K'], 'an old server')
t.eq(r[0][6], 'relayed', 'which knows no DSN')
t.eq(f.last.lines[:6], ['EHLO test.example', 'HELO test.example',
     'MAIL FROM:<joe@example.org>', 'RCPT TO:<a@b.example>',
     'RCPT TO:<c@b.example>', 'DATA'], 'gets plain SMTP')
t.eq(f.last.messages, [b'x\r\n\r\n\xe4\r\n'], '8-bit bytes as they are')
t.ok(len(f.last.reads) >= 7, 'one command at a time', f.last.reads)

def picky(c, line):
    return {b'a': '250 ok\r\n', b'b': '550 5.1.1 no b here\r\n',
            b'c': '450 4.2.0 c is away\r\n'}[line[9:10]]
for offers in (ALL, []):
    f = Fake(offers=offers, RCPT=picky)
    r = deliver(f, b'x\n', *[rcpt(x + '@d.example') for x in 'bac'])
    t.eq([x[0] + x[3] for x in r], ['D5.1.1', 'K2.6.0', 'Z4.2.0'],
         'each recipient has its own answer')
    t.eq(r[0][4], '127.0.0.1 does not like recipient.\n'
         'Remote host said: 550 5.1.1 no b here\n', 'in its own words')
    t.eq(f.last.messages, [b'x\r\n'], 'sent once')
    f = Fake(offers=offers, RCPT='550 no\r\n', DATA=lambda c, l:
             '354 well\r\n' if 'PIPELINING' in offers else '503 no\r\n',
             dot='554 nobody\r\n')
    w = Remote(f.key)
    t.ok(w.ready(), 'ready')
    w.send(b'x\n', rcpt('a@d.example'))
    t.eq(w.result()[0], 'D', 'nobody is accepted')
    f.how = {}
    w.send(b'y\n', rcpt('a@d.example'))
    t.eq(w.result()[0], 'K', 'the next message is not harmed')
    t.ok(b'x\r\n' not in f.last.messages, 'the first one is not sent',
         f.last.messages)
    t.ok('RSET' in f.last.lines, 'after a reset', f.last.lines)
    t.eq(len(f.connections), 1, 'over the same connection')
    w.close()

def few(c, line):
    c.n = getattr(c, 'n', 0) + 1
    return '250 ok\r\n' if c.n % 4 else '452 4.5.3 too many\r\n'
f = Fake(RCPT=few)
r = deliver(f, b'x\n', *[rcpt('%d@d.example' % i) for i in range(10)])
t.eq([x[0] for x in r], ['K'] * 10, 'put off recipients go with the next one')
t.ok(len(f.last.messages) > 1, 'in several transactions')
f = Fake(offers=ALL + ['LIMITS MAILMAX=10 RCPTMAX=3'])
r = deliver(f, b'x\n', *[rcpt('%d@d.example' % i) for i in range(10)])
t.eq([x[0] for x in r], ['K'] * 10, 'a limit on recipients is known before')
t.eq(len(f.last.messages), 4, 'and kept')
whole = b''.join(b'%06d\n' % i for i in range(4600))
f = Fake(offers=ALL + ['LIMITS RCPTMAX=1'])
r = deliver(f, whole, *[rcpt('%d@d.example' % i) for i in range(3)])
t.eq([x[0] for x in r], ['K'] * 3, 'a message as large as the buffers')
t.eq([m.replace(b'\r', b'') == whole for m in f.last.messages], [True] * 3,
     'is the same each time')

r = deliver(Fake(), b'x\n', *[rcpt('%0500d@d.example' % i, index=i)
                              for i in range(100)])
t.eq([x[0] for x in r], ['K'] * 100, 'a hundred long addresses')
r = deliver(Fake(), b'x\n', rcpt('a\rb@d.example'), rcpt('b@d.example'))
t.eq([x[0] + x[3] for x in r], ['D5.1.3', 'K2.6.0'],
     'an address that SMTP cannot say')
r = deliver(Fake(offers=['SIZE 1000']), b'x' * 1001, rcpt('a@d.example'))
t.eq([x[0] + x[3] for x in r], ['D5.3.4'], 'too large for this host')
r = deliver(Fake(), b'x', rcpt('a@d.example'), size=5)
t.eq([x[0] + x[3] for x in r], ['Z4.3.0'], 'a message that is cut short')
r = deliver(Fake(), b'x', rcpt('a@d.example'), flags=4)
t.eq([x[0] + x[3] for x in r], ['D5.7.30'], 'TLS is required')
t.done()
END
