# Killed at any system call, a worker leaves no half message behind, and the
# next one delivers exactly one whole copy. A call that fails is a deferral.
# timeout: 240
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need python3 postern-local strace
new_root
export ROOT
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
from wire import *
import shutil
t = Check()
text = b'Subject: x\n\n' + b'line\n' * 500
want = (b'Return-Path: <joe@example.org>\nDelivered-To: me@test.example\n' +
        text)
me = rcpt('me@test.example')

def deliver(h, prefix=(), **more):
    """First letter of the result, or '' when the worker died."""
    w = Worker(h, prefix=prefix)
    try:
        got = None
        if w.ready() == 'R':
            w.send(text, me, birth=1700000000000000, flags=64, **more)
            got = w.result()
    except (BrokenPipeError, ConnectionResetError):
        got = None
    w.close()
    return got[0] if got else ''

def whole(h):
    """Every file in new/ is the message."""
    box = h + '/Maildir'
    return [slurp(box, 'new', n) for n in ls(box, 'new') or []]

def check(inject, count):
    bad, died, hit = [], 0, 0
    for n in range(1, count + 1):
        h = home('joe%d' % t.n)
        maildir(h + '/Maildir')
        first = deliver(h, ['strace', '-f', '-o', '/dev/null', '-e',
                            'inject=' + inject % n])
        died += first == ''
        if any(m != want for m in whole(h)):
            bad.append(('half', inject % n))
        if first == 'K' and len(whole(h)) != 1:
            bad.append(('lost', inject % n))
        if first == 'D':
            bad.append(('permanent', inject % n))
        hit += first != 'K'
        if deliver(h) != 'K' or whole(h) != [want]:
            bad.append(('second', inject % n, len(whole(h))))
        shutil.rmtree(h)
    return bad, hit

for call, n in (('openat', 12), ('write', 2), ('fsync', 3), ('renameat2', 2),
                ('sendmsg', 3), ('pread64', 2), ('poll', 2), ('close', 8),
                ('recvmsg', 4), ('stat', 3)):
    bad, hit = check(call + ':signal=KILL:when=%d', n)
    t.ok(not bad and hit, 'killed at ' + call, bad, hit)
for call, n, err in (('openat', 12, 'EMFILE'), ('openat', 12, 'EIO'),
                     ('write', 1, 'ENOSPC'), ('fsync', 2, 'EIO'),
                     ('fsync', 2, 'ENOSPC'), ('renameat2', 1, 'ENOSPC'),
                     ('renameat2', 1, 'EROFS'), ('pread64', 1, 'EIO'),
                     ('mmap', 6, 'ENOMEM'), ('brk', 6, 'ENOMEM')):
    bad, hit = check(call + ':error=' + err + ':when=%d', n)
    t.ok(not bad, call + ' fails with ' + err, bad, hit)
bad, hit = check('renameat2:error=EINVAL:when=%d', 1)
t.eq((bad, hit), ([], 0), 'where renameat2 is unknown, link does it')

# a lost socket before the move: nothing is delivered
h = home('lost')
box = maildir(h + '/Maildir')
w = Worker(h, prefix=['strace', '-f', '-o', '/dev/null', '-e',
                      'inject=fsync:delay_enter=500000:when=1'])
w.ready()
w.send(text, me)
time.sleep(0.1)
w.close()
t.eq([ls(box, 'new'), ls(box, 'tmp')], [[], []],
     'a worker that loses its socket before the move abandons the message')

# tmp/ is cleaned of what is old, and of nothing else
old = spit('x', box, 'tmp', 'old')
fresh = spit('x', box, 'tmp', 'fresh')
os.utime(old, (time.time() - 37 * 3600,) * 2)
w = Worker(h)
w.ready()
w.deliver(text, me)
until = time.monotonic() + 10
while os.path.exists(old) and time.monotonic() < until:
    time.sleep(0.05)
t.eq(ls(box, 'tmp'), ['fresh'], 'old files in tmp are removed')
w.close()
t.done()
END
