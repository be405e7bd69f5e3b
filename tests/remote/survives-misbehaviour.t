# Whatever a server does, within limits of time and size: what has not been
# taken for sure is tried again, what was refused for good is not.
# timeout: 240
# sanitizers: no, since its exit codes are those of a race with them
. "${0%/*}/../lib.sh"
need python3 postern-remote
new_root
export ROOT
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
t = Check()
control('timeoutconnect', '1')
control('timeoutremote', '2')
TEXT = b'Subject: x\n\nhello\n'

def verdict(want, what, text=TEXT, offers=ALL, match='', **how):
    f = Fake(offers=offers, **how)
    start = time.monotonic()
    r = deliver(f, text)
    r = r[0] if isinstance(r[0], list) else r
    code = r[3] if len(r) > 4 else r[1]
    said = r[4] if len(r) > 4 else r[2]
    t.ok(r[0] + code in want.split('|') and match in said and '127.0.0.1' in said,
         what, r)
    t.ok(time.monotonic() - start < 25, '... in time')
    return f

def close(c, line): c.bye()
def reset(c, line): c.reset()
def silence(c, line): time.sleep(30)
def trickle(c, line):
    for x in '250-' + 'drop ' * 100:
        c.say(x)
        time.sleep(.2)
def stream(c, line):
    while True:
        c.say(b'250-' + b'x' * 1000 + b'\r\n')
def oneline(c, line):
    while True:
        c.say(b'x' * 10000)

# the greeting
verdict('Z4.4.2', 'no greeting', greeting=silence, match='took too long')
verdict('Z4.4.2', 'hangs up at once', greeting=close, match='died')
# the reset may come before connect(2) has returned
verdict('Z4.4.2|Z4.4.1', 'resets at once', greeting=reset)
verdict('Z4.4.2', 'a byte now and then', greeting=trickle)
verdict('Z4.5.0', 'endless lines', greeting=stream)
verdict('Z4.5.0', 'an endless line', greeting=oneline)
verdict('Z4.5.0', 'not SMTP', greeting='SSH-2.0-x\r\n')
verdict('Z4.5.0', 'binary', greeting=b'\0\1\2\n')
verdict('Z4.5.0', 'a code out of range', greeting='150 hello\r\n')
verdict('Z4.5.0', 'codes that differ', greeting='220-a\r\n250 b\r\n')
verdict('Z4.3.2', 'not now', greeting='421 4.3.2 later\r\n', match='later')
verdict('D5.0.0', 'never', greeting='554 no mail here\r\n', match='no mail')
verdict('K2.6.0', 'a greeting of many lines',
        greeting='220-a\r\n220-\r\n220-' + 'x' * 3000 + '\r\n220\r\n')
verdict('K2.6.0', 'lines that end in LF alone', greeting='220 a\n')

# EHLO and HELO
verdict('Z4.7.0', 'EHLO put off', EHLO='450 4.7.0 grey\r\n', match='grey')
verdict('D5.0.0', 'neither EHLO nor HELO', EHLO='550 bad name\r\n',
        HELO='550 bad name\r\n', match='bad name')
verdict('Z4.4.2', 'hangs up after EHLO', EHLO=close)
verdict('Z4.4.2', 'silent after EHLO', EHLO=silence)
verdict('Z4.5.0', 'endless offers', EHLO=stream)

