"""Nothing a stranger sends has no limit, and each has its reply."""
from harness import *

door = Door(lambda a: ('D', '5.1.1', 'no mailbox here by that name')
            if a.startswith('none') else 'K')

# lines
c = Client()
c.ehlo()
like(c.cmd('NOOP ' + 'x' * 4085), r'^250 ', 'a line of 4096 bytes')
like(c.cmd('NOOP ' + 'x' * 4090), r'^500 5\.5\.2 line too long',
     'a longer one')
like(c.cmd('NOOP ' + 'x' * 1000000), r'^500 5\.5\.2 ', 'a very long one')
like(c.cmd('NOOP'), r'^250 ', 'and the next is understood')
c.end()

# commands that make no sense, commands that move nothing
c = Client()
got = [c.cmd('XYZZY') for i in range(20)]
like(got[18], r'^500 ', 'nineteen mistakes')
equal(c.line(), '421 4.7.0 too many errors', 'the twentieth is the last')
equal(c.rest(), '', 'and closes')
c = Client()
c.send('NOOP\r\n' * 600)
got = c.rest().split('\r\n')
equal((len(got), got[-2]), (503, '421 4.7.0 too many commands'),
      'commands that move no mail are counted')
c = Client()
c.ehlo()
for i in range(600):
    if i % 300 == 0:
        c.envelope()
        c.message('x\r\n.\r\n')
    last = c.cmd('NOOP')
like(last, '^250 ', 'from the last message on')
c.end()
forget()

# refusals
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
c.send('RCPT TO:<x@elsewhere.example>\r\n' * 6000)
got = c.rest().split('\r\n')
equal((len(got), got[-2]), (5003, '421 4.7.0 too many commands'),
      'refusals have an end')

# recipients
control('maxrcpt', '100\n')
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
for i in range(100):
    got = c.cmd('RCPT TO:<u%d@test.example>' % i)
like(got, '^250 ', 'a hundred recipients')
like(c.cmd('RCPT TO:<u@test.example>'), r'^452 4\.5\.3 ', 'no more than maxrcpt')
like(c.message('x\r\n.\r\n'), '^250 ', 'the others get it')
equal(len(kept()[0][1]), 102, 'all of them')
c.end()
forget()
control('maxrcpt')
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
c.send(''.join('RCPT TO:<u%d@test.example>\r\n' % i for i in range(1001)))
got = [c.reply() for i in range(1001)]
equal((got[999][:3], got[1000][:3]), ('250', '452'),
      'a thousand without it, pipelined')
c.end()

control('maxrcpt', '100000\n')
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
got = []
for i in range(100):
    c.send(''.join('RCPT TO:<u%d@test.example> ORCPT=rfc822;%s\r\n' %
                   (100 * i + k, 'o' * 490) for k in range(100)))
    got += [c.reply()[:3] for k in range(100)]
    if '452' in got:
        break
equal(set(got), {'250', '452'}, 'recipients fill their room')
like(c.message('x\r\n.\r\n'), '^250 ', 'and those that fit get it')
equal(len([r for r in kept()[0][1] if r[:1] == b'T']), got.count('250'),
      'each of them')
c.end()
forget()
control('maxrcpt')

# unknown recipients
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
got = [c.cmd('RCPT TO:<none%d@test.example>' % i) for i in range(51)]
like(got[50], '^550 ', 'fifty-one guesses')
equal(c.line(), '421 4.7.0 too many unknown recipients', 'end the session')
equal(c.rest(), '', 'which closes')
like(c.said(), r'(?m)^postern-smtpd: 192\.0\.2\.1 refused rcpt '
     r'<none0@test\.example>: 550 5\.1\.1 no mailbox here by that name$',
     'a line in the log for each')
control('brtlimit', '2\n')
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
for i in range(5):
    c.cmd('RCPT TO:<u%d@test.example>' % i)
