"""A connection that ends at any byte leaves nothing behind."""
from harness import *

Door()
DIALOG = (b'EHLO client.example\r\nMAIL FROM:<s@client.example>\r\n'
          b'RCPT TO:<u@test.example>\r\nDATA\r\n'
          b'Subject: x\r\n\r\n..a\r\n\r\n.\r\n')


def run(dialog):
    c = Client(greet=False)
    c.send(dialog)
    c.sock.shutdown(socket.SHUT_WR)
    out = c.rest()
    return out, c.end()


good = True
for cut in range(len(DIALOG)):
    out, status = run(DIALOG[:cut])
    if ' qp ' in out or status not in (0, 1) or kept():
        good = False
        print('# at byte %d: status %r, %r' % (cut, status, out))
ok(good, 'an end of input at every byte')
out, status = run(DIALOG)
like(out, r' qp \d+\r\n$', 'and all of it is taken without QUIT')
equal(len(kept()), 1, 'once')
forget()

good = True
for step in range(4):
    c = Client()
    lines = DIALOG.split(b'\r\n')
    for line in lines[:step]:
        c.send(line + b'\r\n')
        c.reply()
    c.sock.close()      # a reply has nowhere to go
    good = good and c.proc.wait(20) in (0, 1)
ok(good and not kept(), 'a connection that is reset leaves nothing')

c = Client()
c.ehlo()
c.envelope()
c.cmd('DATA')
c.send('a' * 100000 + '\r\n.\r')
c.proc.kill()
c.proc.wait()
for i in range(40):
    time.sleep(0.01)
equal(kept(), [], 'a kill before the end leaves nothing')
done()
