"""-b: SMTP on pipes for sendmail -bs, where lines may end with LF."""
from harness import *

# no users door: it is not for users
c = Client('-b', env={'RELAYCLIENT': '', 'TCPREMOTEIP': None})
c.send('EHLO localhost\nMAIL FROM:<s@a.example>\n'
       'RCPT TO:<u@other.example>\nDATA\n')
equal([c.reply()[:3] for i in range(4)], ['250', '250', '250', '354'],
      'commands that end with LF')
c.send('Subject: x\n\n..a\nb\r\n.\n')
like(c.reply(), '^250 ', 'and a message')
c.send('QUIT\n')
like(c.reply(), '^221 ', 'QUIT')
c.end()
equal(body_of(kept()[0][0]), b'Subject: x\n\n.a\nb\n', 'is what was said')
equal(c.said(), '', 'nothing on descriptor 2, which is the user\'s')
done()
