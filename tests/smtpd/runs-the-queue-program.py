"""$POSTERNQUEUE and $QMAILQUEUE: exit codes, custom texts, environment."""
from harness import *

Door()


def code(exit=None, text=None, program=None, **env):
    e = dict(env)
    if exit is not None:
        e['STUB_EXIT'] = str(exit)
    if text is not None:
        e['STUB_TEXT'] = text
    if program:
        e['POSTERNQUEUE'] = program
    c = Client(env=e)
    c.ehlo()
    c.envelope()
    got = c.message('x\r\n.\r\n')
    c.quit()
    return got


like(code(), '^250 ', '0 is queued')
for n, wanted in ((11, '554 5.1.3'), (31, '554 5.3.0'), (40, '554 5.'),
                  (51, '451 4.3.0'), (52, '451 4.3.0'), (53, '451 4.3.0'),
                  (54, '451 4.3.0'), (61, '451 4.3.0'), (66, '451 4.3.0'),
                  (71, '451 4.3.0'), (74, '451 4.4.2'), (81, '451 4.3.0'),
                  (91, '451 4.3.0'), (100, '451 4.'), (111, '451 4.')):
    ok(code(n).startswith(wanted), 'exit code %d: %s' % (n, wanted), code(n))
like(code(82, 'Dgo away (#5.7.1)'), r'^554 5\.7\.1 go away', 'a reason for good')
like(code(82, 'Znot now (#4.7.1)'), r'^451 4\.7\.1 not now', 'one for now')
like(code(82, 'Zcode of another class (#5.7.1)'), r'^451 4\.3\.0 ',
     'whose class rules')
like(code(82, 'D\r\n250 ok'), r'^554 5\.3\.0 [^\r\n]*$',
     'line ends in it stay inside')
like(code(82, 'Dpas agr\u00e9\u00e9 (#5.7.1)'),
     r'^554 5\.7\.1 pas agr\?\? ', 'what is not ASCII becomes so')
like(code(82), r'^451 4\.', 'a reason that is missing')
like(code(program='/nonexistent'), r'^451 4\.3\.0 ', 'a program that is missing')
like(code(program='/bin/false'), r'^451 4\.', 'one that reads nothing')
like(code(program='/bin/true'), r'^(250|451) ', 'one that reads nothing, well')
with open(ROOT + '/crash', 'w') as f:
    f.write('#!/bin/sh\nkill -9 $$\n')
os.chmod(ROOT + '/crash', 0o755)
like(code(program=ROOT + '/crash'), r'^451 4\.3\.0 ', 'one that crashes')
TAKE = 'cat > /dev/null; cat <&1 > /dev/null\n'
TALK = "yes 'Dtoo much (#5.7.1)' | head -c 300000 >&6\n"
for script, what in ((TALK + TAKE, 'before'), (TAKE + TALK, 'after')):
    with open(ROOT + '/talks', 'w') as f:
        f.write('#!/bin/sh\n' + script + 'exit 82\n')
    os.chmod(ROOT + '/talks', 0o755)
    c = Client(env={'POSTERNQUEUE': ROOT + '/talks'})
    c.ehlo()
    c.envelope()
    like(c.message('x' * 300000 + '\r\n.\r\n'), r'^554 5\.7\.1 too much',
         'one that talks much ' + what + ' it has read')
    c.quit()
with open(ROOT + '/takes', 'w') as f:
    f.write('#!/bin/sh\n' + TAKE)
os.chmod(ROOT + '/takes', 0o755)
searched = ROOT + ':' + os.environ['PATH']
like(code(program=ROOT + '/takes', PATH=searched), '^250 ', 'it has a path')
like(code(program='takes', PATH=searched), r'^451 4\.3\.0 ',
     'and is not looked for')
forget()

c = Client(env={'STUB_ENV': '1', 'TCPREMOTEHOST': 'h.example',
                'DATABYTES': '77777'})
c.ehlo()
for i in range(3):
    c.envelope()
    pid = re.search(r'qp (\d+)', c.message('x\r\n.\r\n'))
    ok(pid and int(pid.group(1)) > 1, 'qp is its process')
c.envelope()
c.cmd('DATA')
c.send('x' * 300000)
c.end()
equal(len(kept()), 3, 'one run for each message, none for half a one')
with open([KEPT + '/' + n for n in os.listdir(KEPT) if n.endswith('env')][0],
          errors='replace') as f:
    env = f.read()
for name in ('TCPREMOTEIP=192.0.2.1', 'TCPREMOTEHOST=h.example',
             'DATABYTES=77777'):
    ok(name in env.split('\n'), 'it sees ' + name)

# the session with postern-queue, and what happens when it is not there
os.unlink(ROOT + '/bin')
os.mkdir(ROOT + '/bin')
c = Client(stub=False)
c.ehlo()
c.envelope()
like(c.message('x\r\n.\r\n'), r'^451 4\.3\.0 ', 'no postern-queue: later')
c.envelope()
like(c.cmd('DATA'), r'^421 4\.3\.0 ', 'and the session has no use any more')
equal(c.rest(), '', 'so it ends')
c.end()
if os.path.exists(BIN + '/postern-queue'):
    os.symlink(BIN + '/postern-queue', ROOT + '/bin/postern-queue')
    c = Client(stub=False)
    c.ehlo()
    c.envelope()
    like(c.message('x\r\n.\r\n'), '^250 ', 'with it: queued')
    c.envelope()
    c.cmd('DATA')
    with open('/proc/%d/task/%d/children' % ((c.proc.pid,) * 2)) as f:
        os.kill(int(f.read().split()[0]), 9)
    c.send('x\r\n.\r\n')
    like(c.reply(), r'^451 4\.', 'killed on the way: later')
    c.send('MAIL FROM:<>\r\nRCPT TO:<u@test.example>\r\nDATA\r\n')
    like(c.rest(), r'421 4\.3\.0 .*\r\n$', 'and the session ends')
    c.end()
    equal(len(queued()), 1, 'one message is in the queue')
done()