# the envelope
for offers in (ALL, []):
    verdict('Z4.1.8', 'MAIL put off', offers=offers, MAIL='451 4.1.8 x\r\n')
    verdict('D5.7.1', 'MAIL refused', offers=offers, MAIL='550 5.7.1 x\r\n',
            match='sender was rejected')
    verdict('Z4.5.0', 'MAIL answered with 354', offers=offers,
            MAIL='354 x\r\n')
    verdict('Z4.4.2', 'hangs up after MAIL', offers=offers, MAIL=close)
    verdict('Z4.0.0', 'RCPT put off', offers=offers, RCPT='450 x\r\n')
    verdict('Z4.0.0', 'RCPT 552 is for now', offers=offers, RCPT='552 x\r\n')
    verdict('D5.1.1', 'RCPT refused', offers=offers, RCPT='550 5.1.1 x\r\n')
    verdict('Z4.4.2', 'hangs up after RCPT', offers=offers, RCPT=close)
    verdict('Z4.4.2', 'silent after RCPT', offers=offers, RCPT=silence)
    verdict('Z4.3.2', 'farewell after RCPT', offers=offers,
            RCPT='421 4.3.2 x\r\n')
    verdict('Z4.0.0', 'DATA put off', offers=offers, DATA='451 x\r\n')
    verdict('D5.0.0', 'DATA refused', offers=offers, DATA='554 x\r\n')
    f = verdict('Z4.5.0', 'DATA answered with 250', offers=offers,
                DATA='250 x\r\n')
    t.eq(f.last.messages, [], '... nothing is sent')
    verdict('D5.0.0', 'an enhanced code of another class', offers=offers,
            RCPT='550 2.1.5 odd\r\n')

# the message
big = b'Subject: x\n\n' + b'y' * 70 + b'\n' + b'z' * 76 + b'\n'
big = big * 40000
for text in TEXT, big:
    verdict('Z4.3.0', 'put off after the dot', text=text,
            dot='451 4.3.0 x\r\n', match='failed after I sent')
    verdict('D5.6.0', 'refused after the dot', text=text,
            dot='554 5.6.0 x\r\n')
    verdict('Z4.4.2', 'hangs up after the dot', text=text, dot=close,
            match='Possible duplicate')
    verdict('Z4.4.2', 'resets after the dot', text=text, dot=reset)
    verdict('Z4.4.2', 'silent after the dot', text=text, dot=silence,
            match='Possible duplicate')
    verdict('Z4.5.0', '354 after the dot', text=text, dot='354 x\r\n')
verdict('D5.3.4', 'speaks in the middle of the message', text=big,
        body='552 5.3.4 too large\r\n', match='too large')
verdict('Z4.5.0', 'a success in the middle of the message', text=big,
        body='250 ok\r\n')
verdict('Z4.4.2', 'hangs up in the middle', text=big, body=close)
verdict('Z4.4.2', 'resets in the middle', text=big, body=reset)
def farewell(c, line):
    c.say('421 4.3.2 shutting down\r\n')
    c.bye()
verdict('Z4.3.2', 'farewell in the middle', text=big, body=farewell)
f = verdict('Z4.4.2', 'stops reading in the middle', text=big, body=silence)
t.eq(f.last.messages, [], '... without a final dot')

# answers that nobody asked for
f = verdict('Z4.5.0', 'talks too early', EHLO='250 x\r\n250 y\r\n')
t.eq(f.last.messages, [], '... nothing is sent')
f = verdict('Z4.5.0', 'one reply too many before DATA', DATA='250 x\r\n'
            '354 y\r\n')
t.eq(f.last.messages, [], '... nothing is sent')

r = deliver(Fake(RCPT='550 \x1b[31m\x00\xe4%s\ttab\r\n'))
t.ok(all(' ' <= c < '\x7f' or c == '\n' for c in r[0][4]),
     'what it says is printable', r)
r = deliver(Fake(RCPT='550-' + 'a' * 1500 + '\r\n550-' + 'b' * 1500 +
                 '\r\n550 c\r\n'))
t.ok(r[0][0] == 'D' and len(r[0][4]) < 2600, 'and not too much', len(r[0][4]))

# nobody there
s = socket.socket()
s.bind(('127.0.0.1', 0))
w = Remote('r:127.0.0.1:%d' % s.getsockname()[1])
t.ok(not w.ready() and w.hello[:2] == ['Z', '4.4.1'], 'nobody listens',
     w.hello)
t.eq(w.close(), 0, 'and it ends')
s.listen(0)
fill = [socket.create_connection(s.getsockname()) for _ in range(1)]
w = Remote('r:127.0.0.1:%d' % s.getsockname()[1])
start = time.monotonic()
t.ok(not w.ready() and w.hello[0] == 'Z', 'nobody accepts', w.hello)
t.ok(time.monotonic() - start < 25, 'in time')
t.done()
END
