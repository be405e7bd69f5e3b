"""Pipelined commands get their replies in their order (RFC 2920)."""
from harness import *


def decide(address):
    if address.startswith('none'):
        return ('D', '5.1.1', 'no mailbox')
    if address.startswith('later'):
        return ('Z', '4.3.0', 'later')
    return 'K'


door = Door(decide)
c = Client()
c.send('EHLO c\r\nMAIL FROM:<s@a.example>\r\nRCPT TO:<u@test.example>\r\n'
       'RCPT TO:<none@test.example>\r\nRCPT TO:<v@other.example>\r\n'
       'RCPT TO:bad<\r\nRCPT TO:<later@test.example>\r\nNOOP\r\nDATA\r\n')
c.reply()
got = [c.reply()[:3] for i in range(8)]
equal(got, ['250', '250', '550', '553', '501', '451', '250', '354'],
      'a group of commands')
c.send('a\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<w@test.example>\r\nDATA\r\n')
equal([c.reply()[:3] for i in range(4)], ['250', '250', '250', '354'],
      'the next message behind the end of data')
c.send('b\r\n.\r\nQUIT\r\n')
equal([c.reply()[:3] for i in range(2)], ['250', '221'], 'QUIT behind it')
c.end()
equal([m[1][1] for m in kept()], [b'Tu@test.example', b'Tw@test.example'],
      'both are queued')
forget()
door.stop()

# The door may answer in any order, and late.
door = Door(decide, reverse=10)
c = Client()
c.ehlo()
c.send('MAIL FROM:<>\r\n' + ''.join(
    'RCPT TO:<%s%d@test.example>\r\n' % ('u' if i % 3 else 'none', i)
    for i in range(10)))
c.reply()
equal([c.reply()[:3] for i in range(10)],
      ['250' if i % 3 else '550' for i in range(10)],
      'ten questions are under way before the first answer')
like(c.message('x\r\n.\r\n'), '^250 ', 'the message')
equal([r for r in kept()[0][1] if r[:1] == b'T'],
      [b'Tu%d@test.example' % i for i in range(10) if i % 3],
      'goes to those that exist')
c.end()
forget()
door.stop()

# The whole dialog in one go, without waiting for anything.
door = Door(decide)
c = Client(greet=False)
c.send('EHLO c\r\nMAIL FROM:<s@a.example>\r\nRCPT TO:<u@test.example>\r\n'
       'DATA\r\nSubject: x\r\n\r\ntext\r\n.\r\nQUIT\r\n')
like(c.rest(), r'(?s)^220 .*\r\n354 .*\r\n250 2\.0\.0 ok \d+ qp \d+\r\n221 ',
     'a client that waits for nothing')
c.end()
equal(len(kept()), 1, 'is served')
n = len(door.asked)
c = Client()
c.ehlo()
for i in range(5):
    c.envelope()
    c.message('x\r\n.\r\n')
equal(len(door.asked) - n, 1, 'an address is looked up once in a session')
c.end()
done()
