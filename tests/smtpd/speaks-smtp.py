"""A whole message, by stub-queue, the plain way and the extended one."""
from harness import *

door = Door()
c = Client()
equal(c.greeting, '220 test.example ESMTP', 'the greeting')
equal(c.ehlo(), '250-test.example\n250-PIPELINING\n250-SIZE 0\n250-8BITMIME\n'
      '250-SMTPUTF8\n250-DSN\n250 ENHANCEDSTATUSCODES', 'EHLO and its offers')
equal(c.cmd('MAIL FROM:<s@client.example> BODY=8BITMIME SIZE=100 RET=HDRS '
            'ENVID=a+20b'), '250 2.1.0 ok', 'MAIL')
equal(c.cmd('RCPT TO:<u@test.example> NOTIFY=success,FAILURE '
            'ORCPT=rfc822;o+2Bx@test.example'), '250 2.1.5 ok', 'RCPT')
equal(c.cmd('rcpt to:<v@test.example>'), '250 2.1.5 ok', 'verbs in any case')
equal(c.cmd('DATA'), '354 go ahead', 'DATA')
c.send('Subject: x\r\n\r\n..dot\r\nline\r\n.\r\n')
like(c.reply(), r'^250 2\.0\.0 ok \d{10} qp \d+$', 'the end of data')
like(c.quit(), '^221 2.0.0 test.example$', 'QUIT')
message, records = kept()[0]
equal(records, [b'Fs@client.example', b'B8BITMIME', b'RHDRS', b'Ea b',
                b'Tu@test.example', b'NSUCCESS,FAILURE',
                b'Orfc822;o+x@test.example', b'Tv@test.example', b''],
      'the envelope with all its records')
equal(body_of(message), b'Subject: x\n\n.dot\nline\n', 'the message')
like(message.decode(), r'^Received: from unknown \(HELO client\.example\) '
     r'\(192\.0\.2\.1\)\n  by test\.example with ESMTP; '
     r'\d+ \w{3} \d{4} \d\d:\d\d:\d\d -0000\n', 'the Received field')
like(c.said(), r'^postern-smtpd: 192\.0\.2\.1 end messages 1 recipients 2 '
     r'refused 0 errors 0: quit\n$', 'one line in the log')
equal(door.asked, [b'u@test.example', b'v@test.example'], 'the door was asked')

forget()
c = Client(env={'TCPREMOTEHOST': 'rdns.example', 'TCPREMOTEINFO': 'joe',
                'TCPLOCALHOST': 'mx.example'})
c.cmd('HELO rdns.example')
c.envelope(sender='<>')
like(c.message('a\r\n.\r\n'), '^250 ', 'a second message, from nobody')
c.envelope('<"a b"@test.example>')
like(c.message('b\r\n.\r\n'), '^250 ', 'a third in the same session')
c.quit()
first, second = kept()
equal(first[1][0], b'F', 'the null sender')
like(first[0].decode(), r'^Received: from rdns\.example '
     r'\(joe@192\.0\.2\.1\)\n  by mx\.example with SMTP\n'
     r'  for <u@test\.example>; ', 'Received with all that is known')
like(second[0].decode(), r'for <"a b"@test\.example>; ',
     'the sole recipient is named, quoted')
equal(second[1][1], b'Ta b@test.example', 'and stored unquoted')

forget()
c = Client()
c.envelope()
like(c.message('a\r\n.\r\n'), '^250 ', 'from a script that greets nobody')
c.ehlo()
c.envelope()
like(c.message('b\r\n.\r\n'), '^250 ', 'or only later')
c.quit()
first, second = kept()
like(first[0].decode(), r'^Received: from unknown \(192\.0\.2\.1\)\n'
     r'  by test\.example with SMTP\n', 'of whom nothing is known')
like(second[0].decode(), r'^Received: from unknown \(HELO client\.example\) '
     r'\(192\.0\.2\.1\)\n  by test\.example with ESMTP\n', 'until then')

forget()
c = Client(env={'QMAILQUEUE': os.environ.get('X', HERE + '/stub-queue'),
                'POSTERNQUEUE': None})
c.ehlo()
equal(c.cmd('MAIL FROM:<jos\u00e9@client.example> SMTPUTF8'), '250 2.1.0 ok',
      'SMTPUTF8')
c.cmd('RCPT TO:<u@test.example> NOTIFY=NEVER')
like(c.message('c\r\n.\r\n'), '^250 ', 'is taken')
c.quit()
message, records = kept()[0]
equal(records, ['Fjos\u00e9@client.example'.encode(), b'Tu@test.example', b''],
      'a program named by $QMAILQUEUE gets what qmail-queue gets')
like(message.decode(), ' with UTF8SMTP\n', 'the protocol with SMTPUTF8')
done()
