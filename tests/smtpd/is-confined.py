"""What a broken smtpd would have in hands: before the first command, after a
message, and its launcher."""
from harness import *

Door()


def status(pid):
    with open('/proc/%d/status' % pid) as f:
        return dict(line.rstrip('\n').split(':\t', 1) for line in f
                    if ':\t' in line)


def descriptors(pid):
    d = '/proc/%d/fd' % pid
    return sorted(re.sub(r'\d+|\[|\]', '', os.readlink(d + '/' + n))
                  for n in os.listdir(d))


def child(pid):
    with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
        return [int(x) for x in f.read().split()]


c = Client(stub=False)
c.ehlo()
mine, launcher = status(c.proc.pid), child(c.proc.pid)
equal(mine.get('NoNewPrivs', '1').strip(), '1', 'smtpd gains no privileges')
equal(mine.get('Seccomp', '2').strip(), '2', 'its system calls are filtered')
log = re.sub(r'\d+', '', c.log.name)
equal(descriptors(c.proc.pid), sorted([log] + ['socket:'] * 3),
      'it holds the connection, the log, the launcher and nothing else')
equal(len(launcher), 1, 'there is a launcher')
equal(status(launcher[0]).get('NoNewPrivs', '0').strip(), '0',
      'which may start set-id programs')
until = time.time() + 10     # it tidies up while the greeting is on its way
while len(descriptors(launcher[0])) > 2 and time.time() < until:
    time.sleep(0.01)
equal(descriptors(launcher[0]), sorted([log, 'socket:']),
      'and does not hold the connection')
with open('/proc/%d/limits' % c.proc.pid) as f:
    limits = f.read()
like(limits, r'(?m)^Max data size +67108864 ', 'memory has a limit')
like(limits, r'(?m)^Max open files +32 ', 'and descriptors')
like(limits, r'(?m)^Max core file size +0 ', 'nothing of it is dumped')
c.envelope()
like(c.message('x\r\n.\r\n'), '^250 ', 'all the same it takes mail')
equal(descriptors(c.proc.pid), sorted([log] + ['socket:'] * 4),
      'then it holds the users door too')
equal(child(c.proc.pid), launcher, 'the launcher has become postern-queue')
with open('/proc/%d/cmdline' % launcher[0]) as f:
    like(f.read(), r'postern-queue\0-s\0$', 'for the session')
c.quit()
done()
