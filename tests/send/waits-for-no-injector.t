# A program or an entrance that takes no notice, and does not say so, holds up
# the others for five minutes and no longer: that is how long it is waited for.
# sanitizers: no, since the tracer is in the way of some
. "${0%/*}/lib.sh"
need_tracer
cat > "$ROOT/hangs" << 'END'
#!/bin/sh
exec sleep 300
END
chmod +x "$ROOT/hangs"
python3 - << 'EOP'
from house import *
t = Check()
h = House()
TRACE = ROOT + '/trace'

def policy(kind, key, tx, r):
    h.children[0].send_signal(signal.SIGSTOP)
    return ('D', '5.1.1', 'no\n')
h.policy = policy

def waited():
    """How long the helper may have to wait for its injector, in ms."""
    if not os.path.exists(TRACE):
        return set()
    with open(TRACE) as f:
        return {int(ms) for ms in re.findall(r'\bpoll\(.*\], \d+, (\d{5,})',
                                             f.read())}

for program, what in ((None, 'entrance'), ('/hangs', 'program')):
    h.children and h.children[0].send_signal(signal.SIGCONT)
    env = ['env', 'QMAILQUEUE=' + ROOT + program] if program else []
    h.start(['strace', '-D', '-f', '-qq', '-o', TRACE, '-e',
             'trace=poll,epoll_wait,epoll_pwait'] + env)
    h.inject(['bad@there.example'], sender='joe@example.org')
    t.ok(h.waits(waited, 20), 'it waits for the ' + what)
    t.ok(all(ms <= 300000 for ms in waited()), 'not for long', waited())
    for pid in [*below(h.send.pid), h.send.pid]:
        os.kill(pid, signal.SIGKILL)
    h.stop()
t.done(h)
EOP
exit $?
