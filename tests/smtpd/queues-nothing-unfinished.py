"""A connection that ends at any byte leaves nothing behind."""
from harness import *

Door()
DIALOG = (b'EHLO client.example\r\nMAIL FROM:<s@client.example>\r\n'
          b'RCPT TO:<u@test.example>\r\nDATA\r\n'
          b'Subject: x\r\n\r\n..a\r\n\r\n.\r\n')


def run(dialog, stub=True):
    c = Client(greet=False, stub=stub)
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
if not os.path.exists(BIN + '/postern-queue'):
    done()
good = True
for cut in range(DIALOG.index(b'DATA'), len(DIALOG)):
    out, status = run(DIALOG[:cut], stub=False)
    if ' qp ' in out or status not in (0, 1) or queued():
        good = False
        print('# at byte %d: status %r, %r' % (cut, status, out))
ok(good, 'the same with postern-queue: an end of input at every byte')
out, status = run(DIALOG, stub=False)
like(out, r' qp \d+\r\n$', 'and all of it')
equal(len(queued()), 1, 'is queued')
until = time.time() + 5
while len(os.listdir(ROOT + '/queue/new')) > 1 and time.time() < until:
    time.sleep(0.02)
equal(len(os.listdir(ROOT + '/queue/new')), 1, 'with nothing beside it')
done()
