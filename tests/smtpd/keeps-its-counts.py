"""Processes, files and system calls of a session, counted by strace."""
from harness import *
import harness

TRACE = ROOT + '/trace'
with open(ROOT + '/traced', 'w') as f:
    f.write('#!/bin/sh\nexec strace -f -qq -o %s %s "$@"\n' % (TRACE, SMTPD))
os.chmod(ROOT + '/traced', 0o755)
harness.SMTPD = ROOT + '/traced'
Door()


def session(messages):
    """(call, arguments) of every process of a session."""
    c = Client(stub=False)
    c.ehlo()
    for i in range(messages):
        c.envelope()
        got = c.message('Subject: x\r\n\r\n' + 'text\r\n' * 600 + '.\r\n')
        if got[:3] != '250':
            raise AssertionError(got)
    c.quit()
    time.sleep(0.05)
    with open(TRACE) as f:
        return re.findall(r'(?m)^(\d+) +(\w+)\((.*)$', f.read())


def count(calls, *names, like=''):
    return len([c for c in calls if c[1] in names and re.search(like, c[2])])


FORK = ('fork', 'vfork', 'clone', 'clone3')
one = session(0)
equal(count(one, *FORK), 1, 'a probe costs one fork, of the launcher')
equal(count(one, 'execve'), 1, 'and no exec')
a, b = session(1), session(11)
equal((count(a, *FORK), count(a, 'execve')), (1, 2),
      'a message: the same fork, and postern-queue')
equal((count(b, *FORK), count(b, 'execve')), (1, 2),
      'eleven messages: no process more')
smtpd = a[0][0]
mine = [c for c in b if c[0] == b[0][0]]
before = [c for c in a if c[0] == smtpd]
each = (len(mine) - len(before)) / 10
ok(each <= 12, 'system calls of postern-smtpd for one more message: %g' % each,
   [c[1:] for c in mine[-40:-20]])
ok(len(before) <= 84, 'for a session with one: %d' % len(before),
   [c[1] for c in before])
equal(count(mine, 'open', 'openat') - count(before, 'open', 'openat'), 0,
      'it opens nothing for a message')
equal((count(a, 'fsync', 'fdatasync'), count(b, 'fsync', 'fdatasync')),
      (2, 22), 'two flushes for a message')
equal((count(a, 'open', 'openat', like='O_CREAT'),
       count(b, 'open', 'openat', like='O_CREAT')), (1, 11),
      'one file created for a message')
equal(len(queued()), 12, 'all are queued')
done()
