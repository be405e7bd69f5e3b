# Internationalized mail goes to servers that take it, another exchanger is
# tried when the first does not, and it is returned when none does.
. "${0%/*}/../lib.sh"
need python3 postern-remote
new_root
export ROOT
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
t = Check()
f = Fake()
r = deliver(f, 'Subject: \u00e9\n\nx\n'.encode(), rcpt('jos\u00e9@d.example'),
            flags=2 | 1)
t.eq(r[0][0], 'K', 'taken where it is offered')
t.eq(f.last.lines[1:3], ['MAIL FROM:<joe@example.org> SIZE=18 BODY=8BITMIME '
     'SMTPUTF8', 'RCPT TO:<jos\u00e9@d.example>'], 'and declared')
PLAIN = ['PIPELINING', '8BITMIME']
f = Fake(offers=PLAIN)
r = deliver(f, b'x\n', rcpt('jos\u00e9@d.example'), flags=2)
t.eq([x[0] + x[3] for x in r], ['D5.6.7'], 'an address')
t.eq([l[:4] for l in f.last.lines], ['EHLO', 'QUIT'], 'is not even tried')
r = deliver(f, 'Subject: \u00e9\n\nx\n'.encode(), rcpt('a@d.example'), flags=2)
t.eq([x[0] + x[3] for x in r], ['D5.6.7'], 'a header')
r = deliver(f, b'Subject: x\n\n\xc3\xa9\n', rcpt('a@d.example'), flags=2)
t.eq([x[0] for x in r], ['K'], 'what is ASCII where it matters is sent')
t.ok('SMTPUTF8' not in ' '.join(f.last.lines), 'without SMTPUTF8')
r = deliver(f, 'Subject: \u00e9\n\nx\n'.encode(), rcpt('a@d.example'))
t.eq([x[0] for x in r], ['K'], 'raw 8-bit headers of old are not our matter')
r = deliver(f, b'x\n', rcpt('a@b\u00fccher.example'), flags=2)
t.eq(r[0][0], 'K', 'a domain has another form')
t.eq(f.last.lines[2], 'RCPT TO:<a@xn--bcher-kva.example>', 'which is used')
w = Remote(f.key)
w.ready()
w.send(b'x\n', rcpt('jos\u00e9@d.example'), flags=2)
t.eq(w.result()[0], 'D', 'refused')
w.send(b'x\n', rcpt('jose@d.example'))
t.eq(w.result()[0], 'K', 'the next message finds the way again')
t.done()
END