got = [c.cmd('RCPT TO:<none%d@test.example>' % i) for i in range(5)]
like(got[4], '^550 ', 'a list with more good addresses than bad goes on')
like(c.cmd('RCPT TO:<none@test.example>') + c.line(), '^550 .*421 ',
     'until the bad ones outweigh')
c.end()
control('brtlimit')

# size
control('databytes', '1000\n')
c = Client()
like(c.ehlo(), r'(?m)^250-SIZE 1000$', 'databytes is offered as SIZE')
like(c.cmd('MAIL FROM:<> SIZE=1001'), r'^552 5\.3\.4 ', 'too large by MAIL')
c.envelope()
like(c.message('x' * 98 + '\r\n' + ('y' * 99 + '\r\n') * 9 + '\r\n.\r\n'),
     '^250 ', 'databytes counts what is stored: 1000 bytes')
c.envelope()
like(c.message('x' * 99 + '\r\n' + ('y' * 99 + '\r\n') * 9 + '\r\n.\r\n'),
     r'^552 5\.3\.4 ', '1001 bytes are too many')
c.envelope()
like(c.message('x' * 300000 + '\r\n.\r\n'), r'^552 5\.3\.4 ',
     'far too many, all of them read')
equal(len(kept()), 1, 'only the good one is queued')
c.quit()
c = Client(env={'DATABYTES': '5'})
like(c.ehlo(), r'(?m)^250-SIZE 5$', '$DATABYTES goes before databytes')
c.end()
control('databytes')
forget()

# hops
c = Client()
c.ehlo()
for hops, wanted in ((99, '^250 '), (100, r'^554 5\.4\.6 ')):
    c.envelope()
    text = 'received: x\r\n' * 50 + 'Delivered-To: y\r\n' * (hops - 50)
    like(c.message(text + 'Subject: z\r\n\r\nReceived: b\r\n.\r\n'), wanted,
         '%d hops' % hops)
c.quit()
forget()

# time
control('timeoutsmtpd', '2\n')
c = Client()
c.ehlo()
equal(c.line(), '421 4.4.2 timeout', 'silence is not waited for for ever')
equal(c.rest(), '', 'and closes')
c = Client()
began = time.time()
got = ''
while not got and time.time() - began < 30:
    c.send('x' * 50000)
    c.sock.setblocking(False)
    try:
        got = c.sock.recv(100).decode()
    except BlockingIOError:
        pass
    except ConnectionResetError:
        got = 'reset'
    c.sock.settimeout(20)
like(got, '^421 |reset', 'a line without an end is not read for ever')
c.end()
c = Client()
began = time.time()
for i in range(160):
    c.send('N')
    time.sleep(0.05)
    c.sock.setblocking(False)
    try:
        if c.sock.recv(100):
            break
    except BlockingIOError:
        pass
    c.sock.setblocking(True)
ok(time.time() - began < 7.5, 'a byte now and then is not enough')
c.end()
c = Client()
c.ehlo()
c.envelope()
c.cmd('DATA')
c.send('Subject: x\r\n')
equal(c.line(), '421 4.4.2 timeout', 'nor is silence in DATA')
c.end()
c = Client()
c.ehlo()
c.envelope()
c.cmd('DATA')
c.send('x' * 98 + '\r\n')
c.send(('y' * 98 + '\r\n') * 2000)
equal(c.line(), '421 4.4.2 timeout', 'much of it buys no longer silence')
c.end()
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<>')
c.sock.settimeout(1)
try:
    c.sock.sendall(b'RCPT TO:<x@elsewhere.example>\r\n' * 4900)
except OSError:
    pass
try:
    equal(c.proc.wait(30), 1, 'who takes no replies is not waited for')
except subprocess.TimeoutExpired:
    ok(False, 'who takes no replies is not waited for')
    c.proc.kill()
c.end()
control('timeoutsmtpd')
equal(kept(), [], 'and queues nothing')
done()
