"""Every verb, in every state, with every kind of argument: one table."""
from harness import *

U8 = 'EHLO c|MAIL FROM:<s@a.example> SMTPUTF8|'
E = 'EHLO c|'
M = E + 'MAIL FROM:<s@a.example>|'
R = M + 'RCPT TO:<u@test.example>|'
LONG = 'x' * 300
TABLE = [
    # commands before | the command, the reply wanted
    ('', 'MAIL FROM:<s@a.example>', r'^250 2\.1\.0 '),
    ('', 'RCPT TO:<u@test.example>', r'^503 5\.5\.1 MAIL'),
    ('', 'DATA', r'^503 5\.5\.1 MAIL'),
    ('MAIL FROM:<>|', 'MAIL FROM:<>', r'^503 5\.5\.1 a message'),
    ('MAIL FROM:<>|RSET|', 'MAIL FROM:<>', r'^250 '),
    ('MAIL nonsense|', 'MAIL FROM:<>', r'^250 '),
    ('', 'NOOP', r'^250 2\.0\.0 '),
    ('', 'RSET', r'^250 2\.0\.0 '),
    ('', 'HELP', r'^214 2\.0\.0 '),
    ('', 'VRFY u', r'^252 2\.0\.0 '),
    ('', 'QUIT', r'^221 2\.0\.0 test\.example$'),
    ('', 'quit  ', r'^221 '),
    ('', 'EXPN list', r'^502 5\.5\.1 '),
    ('', 'ETRN x', r'^502 5\.5\.1 '),
    ('', 'TURN', r'^502 5\.5\.1 '),
    ('', 'STARTTLS', r'^502 5\.5\.1 '),
    ('', 'AUTH PLAIN x', r'^502 5\.5\.1 '),
    ('', 'XYZZY', r'^500 5\.5\.1 '),
    ('', '', r'^500 5\.5\.1 '),
    ('', ' HELO x', r'^500 5\.5\.1 '),
    ('', 'HELOX', r'^500 5\.5\.1 '),
    ('', 'LHLO x', r'^500 5\.5\.1 '),
    ('', 'HELO', r'^501 5\.5\.4 '),
    ('', 'EHLO ', r'^501 5\.5\.4 '),
    ('', 'HELO client.example', r'^250 test\.example$'),
    ('', 'EHLO [192.0.2.1]', r'^250-test\.example\n'),
    ('', 'EHLO [IPv6:2001:db8::1]', r'^250-test\.example\n'),
    ('', 'EHLO ' + 'x' * 256, r'^501 5\.5\.4 '),
    (E, 'EHLO again', r'^250-'),
    (M, 'EHLO again|RCPT TO:<u@test.example>', r'^503 5\.5\.1 MAIL'),
    (M, 'HELO again|RCPT TO:<u@test.example>', r'^503 5\.5\.1 MAIL'),
    ('', 'RSET x', r'^501 5\.5\.4 '),
    ('', 'QUIT now', r'^501 5\.5\.4 '),
    (R, 'DATA x', r'^501 5\.5\.4 '),
    ('', 'NOOP with words', r'^250 2\.0\.0 '),
    ('', 'VRFY', r'^501 5\.5\.4 '),
    ('', 'HELP me', r'^214 '),
    # sequence
    (E, 'RCPT TO:<u@test.example>', r'^503 5\.5\.1 MAIL'),
    (E, 'DATA', r'^503 5\.5\.1 MAIL'),
    (M, 'DATA', r'^503 5\.5\.1 RCPT'),
    (M, 'MAIL FROM:<t@a.example>', r'^503 5\.5\.1 '),
    (R, 'MAIL FROM:<t@a.example>', r'^503 5\.5\.1 '),
    (R, 'RSET|RCPT TO:<u@test.example>', r'^503 5\.5\.1 MAIL'),
    (R, 'NOOP|VRFY u|HELP|DATA', r'^354 '),
    # MAIL
    (E, 'MAIL', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:', r'^501 5\.1\.7 '),
    (E, 'MAIL TO:<s@a.example>', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<>', r'^250 2\.1\.0 '),
    (E, 'mail from:<s@a.example>', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM: <s@a.example>', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM:s@a.example', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM:<s@[192.0.2.7]>', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM:<s@[IPv6:2001:db8::7]>', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM:<"s s"@a.example>', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM:<@r.example,@q.example:s@a.example>', r'^250 2\.1\.0 '),
    (E, 'MAIL FROM:<s@a.example', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<s@>', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<@a.example>', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<s@a..example>', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<s@' + 'a.' * 200 + 'example>', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<' + 'l' * 1100 + '@a.example>', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<s@a.example> SIZE=12345', r'^250 '),
    (E, 'MAIL FROM:<s@a.example> SIZE=x', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> SIZE=', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> SIZE', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> SIZE=' + '9' * 20, r'^552 5\.3\.4 '),
    (E, 'MAIL FROM:<s@a.example> SIZE=' + '9' * 21, r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> SIZE=1 SIZE=1', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> BODY=7BIT', r'^250 '),
    (E, 'MAIL FROM:<s@a.example> body=8bitmime', r'^250 '),
    (E, 'MAIL FROM:<s@a.example> BODY=BINARYMIME', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> BODY=7BIT BODY=7BIT', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> SMTPUTF8', r'^250 '),
    (E, 'MAIL FROM:<s@a.example> SMTPUTF8=yes', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> RET=FULL ENVID=QQ314159', r'^250 '),
    (E, 'MAIL FROM:<s@a.example> RET=SOME', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> RET=FULL RET=HDRS', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> ENVID=a+2', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> ENVID=a ENVID=b', r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> ENVID=' + 'e' * 101, r'^501 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> AUTH=<>', r'^555 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> NOTIFY=NEVER', r'^555 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example> XYZ', r'^555 5\.5\.4 '),
    (E, 'MAIL FROM:<s@a.example>SIZE=1', r'^501 '),
    (E, 'MAIL FROM:<s\u00e9@a.example>', r'^553 5\.6\.7 '),
    (E, 'MAIL FROM:<s\u00e9@a.example> SMTPUTF8', r'^250 '),
    (E, b'MAIL FROM:<s\xe9@a.example> SMTPUTF8', r'^501 5\.1\.7 '),
    (E, 'MAIL FROM:<s@\u00e9.example> SMTPUTF8', r'^250 '),
    # RCPT
    (M, 'RCPT', r'^501 5\.5\.4 '),
    (M, 'RCPT TO', r'^501 5\.5\.4 '),
    (M, 'RCPT FROM:<u@test.example>', r'^501 5\.5\.4 '),
    (M, 'RCPT TO:<>', r'^501 5\.1\.3 '),
    (M, 'RCPT TO:<u@test.example', r'^501 5\.1\.3 '),
    (M, 'RCPT TO: <u@test.example>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:u@test.example', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<postmaster>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<Postmaster>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<u@TEST.Example>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<@r.example:u@test.example>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<"u u"@test.example>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<u@other.example>', r'^553 5\.7\.1 '),
    (M, 'RCPT TO:<u@nottest.example>', r'^553 5\.7\.1 '),
    (M, 'RCPT TO:<u@sub.test.example>', r'^553 5\.7\.1 '),
    (M, 'RCPT TO:<u@[192.0.2.25]>', r'^250 2\.1\.5 '),
    (M, 'RCPT TO:<u@[192.0.2.26]>', r'^553 5\.7\.1 '),
    (M, 'RCPT TO:<none@test.example>', r'^550 5\.1\.1 no mailbox'),
    (M, 'RCPT TO:<later@test.example>', r'^451 4\.4\.3 wait'),
    (M, 'RCPT TO:<u@test.example> NOTIFY=NEVER', r'^250 '),
    (M, 'RCPT TO:<u@test.example> NOTIFY=delay,success', r'^250 '),
    (M, 'RCPT TO:<u@test.example> NOTIFY=NEVER,DELAY', r'^501 5\.5\.4 '),
    (M, 'RCPT TO:<u@test.example> NOTIFY=', r'^501 5\.5\.4 '),
    (M, 'RCPT TO:<u@test.example> NOTIFY', r'^501 5\.5\.4 '),
    (M, 'RCPT TO:<u@test.example> NOTIFY=NEVER NOTIFY=NEVER', r'^501 5\.5'),
    (M, 'RCPT TO:<u@test.example> ORCPT=rfc822;a@b', r'^250 '),
    (M, 'RCPT TO:<u@test.example> ORCPT=utf-8;a\\x{E9}@b', r'^250 '),
    (M, 'RCPT TO:<u@test.example> ORCPT=rfc822', r'^501 5\.5\.4 '),
    (M, 'RCPT TO:<u@test.example> ORCPT=rfc822;a+b', r'^501 5\.5\.4 '),
    (M, 'RCPT TO:<u@test.example> ORCPT=rfc822;a ORCPT=rfc822;a', r'^501 '),
    (M, 'RCPT TO:<u@test.example> SIZE=3', r'^555 5\.5\.4 '),
    (M, 'RCPT TO:<\u00e9@test.example>', r'^553 5\.6\.7 '),
    (U8, 'RCPT TO:<\u00e9@test.example>', r'^250 '),
    (M, 'RCPT TO:<none@test.example>|DATA', r'^503 5\.5\.1 RCPT'),
    (R, 'RCPT TO:<none@test.example>|DATA', r'^354 '),
    (M, b'RCPT TO:<u\0@test.example>', r'^501 5\.1\.3 '),
    # not mail at all
    ('', 'GET / HTTP/1.0', r'^502 5\.5\.1 '),
    ('', 'POST / HTTP/1.0', r'^502 5\.5\.1 '),
    (R, 'BDAT 10 LAST', r'^502 5\.5\.1 '),
]


def decide(address):
    if address.startswith('none'):
        return ('D', '5.1.1', 'no mailbox here by that name')
    if address.startswith('later'):
        return ('Z', '4.4.3', 'wait')
    return 'K'


Door(decide)
ends = re.compile(r'^(GET|POST|BDAT)')
for before, command, wanted in TABLE:
    c = Client()
    for line in [x for x in before.split('|') if x]:
        c.cmd(line)
    got = ''
    parts = command.split('|') if isinstance(command, str) else [command]
    for part in parts:
        got = c.cmd(part)
    what = before.replace('|', ' / ') + repr(command)[:60]
    like(got, wanted, what)
    if isinstance(command, str) and ends.match(command):
        equal(c.rest(), '', what + ' ends the session')
    c.end()
equal(kept(), [], 'nothing came into the queue')
done()
