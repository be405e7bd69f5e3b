"""What RCPT says of an address is what a delivery to it finds."""
from harness import *

JOE = ROOT + '/home/joe'
TABLE = ['joe', 'joe@test.example', 'JOE@Test.Example', 'nobody@test.example',
         'joe-list@test.example', 'joe-list-x@test.example',
         'joe-open-any@test.example', 'joe-dots.in.it@test.example',
         'nobody', 'postmaster', 'postmaster@test.example',
         'sales@virt.example', 'x-y@virt.example', 'one@box.example',
         'any@gone.example', 'ann@test.example',
         'ann-x@test.example', '"joe"@test.example', '"joe list"@test.example',
         'alias-thing@test.example', 'alias-other@test.example',
         'joe-stop@test.example']


def queue_one(address):
    """Into the queue without asking anybody; nobody is told of a failure."""
    plain = address.replace('"', '')
    r, w = os.pipe()
    os.write(w, b'F#@[]\0T' + plain.encode() + b'\0\0')
    os.close(w)
    m, n = os.pipe()
    os.write(n, b'Subject: to ' + plain.encode() + b'\n\n')
    os.close(n)
    pid = os.fork()
    if pid == 0:
        os.dup2(m, 0)
        os.dup2(r, 1)
        os.execv(BIN + '/postern-queue', ['postern-queue'])
    os.close(r)
    os.close(m)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


c = Client(stub=False)
c.ehlo()
c.cmd('MAIL FROM:<>')
said = {}
for a in TABLE:
    said[a] = c.cmd('RCPT TO:<%s>' % a)
c.end()
ok(all(queue_one(a) == 0 for a in TABLE), 'a message to each is queued')
until = time.time() + 45
while os.listdir(ROOT + '/queue/new') and time.time() < until:
    time.sleep(0.05)
equal(os.listdir(ROOT + '/queue/new'), [], 'all have been tried')
found = set()
for name in os.listdir(JOE + '/Maildir/new'):
    with open(JOE + '/Maildir/new/' + name, 'rb') as f:
        m = re.search(rb'(?m)^Subject: to (.*)$', f.read())
        found.add(m.group(1).decode())
for a in TABLE:
    there = a.replace('"', '') in found
    ok(said[a][:3] == ('250' if there else '550'),
       '%s: %s' % (a, 'delivered' if there else 'no such mailbox'), said[a])
done()
