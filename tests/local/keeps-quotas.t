# Maildir++ quota: counted, added up, counted anew when in doubt; over it mail
# is deferred for a time, then refused.
. "${0%/*}/../lib.sh"
need python3 postern-local
new_root
export ROOT
control quotagrace 100
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
import stat
from wire import *
t = Check()
h = home()
box = maildir(os.path.join(h, 'Maildir'))
text = b'Subject: x\n\n' + b'x' * 1000 + b'\n'
def size():
    return sum(len(slurp(box, 'new', n)) for n in ls(box, 'new'))
ids = iter(range(10 ** 15, 10 ** 16))
def put(w, ext='', **more):
    return w.deliver(text, rcpt('me@test.example', '-' if ext else '', ext),
                     id=str(next(ids)), **more)
w = Worker(h)
w.ready()
t.eq([put(w)[0], ls(box)], ['K', ['cur', 'new', 'tmp']],
     'no quota, no maildirsize')
one = size()
os.unlink(os.path.join(box, 'new', ls(box, 'new')[0]))
spit('%dS,10C\n' % (one * 4 + 10), box, 'maildirsize')
t.eq(put(w)[0], 'K', 'fits')
lines = slurp(box, 'maildirsize').decode().split('\n')
t.eq([lines[1].split(), len(lines[2]) + 1, lines[2].split()],
     [['0', '0'], 14, [str(one), '1']],
     'what is there is counted, and a line of 14 bytes added')
t.eq([put(w)[0] for i in range(3)], ['K'] * 3, 'still fits: not all is written down')
r = put(w)
t.eq([r[0], r[3], r[4]], ['Z', '4.2.2', 'Mailbox is full. (#4.2.2)\n'],
     'full is counted anew, and is full: later')
t.eq(slurp(box, 'maildirsize').decode().split('\n')[1].split(),
     [str(size()), '4'], 'what was counted is kept')
r = put(w, birth=time.time_ns() // 1000 - 50 * 10 ** 6)
t.eq([r[0], r[3]], ['Z', '4.2.2'], 'later within the time of grace')
r = put(w, birth=time.time_ns() // 1000 - 200 * 10 ** 6)
t.eq([r[0], r[3]], ['D', '5.2.2'], 'refused after the time of grace')
t.eq(len(ls(box, 'tmp')), 0, 'nothing is left behind')
os.unlink(os.path.join(box, 'new', ls(box, 'new')[0]))
with open(box + '/maildirsize', 'a') as f:
    f.write('0 0\n')
t.eq(put(w)[0], 'K', 'room was made by somebody who did not write it down')
for n in ls(box, 'new'):
    os.unlink(os.path.join(box, 'new', n))
os.unlink(box + '/maildirsize')
spit('%dS,3C\n' % (one * 100), box, 'maildirsize')
for i in range(5):
    w.send(text, rcpt('me@test.example'), id=str(next(ids)))
got = sorted(w.result()[0] for _ in range(5))
t.eq(got, ['K', 'K', 'K', 'Z', 'Z'], 'a count of messages, in one batch')
spit('100S\n', box, 'maildirsize')
r = put(w)
t.eq([r[0], r[3]], ['D', '5.2.3'], 'larger than everything')
w.close()

# folders
for n in ls(box, 'new'):
    os.unlink(os.path.join(box, 'new', n))
for folder in '.Work', '.Trash':
    maildir(os.path.join(box, folder))
    spit('', box, folder, 'maildirfolder')
spit('./Maildir/.Work/\n', h, '.qmail-work')
spit('./Maildir/.Trash/\n', h, '.qmail-trash')
spit('%dS\n' % (one * 2 + 50), box, 'maildirsize')
w = Worker(h)
w.ready()
t.eq([put(w, 'trash')[0] for i in range(3)], ['K'] * 3,
     'Trash does not count')
t.eq([put(w, 'work')[0], put(w)[0], put(w, 'work')[0], put(w)[0]],
     ['K', 'K', 'Z', 'Z'], 'folders count together')
# a limit for everybody
w.close()
spit('5C\n', os.environ['ROOT'], 'control', 'maildirquota', mode=0o644)
os.unlink(box + '/maildirsize')
w = Worker(h)
w.ready()
t.eq([put(w)[0] for i in range(4)], ['K', 'K', 'K', 'Z'],
     'control/maildirquota')
t.ok(slurp(box, 'maildirsize').startswith(b'5C\n'), 'is written down')
spit('garbage\n', box, 'maildirsize')
t.eq(put(w)[0], 'Z', 'a damaged maildirsize is made anew')
for n in ls(box, 'new'):
    os.unlink(os.path.join(box, 'new', n))
with open(box + '/maildirsize', 'a') as f:
    f.write('1000 1\n' * 800)
t.eq([put(w)[0], len(slurp(box, 'maildirsize')) < 100], ['K', True],
     'a long maildirsize is counted anew')
# things that are no files: the limit is that for everybody, and all is counted
def empty():
    for n in ls(box, 'new'):
        os.unlink(os.path.join(box, 'new', n))
file = os.path.join(box, 'maildirsize')
other = os.path.join(h, 'other')
spit('4C\n', other)
for what, make in (
        ('a link', lambda: os.symlink(other, file)),
        ('a link to nothing', lambda: os.symlink('/nothing/at/all', file)),
        ('a FIFO', lambda: os.mkfifo(file)),
        ('a socket', lambda: os.mknod(file, 0o600 | stat.S_IFSOCK)),
        ('a directory', lambda: os.mkdir(file))):
    os.unlink(file)
    make()
    empty()
    t.eq([put(w)[0] for i in range(6)], ['K'] * 4 + ['Z'] * 2,
         '%s in the place of maildirsize: counted anew' % what)
t.eq([slurp(other), os.listdir(file)], [b'4C\n', []],
     'a link is not followed, a directory stays')
w.close()
os.unlink(os.path.join(os.environ['ROOT'], 'control', 'maildirquota'))
w = Worker(h)
w.ready()
t.eq(put(w)[0], 'K', 'and where there is no limit, it is no matter')
w.close()
os.rmdir(file)
spit('x', os.environ['ROOT'], 'control', 'quotagrace', mode=0o644)
w = Worker(h)
w.ready()
t.eq(put(w)[0], 'Z', 'a malformed control file: later')
w.close()
t.done()
END
