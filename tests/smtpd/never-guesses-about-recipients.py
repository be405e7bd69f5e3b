"""Trouble with the users door is temporary, never "unknown" or "known"."""
from harness import *

LATER = r'^451 4\.3\.0 '


def asks(what, wanted, decide=None, address='u@test.example'):
    door = Door(decide) if decide else None
    c = Client()
    c.ehlo()
    c.cmd('MAIL FROM:<>')
    like(c.cmd('RCPT TO:<%s>' % address), wanted, what)
    c.end()
    if door:
        door.stop()
    return c


c = asks('no door', LATER)
like(c.said(), r'refused rcpt <u@test\.example>: 451 4\.3\.0 ', 'is logged')
asks('an answer of another version', LATER, lambda a: b'\2K0\0')
asks('an answer to no question', LATER, lambda a: b'\1K77\0')
asks('an answer of no type', LATER, lambda a: b'\1?0\0')
asks('an answer cut short', LATER, lambda a: b'\1D0')
asks('an empty text', r'^550 5\.1\.1 no such recipient$',
     lambda a: ('D', '', ''))
asks('a text with line ends', r'^550 5\.1\.1 a\?\?b$',
     lambda a: ('D', '5.1.1', 'a\r\nb'))
asks('a long text', r'^550 5\.1\.1 x+$', lambda a: ('D', '5.1.1', 'x' * 3000))
asks('a text over all limits', LATER, lambda a: ('D', '5.1.1', 'x' * 9000))
asks('a disabled mailbox', r'^550 5\.2\.1 off',
     lambda a: ('D', '5.2.1', 'off'))

# a door that is there and never accepts: its waiting room is full
path = ROOT + '/queue/users'
full = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
full.bind(path)
full.listen(0)
waiting = []
for i in range(5):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.setblocking(False)
    try:
        s.connect(path)
    except BlockingIOError:
        pass
    waiting.append(s)
asks('a full door', LATER)
full.close()
os.unlink(path)

answers = iter(['Z', 'K'])
door = Door(lambda a: ('Z', '4.3.0', 'wait') if next(answers) == 'Z' else 'K')
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
like(c.cmd('RCPT TO:<u@test.example>'), LATER, 'later')
like(c.cmd('RCPT TO:<u@test.example>'), '^250 ', 'is not remembered')
c.end()
door.stop()
done()
