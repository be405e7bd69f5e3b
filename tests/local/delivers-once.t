# A delivery that is repeated finds the first one, also when a reader takes
# that from new/ to cur/ at this very moment.
# sanitizers: no, since leaks cannot be looked for under strace
. "${0%/*}/../lib.sh"
need python3 postern-local strace
new_root
export ROOT
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
from wire import *
t = Check()
h = home()
box = maildir(os.path.join(h, 'Maildir'))
again = 64
def deliver(inject, flags=0):
    """How it ended, and how many messages there are."""
    w = Worker(h, prefix=['strace', '-f', '-o', '/dev/null', '-e',
                          'inject=' + inject])
    w.ready()
    r = w.deliver(b'Subject: x\n\ny\n', rcpt('me@test.example'),
                  birth=1700000000123456, flags=flags)
    w.close()
    return [r[0], len(ls(box, 'new')) + len(ls(box, 'cur'))]
t.eq(deliver('renameat2:error=EEXIST:when=9'), ['K', 1], 'delivered')
name = ls(box, 'new')[0]
t.eq(deliver('renameat2:error=EIO', again), ['K', 1],
     'found in new before anything else is tried')
os.rename(os.path.join(box, 'new', name),
          os.path.join(box, 'cur', name + ':2,S'))
t.eq(deliver('renameat2:error=EEXIST:when=1'), ['K', 1],
     'had the name, and is in cur by now')
t.eq(deliver('renameat2:error=EIO', again), ['K', 1], 'found in cur')
t.eq(deliver('renameat2:error=EIO'), ['Z', 1],
     'a first attempt does not search')
t.eq(ls(box, 'tmp'), [], 'nothing is left')
t.done()
END
