"""Counts of system calls in the whole mail path, between one moment and the
next. The traces are those of tests/e2e/costs-what-it-may.t."""
import os
import poplib
import pwd
import re
import smtplib
import subprocess
import sys
import time

TRACES = ('/var/tmp/path', '/var/tmp/smtp', '/var/tmp/pop3')
N = 10
checks = failed = 0
calls = []


def equal(got, want, what):
    global checks, failed
    checks += 1
    print('%sok %d - %s' % ('' if got == want else 'not ', checks, what))
    if got != want:
        failed += 1
        print('# got    %r\n# wanted %r' % (got, want))
        print(''.join('#   %s %s\n' % c for c in calls[-40:]), end='')


def delivered(user):
    new = pwd.getpwnam(user).pw_dir + '/Maildir/new'
    return len(os.listdir(new)) if os.path.isdir(new) else 0


def queue_is_empty():
    return not any(os.listdir('/var/spool/postern/' + d)
                   for d in ('new', 'cur', 'report'))


def wait(what):
    end = time.monotonic() + 60
    while not what():
        if time.monotonic() > end:
            sys.exit('waited in vain')
        time.sleep(0.005)


def send(session, user):
    """One message, and all that comes of it."""
    n = delivered(user)
    session.sendmail('a@far.test', [user + '@mail.test'],
                     'Subject: x\r\n\r\n' + 'text\r\n' * 600)
    wait(lambda: delivered(user) > n and queue_is_empty())


def workers():
    """The pids of all postern-remote."""
    got = subprocess.run(['pgrep', '-x', 'postern-remote'],
                         capture_output=True, text=True)
    return got.stdout.split()


def own_kb(pid):
    """Memory that this process alone has."""
    with open('/proc/%s/smaps_rollup' % pid) as f:
        return sum(int(x) for x in
                   re.findall(r'(?m)^Private_\w+: +(\d+) kB', f.read()))


def connect():
    return smtplib.SMTP('127.0.0.1', 25, 'client.test', timeout=60)


def cost(work):
    """(files, flushes, forks, execs) of all programs for it."""
    before = {name: sum(1 for _ in open(name)) for name in TRACES}
    work()
    time.sleep(0.3)     # what ends has ended
    calls.clear()
    for name in TRACES:
        with open(name) as f:
            for line in list(f)[before[name]:]:
                m = re.match(r'(\d+) +(\w+)\((.*)', line)
                if m and not re.search(r'= -1 E', line):
                    calls.append(m.group(2, 3))
    def count(*names, like=''):
        return sum(c[0] in names and re.search(like, c[1]) is not None
                   for c in calls)
    return (count('open', 'openat', like='O_CREAT|O_TMPFILE') +
            count('creat', 'mkdir', 'mkdirat', 'mknodat', 'symlinkat',
                  'linkat'),
            count('fsync', 'fdatasync', 'sync', 'syncfs'),
            count('fork', 'vfork', 'clone', 'clone3'), count('execve'))


def many(count):
    s = connect()
    for i in range(count):
        send(s, 'alice')
    s.quit()


many(1)
equal(cost(lambda: connect().quit()), (0, 0, 2, 1), 'a connection: two '
      'processes, postern-smtpd and a session with the queue')
one = cost(lambda: many(1))
equal(one, (2, 4, 2, 1), 'with a message: two files, four flushes, no process')
equal(cost(lambda: many(1 + N)), (one[0] + 2 * N, one[1] + 4 * N, 2, 1),
      'each message more: the same, and no process')
s = connect()
files, flushes, forks, execs = cost(lambda: send(s, 'carol'))
equal((files, flushes, forks <= 2, execs), (2, 4, True, 1),
      'an owner without a worker: one program more, and perhaps a helper of '
      'postern-users')
equal(cost(lambda: send(s, 'carol')), (2, 4, 0, 0), 'once')

def log_in():
    p = poplib.POP3('127.0.0.1', 110, timeout=60)
    p.user('alice')
    p.pass_('Secret1')
    p.stat()
    p.quit()


log_in()    # an index for the Maildir, and a worker of postern-auth
equal(cost(log_in), (2, 0, 2, 2), 'a POP3 session: the lock, two processes '
      'and two programs')
asked = [c[1] for c in calls if c[0] == 'openat' and '"/etc/' in c[1] and
         'postern' not in c[1]]
equal([re.search('"(.*?)"', a).group(1) for a in asked],
      ['/etc/passwd', '/etc/shadow'], 'each data base of accounts is read once')

# A destination that does not answer.
calls.clear()
for i in range(20):
    subprocess.run(['sendmail', '-f', 'alice@mail.test', 'x%d@silent.test' % i],
                   input=b'Subject: x\n\ntext\n', check=True)
wait(workers)
n = delivered('carol')
s.sendmail('a@far.test', ['carol@mail.test'], 'Subject: x\r\n\r\ntext\r\n')
wait(lambda: delivered('carol') > n)
s.quit()
waiting = workers()
equal(len(waiting), 1, 'a silent destination: one waiting worker')
size = own_kb(waiting[0])
equal(size <= 400, True, 'of %d kB, 400 at most' % size)
print('1..%d' % checks)
sys.exit(failed > 0)
