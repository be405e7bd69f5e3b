"""LMTP (RFC 2033): LHLO, and a reply for each recipient."""
from harness import *

Door(lambda a: ('D', '5.1.1', 'none') if a.startswith('none') else 'K')
c = Client('-l')
equal(c.greeting, '220 test.example LMTP', 'the greeting')
like(c.cmd('HELO c'), '^500 ', 'no HELO')
like(c.cmd('EHLO c'), '^500 ', 'no EHLO')
like(c.cmd('MAIL FROM:<>'), r'^503 5\.5\.1 LHLO first$', 'LHLO first')
like(c.cmd('LHLO c'), r'(?s)^250-.*PIPELINING.*ENHANCEDSTATUSCODES', 'LHLO')
c.cmd('MAIL FROM:<s@a.example>')
for r in ('a', 'none', 'b', 'c'):
    c.cmd('RCPT TO:<%s@test.example>' % r)
got = [c.message('x\r\n.\r\n'), c.reply(), c.reply()]
ok(all(re.match(r'250 2\.0\.0 ok \d+ qp \d+$', g) for g in got),
   'three replies for three recipients', got)
like(c.cmd('NOOP'), r'^250 2\.0\.0 ok$', 'and no more')
like(kept()[0][0].decode(), ' with LMTP; ', 'the protocol in Received')
c.cmd('MAIL FROM:<s@a.example>')
c.cmd('RCPT TO:<none@test.example>')
like(c.cmd('DATA'), r'^503 5\.5\.1 ', 'no recipient, no DATA')
c.cmd('RSET')
c.cmd('MAIL FROM:<s@a.example> SMTPUTF8')
c.cmd('RCPT TO:<a@test.example>')
c.message('x\r\n.\r\n')
like(kept()[1][0].decode(), ' with UTF8LMTP\n', 'and with SMTPUTF8')
c.quit()

c = Client('-l', env={'STUB_EXIT': '31'})
c.cmd('LHLO c')
c.envelope('<a@test.example>', '<b@test.example>')
got = [c.message('x\r\n.\r\n'), c.reply()]
ok(all(g.startswith('554 5.3.0') for g in got), 'refusals are for each too',
   got)
c.envelope('<a@test.example>', '<b@test.example>')
got = [c.message('x\nx\r\n.\r\n'), c.reply()]
ok(all(g.startswith('550 5.6.0') for g in got), 'and bare LF', got)
c.end()
done()
