# What a delivery costs, counted: one file created and two flushes for a lone
# message, one flush of the directory for sixteen at a time, no process.
. "${0%/*}/../lib.sh"
need python3 postern-local strace
new_root
export ROOT
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
from wire import *
import re
t = Check()
text = b'Subject: x\n\n' + b'x' * 4000 + b'\n'
me = rcpt('me@test.example')
log = os.environ['ROOT'] + '/strace'

def count(n, flying):
    """Calls by name for n messages, without those of the start."""
    h = home('h%d' % t.n)
    maildir(h + '/Maildir')
    w = Worker(h, prefix=['strace', '-f', '-o', log])
    w.ready()
    w.deliver(text, me, id='1' * 16)
    while 'sendmsg' not in slurp(log).decode().split('delivered')[-1] and \
            slurp(log).count(b'sendmsg(') < 2:
        time.sleep(0.01)
    before = slurp(log).decode().count('\n')
    if flying > 1:      # all are there before the worker looks
        os.kill(child(w), 19)
    for i in range(n):
        w.send(text, me, id='%016d' % i)
        if flying == 1:
            w.result()
    if flying > 1:
        os.kill(child(w), 18)
        for i in range(n):
            w.result()
    w.close()
    calls = {}
    for line in slurp(log).decode().split('\n')[before:]:
        m = re.match(r'\d+ +(\w+)\((.*)', line)
        if m:
            name = m.group(1)
            if name in ('open', 'openat') and 'O_CREAT' in m.group(2):
                name = 'create'
            calls[name] = calls.get(name, 0) + 1
    return calls

def child(w):
    with open('/proc/%d/task/%d/children' % ((w.process.pid,) * 2)) as f:
        return int(f.read().split()[0])

c = count(10, 1)
t.eq([c.get('create'), c.get('fsync')], [10, 20],
     'one file and two flushes a message')
t.eq([c.get(x, 0) for x in ('fork', 'vfork', 'clone', 'execve')], [0] * 4,
     'no process')
total = sum(c.values())
t.ok(total <= 10 * 22, 'at most 22 system calls a message', total, c)
c = count(16, 16)
t.eq([c.get('create'), c.get('fsync')], [16, 17],
     'sixteen together: one flush of the directory')
t.done()
END
