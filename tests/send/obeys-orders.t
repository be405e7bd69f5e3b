# timeout: 240
# Orders over the control socket: hold, release, delete, bounce, redirect, retry,
# flush.
. "${0%/*}/lib.sh"
python3 - <<'END'
import resource
from house import *
t = Check()
h = House()
h.policy = LATER
h.start()
h.logs('^status: running')
def deferred():
    n = len(h.logged('deferral'))
    id = h.inject(['x@there.example'])
    h.logs('deferral', n + 1)
    return id
id = deferred()
code, text = h.ctl('status')
t.ok(code == 0 and 'messages 1\n' in text and 'remote 0/20' in text,
     'status', text)
t.eq(h.ctl('hold', id), (0, 'done\n'), 'hold')
n = len(h.seen)
h.alrm()
t.ok('waiting 0' in h.ctl('status')[1] and len(h.seen) == n,
     'what is held is not tried, not even on ALRM')
h.stop(signal.SIGKILL)
h.start()
t.ok(h.logs('^new msg ' + id, 2), 'after a restart')
h.ctl('retry')
t.ok(h.waits(lambda: 'messages 1\nready 0\nwaiting 0' in h.ctl('status')[1])
     and len(h.seen) == n, 'it is still held', h.ctl('status'))
h.policy = DONE
t.eq(h.ctl('release', id), (0, 'done\n'), 'release')
h.ctl('retry', id)
t.ok(h.logs('^end msg ' + id), 'then it goes', h.log())

# beside many notes, the last of which a full disk has cut off
h.policy = LATER
id = deferred()
with open(QUEUE + '/cur/%s.note' % id, 'a') as f:
    f.write('deferral 1 0 4.2.0 later\n' * 50000 + 'deferral 1')
t.eq(h.ctl('hold', id), (0, 'done\n'), 'hold of what has many notes')
with open(QUEUE + '/cur/%s.note' % id, 'a') as f:
    f.write('deferral 1 0 4.2.0 later\n' * 50000)
h.stop(signal.SIGKILL)
n = len(h.seen)
h.start()
t.ok(h.logs('^new msg ' + id, 2), 'after a restart')
h.ctl('retry')
t.ok(h.waits(lambda: 'messages 1\nready 0\nwaiting 0' in h.ctl('status')[1])
     and len(h.seen) == n, 'that holds, too')
h.ctl('delete', id)
h.logs('^end msg ' + id)

h.policy = lambda kind, key, tx, r: ('K', '2.0.0', 'ok\n') \
    if tx.sender == '' else ('Z', '4.2.0', 'later\n')
id = deferred()
t.eq(h.ctl('delete', id), (0, 'done\n'), 'delete')
t.ok(h.logs('^end msg ' + id) and h.waits(h.empty), 'it is gone')
id = deferred()
h.ctl('hold', id)
t.eq(h.ctl('bounce', id), (0, 'done\n'), 'bounce, though held')
t.ok(h.logs('^bounce msg %s' % id) and h.logs('^end msg ' + id) and
     h.waits(h.empty), 'it is returned', h.log())
t.ok(b'administrator' in h.seen[-1][2].text, 'by order')
id = deferred()
h.policy = DONE
t.eq(h.ctl('flush', 'There.Example'), (0, 'done\n'), 'flush a destination')
t.ok(h.logs('^end msg ' + id), 'its mail goes at once')

h.policy = LATER
id = deferred()
h.policy = DONE
with open(ROOT + '/refuses', 'w') as f:
    f.write('#!/bin/sh\nexit 31\n')
os.chmod(ROOT + '/refuses', 0o755)
os.environ['QMAILQUEUE'] = ROOT + '/refuses'
code, text = h.ctl('redirect', id, 'ann@else.example')
del os.environ['QMAILQUEUE']
t.ok(code == 100 and 'stays held' in text, 'a copy that is refused', (code, text))
h.ctl('retry')
t.ok('messages 1\nready 0\nwaiting 0' in h.ctl('status')[1], 'loses nothing')
n = len(h.seen)
t.eq(h.ctl('redirect', id, 'ann@else.example'), (0, 'done\n'), 'redirect')
t.ok(h.logs('^end msg ' + id) and h.waits(h.empty), 'it is gone')
tx = h.seen[-1][2]
t.eq((len(h.seen) - n, tx.sender, [r['address'] for r in tx.rcpts]),
     (1, 'joe@example.org', ['ann@else.example']), 'and goes elsewhere')
