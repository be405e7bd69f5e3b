"""No sequence that others take for the end of data makes a second message."""
from harness import *

SECOND = (b'MAIL FROM:<evil@client.example>%sRCPT TO:<u@test.example>%s'
          b'DATA%sSubject: smuggled%s%sx')
ENDS = [b'\n.\n', b'\n.\r\n', b'\r.\r', b'\r.\r\n', b'\r\n.\n', b'\r\n.\r',
        b'\n.\r', b'\r.\n', b'\r\n\0.\r\n', b'\r\n.\0\r\n', b'\n\r.\r\n',
        b'\r\n.\n\r', b'\r\r\n.\r\r\n', b'\r\n.\r\r\n', b'\r\n\r.\r\n',
        b'\r\0\n.\r\n', b'\n\n.\r\n', b'\r\n.\r\0\n', b'\r\n\x85.\x85',
        b'\r\n. \r\n', b'\r\n .\r\n', b'\r\n.\t\r\n', b'\r\n.\x0b\r\n']
HARMLESS = ENDS[-5:]    # no bare CR, LF or NUL: text like any other

Door()


def attack(end, cut=None):
    """The reply, all that came behind it, and what the queue got."""
    forget()
    c = Client()
    c.ehlo()
    c.envelope()
    c.cmd('DATA')
    nl = b'\n' if b'\r' not in end else b'\r' if b'\n' not in end else b'\r\n'
    body = b'Subject: first\r\n\r\ntext' + end + \
        SECOND % ((nl,) * 5) + b'\r\n.\r\n'
    if cut is None:
        c.send(body)
    else:
        for part in (body[:cut], body[cut:]):
            c.send(part)
            time.sleep(0.002)
    got = c.reply()
    if got[:1] == '2':
        c.send('QUIT\r\n')
    more = c.rest()
    c.end()
    return got, more, kept(), c


for end in ENDS:
    got, more, queue, c = attack(end)
    what = repr(end)
    if end in HARMLESS:
        ok(got[:3] == '250' and len(queue) == 1, 'one message: ' + what, got)
        continue
    like(got, r'^550 5\.6\.0 ', 'refused: ' + what)
    equal((more, queue), ('', []), 'and the session is over: ' + what)
like(attack(b'\n.\n')[3].said(),
     r'192\.0\.2\.1 refused data <s@client\.example>: 550 5\.6\.0 bare LF',
     'the log says why')

good = True
for end in ENDS[:-5]:
    for cut in range(20, 27 + len(end)):
        got, more, queue, c = attack(end, cut)
        good = good and got[:9] == '550 5.6.0' and more == '' and not queue
ok(good, 'wherever the network cuts them')

for text, why in ((b'a\nb\r\n.\r\n', 'bare LF'), (b'a\rb\r\n.\r\n', 'bare CR'),
                  (b'a\0b\r\n.\r\n', 'NUL'), (b'\n\r\n.\r\n', 'bare LF'),
                  (b'a\r\n\r\r\n.\r\n', 'bare CR')):
    forget()
    c = Client()
    c.ehlo()
    c.envelope()
    like(c.message(text), '^550 5.6.0 ' + why, 'text with ' + why + ' %r'
         % text)
    c.end()
    equal(kept(), [], 'leaves nothing')

for line in (b'NOOP\nNOOP\r\n', b'NOOP\rNOOP\r\n', b'NOOP\n'):
    c = Client()
    c.ehlo()
    c.send(line)
    like(c.reply(), r'^500 5\.5\.2 ', 'a command line must end with CR LF %r'
         % line)
    equal(c.rest(), '', 'and what follows is no command')
    c.end()
done()
