# timeout: 240
# Many recipients: at most a hundred in a transaction, nobody local sees another's
# address, what is done is marked, and VERP senders go one at a time.
. "${0%/*}/lib.sh"
python3 - <<'END'
import shutil
from house import *
t = Check()
h = House()
text = b'Subject: x\n\nthe text\n'
h.start()
h.owner = lambda name: (name.split('-')[0], 1000, 1000, '/home/' +
                        name.split('-')[0], '-', name)
id = h.inject(['ann@test.example', 'bob@test.example', 'x@there.example',
               'ann-2@test.example'], text)
t.ok(h.logs('^end msg ' + id), 'several recipients', h.log())
local = [x[2] for x in h.seen if x[0] == 'local']
remote = [x[2] for x in h.seen if x[0] == 'remote']
t.eq(sorted(sorted(r['address'] for r in x.rcpts) for x in local),
     [['ann-2@test.example', 'ann@test.example'], ['bob@test.example']],
     'a transaction for each owner')
t.ok(all(x.text.endswith(text) for x in local + remote), 'all get the text')
t.ok(all(b'@test.example\0' not in x.file and b'there.example' not in x.file
         for x in local + remote), 'no envelope before their eyes')
t.ok(all(x.mode == os.O_RDONLY for x in local + remote), 'read only')
t.eq(sorted(int(r['index']) for x in local for r in x.rcpts), [0, 1, 3],
     'each has its place in the envelope')
h.seen.clear()
big = b'Subject: big\n\n' + b'0123456789abcde\n' * 100000
id = h.inject(['ann@test.example', 'bob@test.example'], big)
t.ok(h.logs('^end msg ' + id) and len(h.seen) == 2 and
     all(x[2].text.endswith(big) and b'bob@test' not in x[2].file
         for x in h.seen), 'a message over a megabyte', h.log())

h.seen.clear()
id = h.inject(['u%d@there.example' % i for i in range(250)])
t.ok(h.logs('^end msg ' + id), '250 recipients at one place')
counts = sorted(len(x[2].rcpts) for x in h.seen)
t.ok(sum(counts) == 250 and counts[-1] <= 100 and len(counts) == 3,
     'in three transactions', counts)
h.seen.clear()
long = 'a' * 900
id = h.inject([('%s%d@there.example' % (long, i),
               'Orfc822;%s%d@x.example' % ('b' * 400, i)) for i in range(150)])
t.ok(h.logs('^end msg ' + id) and sum(len(x[2].rcpts) for x in h.seen) == 150,
     'long addresses: as many as a packet takes', h.log())
h.seen.clear()
id = h.inject(['u%d@h%d.example' % (i, i % 70) for i in range(3000)])
t.ok(h.logs('^end msg ' + id, 1, 30) and
     sum(len(x[2].rcpts) for x in h.seen) == 3000, '3000 at 70 places')
t.ok(all(len({r['address'].split('@')[1] for r in x[2].rcpts}) == 1
         for x in h.seen), 'each place its own')

h.seen.clear()
id = h.inject(['ann@there.example', 'bob@there.example'],
              sender='list-@lists.example-@[]')
t.ok(h.logs('^end msg ' + id), 'a VERP sender')
t.eq(sorted((x[2].sender, len(x[2].rcpts)) for x in h.seen),
     [('list-ann=there.example@lists.example', 1),
      ('list-bob=there.example@lists.example', 1)], 'one at a time')

# copies of messages that wait for a place where nobody answers
def copies():
    where = '/proc/%d/fd/' % h.send.pid
    n = 0
    for fd in os.listdir(where):
        try:
            n += os.readlink(where + fd).startswith('/memfd:')
        except FileNotFoundError:       # it has just been closed
            pass
    return n

h.ready = lambda kind, key: None if 'silent' in key else True
h.seen.clear()
for i in range(300):
    id = h.inject(['ann@test.example', 'x@silent.example'])
t.ok(h.waits(lambda: len([x for x in h.seen if x[0] == 'local']) == 300),
     '300 messages of which another recipient waits')
t.ok(h.waits(lambda: copies() <= 64, 10), 'are not all kept in memory', copies())
for id in h.files('new'):
    h.ctl('delete', id)
t.ok(h.waits(h.empty), 'and go when told')
t.eq(copies(), 0, 'with their copies')
h.ready = lambda kind, key: True

# what is done is not done again
answers = {}
h.policy = lambda kind, key, tx, r: answers.get(r['address'],
                                                ('K', '2.0.0', 'ok\n'))
answers['u7@there.example'] = answers['u200@there.example'] = \
    ('Z', '4.2.0', 'later\n')
id = h.inject(['u%d@there.example' % i for i in range(250)])
t.ok(h.logs('^delivery \\d+: deferral: later', 2), 'two of 250 are deferred')
states = open(QUEUE + '/cur/' + id, 'rb').read()[-250:]
t.ok(h.waits(lambda: open(QUEUE + '/cur/' + id, 'rb').read()[-250:].count(
     b'\1') == 248), 'the others are marked', states)
h.stop(signal.SIGKILL)
h.seen.clear()
answers.clear()
h.start()
h.logs('^new msg ' + id, 2)
h.alrm()
t.ok(h.logs('^end msg ' + id), 'after a restart')
t.eq(sorted(r['address'] for x in h.seen for r in x[2].rcpts),
     ['u200@there.example', 'u7@there.example'], 'only they are tried')
t.ok(h.waits(h.empty), 'nothing is left')

# a file system without unnamed files
if shutil.which('strace'):
    h.stop()
    h.seen.clear()
    h.start(wrap=['strace', '-D', '-o', '/dev/null', '-P', QUEUE + '/cur',
                  '-e', 'inject=openat:error=EOPNOTSUPP:when=2+'])
    id = h.inject(['ann@test.example', 'bob@test.example'], big)
    t.ok(h.logs('^end msg ' + id) and len(h.seen) == 2 and
         all(x[2].text.endswith(big) and b'bob@test' not in x[2].file
             for x in h.seen), 'a large message, without unnamed files', h.log())
t.done(h)
END
exit $?