t.ok(tx.text.endswith(b'Subject: test\n\nbody\n'), 'as it was', tx.text)
for bad in ('ann', '@x', 'ann@', 'a b@x', 'ann@x\n'):
    t.eq(h.ctl('redirect', '1', bad)[0], 100, 'no address: %r' % bad)
t.eq(h.ctl('redirect', '1')[0], 100, 'no address named')
t.eq(h.ctl('redirect', '123', 'a@b.example'), (100, 'no such message\n'),
     'no such message to redirect')
t.eq(h.ctl('hold', '123'), (100, 'no such message\n'), 'no such message')
t.eq(h.ctl('flush', 'no.example')[0], 100, 'no such destination')
t.eq(h.ctl('hold', 'x')[0], 100, 'no number')
t.eq(h.ctl()[0], 100, 'no order')
t.eq(h.ctl('hold')[0], 100, 'no message named')

# hostile clients
def ask(data):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(QUEUE + '/control')
    s.settimeout(5)
    s.send(data)
    try:
        return s.recv(70000)
    except ConnectionError:
        return b''
for data in (b'\1', b'x', b'\1H', b'\1Hxx\0', b'\1H99999999999999999999999\0',
             b'\2S', b'\1F\0', b'\1\0\0', os.urandom(2000), b'y' * 9000):
    ask(data)
held = []
for i in range(200):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(QUEUE + '/control')
    held.append(s)
for s in held:
    s.close()
t.ok(h.waits(lambda: h.ctl('status')[0] == 0), 'nonsense does no harm')
t.eq(h.send.poll(), None, 'it lives')

# idle clients go
def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(QUEUE + '/control')
    s.settimeout(30)
    return s
def gone(s):
    try:
        return s.recv(10) == b''
    except OSError:
        return False
idle = connect()
began = time.monotonic()
t.ok(gone(idle) and 5 < time.monotonic() - began < 20,
     'who gives no order is left after a while')

# no descriptor left for a client
def ticks():
    with open('/proc/%d/stat' % h.send.pid) as f:
        return sum(map(int, f.read().rpartition(')')[2].split()[11:13]))
limit = resource.prlimit(h.send.pid, resource.RLIMIT_NOFILE)
resource.prlimit(h.send.pid, resource.RLIMIT_NOFILE, (3, limit[1]))
s = connect()
s.send(b'\1S')
t.ok(h.logs('cannot take clients'), 'without a descriptor the log hears of it')
before = ticks()
time.sleep(2.5)
t.ok(ticks() - before < 50, 'a client waits, and send does not spin')
t.eq(len(h.logged('cannot take clients')), 1, 'it is said once')
resource.prlimit(h.send.pid, resource.RLIMIT_NOFILE, limit)
t.eq(s.recv(70000)[:2], b'\1K', 'and the client is served in the end')
s.close()

# others may do nothing but look, or order about their own mail
if os.getuid() == 0:
    h.policy = LATER
    id = deferred()
    os.chmod(ROOT, 0o755)
    os.chmod(QUEUE, 0o711)
    os.chmod(QUEUE + '/control', 0o666)
    open(QUEUE + '/network', 'w').close()
    def stranger(what, *numbers, uid=65534):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setgid(65534)
            os.setuid(uid)
            os.write(w, ask(packet(what, *numbers)) or b'--')
            os._exit(0)
        os.waitpid(pid, 0)
        return os.read(r, 5000)[1:2]
    t.eq(stranger('X', int(id)), b'D', 'a stranger may not delete')
    os.chown(QUEUE + '/network', 65534, 65534)
    t.eq(stranger('R', 0), b'D', 'nor, as smtpd, retry')
    os.chown(QUEUE + '/network', 0, 0)
    t.eq(stranger('F', 'there.example'), b'D', 'nor flush')
    t.eq(stranger('S'), b'K', 'but ask for the status')
    t.eq(stranger('W', int(id)), b'D', 'nor see it')
    t.ok(h.files('cur'), 'it is still there')

    # anybody may have all of it tried now, but not again and again
    n = len(h.logged('deferral'))
    def flushed():
        p = subprocess.run(['postern-sendmail', '-q'], capture_output=True,
                           user=65534, group=65534, extra_groups=[])
        return p.returncode, p.stdout + p.stderr
    t.eq(flushed(), (0, b''), 'sendmail -q of a user')
    t.ok(h.logs('deferral', n + 1), 'has all of it tried')
    t.ok(h.logs('tried now by order of uid 65534'), 'and the log says so')
    t.eq(flushed(), (0, b''), 'a moment later again')
    h.ctl('status')
    t.eq(len(h.logged('deferral')), n + 1, 'does nothing')

    # what he has injected himself
    def mailq(*args):
        p = subprocess.run(['postern-sendmail', '-bp', *args], text=True,
                           capture_output=True, user=65534, group=65534,
                           extra_groups=[])
        return p.returncode, p.stdout, p.stderr
    code, out, err = mailq()
    t.ok(code == 77 and out == '' and '1 messages in the queue' in err,
         'mailq of who has injected nothing', (code, out, err))
    os.chmod(QUEUE + '/injector', 0o666)
    os.seteuid(65534)
    session = h.session()
    os.seteuid(0)
    n = len(h.logged('deferral'))
    mine = [h.inject(['mine%d@there.example' % i], sender='him@x.y',
                     sock=session) for i in range(300)]
    session.close()
    t.ok(h.waits(lambda: len(h.files('cur')) >= 300), 'mail of a stranger')
    h.logs('deferral', n + 300)
    def looks():
        return stranger('W', int(mine[0])) + stranger('O', 0)
    t.eq(looks(), b'KK', 'he may look')
    os.chown(QUEUE + '/network', 65534, 65534)
    t.eq(looks(), b'DD', 'but not when he is smtpd')
    os.unlink(QUEUE + '/network')
    t.eq(looks(), b'DD', 'nor when nothing says that he is not')
    open(QUEUE + '/network', 'w').close()
    code, out, err = mailq()
    lines = out.splitlines()
    t.ok(code == 0 and [l[:16] for l in lines if l[:1].isdigit()] == mine,
         'he sees his own, the oldest first', (code, lines[:9]))
    t.ok(lines[1].endswith('him@x.y') and lines[2] == '(later)' and
         lines[3].strip() == 'mine0@there.example', 'whole', lines[:9])
    t.ok('other messages (1)' in err, 'and hears of the others', err)
    code, out, err = mailq('-j')
    t.ok(code == 0 and out.count('\n') == 300 and
         out.count('"queue_name": "deferred"') == 300 and
         mine[0] in out and id not in out, 'as JSON', out[:500])
    t.eq(stranger('X', int(mine[0])), b'K', 'he may delete it')
    t.ok(h.logs('^end msg ' + mine[0]), 'and it is gone')

    # other users' idle clients, many of one and some of many
    def crowd(uid, count):
        """A process of that user with count connections, when it has them."""
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setgid(65534)
            os.setuid(uid)
            held = [connect() for i in range(count)]
            os.write(w, b'.')
            time.sleep(60)
            os._exit(0)
        os.read(r, 1)
        return pid
    def leave(crowds):
        for pid in crowds:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    one = crowd(65534, 100)
    t.eq(stranger('S', uid=60000), b'K', 'one user with many idle clients '
         'keeps nobody else out')
    many = [crowd(60000 + i, 8) for i in range(20)]
    t.eq(h.ctl('status')[0], 0, 'nor many of them an administrator')
    leave([one] + many)
t.done(h)
END
exit $?
