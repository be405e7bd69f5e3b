# timeout: 240
# A notice that is queued is not queued again, is never cut short, and never
# too large to be sent.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
h.entrance()
way_in = h.session()	# the real entrance, for the mail that is told of

class Entrance:
    """What the helper finds at queue/injector: takes notices, queues none."""
    def __init__(self):
        self.taken = []         # (message, envelope, order, code)
        self.code = lambda message: 0
        self.on_data = lambda so_far: None
        self.on_abort = lambda: None
        self.listener = h.listen('injector', socket.SOCK_STREAM)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def chunk(self, f):
        digits = b''
        while (c := f.read(1)) != b':':
            if not c:
                raise EOFError
            digits += c
        got = f.read(int(digits))
        assert f.read(1) == b','
        return got

    def part(self, f, look=lambda so_far: None):
        so_far = 0
        out = []
        while got := self.chunk(f):
            out.append(got)
            so_far += len(got)
            look(so_far)
        return b''.join(out)

    def serve(self, sock):
        f = sock.makefile('rb')
        try:
            while True:
                message = self.part(f, lambda n: self.on_data(n))
                envelope, order = self.part(f), self.chunk(f)
                code = self.code(message) if order == b'C' else 0
                self.taken.append((message, envelope, order, code))
                if order == b'A':
                    self.on_abort()
                sock.sendall(netstring(b'%d - 1 %s' %
                                       (code, b'K' if code == 0 else b'Zno')))
        except (EOFError, OSError):
            pass

    def kinds(self, code=0):
        return sorted(re.search(rb'^Subject: (\w+)', m, re.M)[1].decode()
                      for m, _, order, c in self.taken
                      if order == b'C' and c == code)

e = Entrance()
def policy(kind, key, tx, r):
    return {'bad': ('D', '5.1.1', 'no such user\n'),
            'long': ('D', '5.1.1', 'word\n' * 1999)}.get(
            r['address'].split('@')[0].rstrip('0123456789'),
            ('K', '2.0.0', 'ok\n', 'delivered'))
h.policy = policy
def again():
    """The next life tells at once, by what the last one left on the disk."""
    h.stop(signal.SIGKILL)
    h.start()
def where(id):
    return [p for p in (QUEUE + '/cur/' + id, QUEUE + '/new/' + id)
            if os.path.exists(p)][0]

h.control('bouncemaxbytes', '8000000')
h.start()

# two notices of one message, of which the second fails
e.code = lambda m: 0 if b'Subject: failure' in m else 53
id = h.inject(['bad@there.example', ('good@there.example', 'NSUCCESS')],
              sock=way_in)
t.ok(h.logs('will try later'), 'a notice that is not taken', h.log())
t.eq((e.kinds(), e.kinds(53)), (['failure'], ['delivery']),
     'the one before it was')
t.ok(h.waits(lambda: open(where(id), 'rb').read()[-2:] == b'\3\2'),
     'it is marked as told at once')
e.code = lambda m: 0
again()
t.ok(h.waits(h.empty), 'then the other is told too', h.log())
t.eq(e.kinds(), ['delivery', 'failure'], 'each of them once')

# the message cannot be read to its end while it goes back
e.taken.clear()
text = b'Subject: long\n\n' + b'line after line\n' * 200000
whole = []
def cut(so_far):
    if not whole:
        with open(where(id_file[0]), 'r+b') as f:
            whole.append(f.read())
            f.truncate(1000000)
def mend():
    with open(where(id_file[0]), 'r+b') as f:
        f.write(whole[0])
id_file = []
e.on_data, e.on_abort = lambda n: id_file and cut(n), mend
h.policy = lambda kind, key, tx, r: (time.sleep(0.5) or
                                     ('D', '5.1.1', 'no such user\n'))
id_file.append(h.inject(['bad@there.example'], text, sock=way_in))
t.ok(h.logs('will try later: cannot_read'), 'a message that '
     'cannot be read to its end', h.log())
t.eq([x[2] for x in e.taken], [b'A'], 'is not returned as far as it goes')
again()
t.ok(h.waits(h.empty), 'but later', h.log())
t.ok([x[2] for x in e.taken] == [b'A', b'C'] and text in e.taken[-1][0],
     'and whole')
h.policy = policy
# reasons of the greatest length, for as many recipients as go together
e.taken.clear()
e.on_data, e.on_abort = lambda n: None, lambda: None
h.inject(['long%d@there.example' % i for i in range(100)], sock=way_in)
t.ok(h.waits(h.empty), 'a hundred long reasons', h.log())
told = re.findall(rb'^<long(\d+)@', b'\n'.join(x[0] for x in e.taken), re.M)
t.eq(sorted(map(int, told)), list(range(100)), 'are told')

# more than goes into one notice, from an earlier life
e.taken.clear()
h.stop(signal.SIGKILL)
count = 14000
id = h.inject(['x%d@there.example' % i for i in range(count)], sock=way_in)
with open(where(id), 'r+b') as f:
    f.seek(-count, os.SEEK_END)
    f.write(b'\2' * count)
with open(QUEUE + '/report/' + id, 'w') as f:
    f.write('\njunk ' + 'x' * (3 << 20) + '\n')
    for i in range(count):
        f.write('\nF %d %d 5.1.1 192.0.2.1 %s\t\n' %
                (i, time.time(), 'never ' * 830))
refused = []
def refuse_once(m):
    if len(e.taken) == 20 and not refused:
        refused.append(1)
        return 53
    return 0
e.code = refuse_once
h.start()
t.ok(h.logs('will try later', 3), 'a report of %d MB' %
     (os.path.getsize(QUEUE + '/report/' + id) >> 20), h.log())
again()
t.ok(h.waits(h.empty, 120), 'is told', h.log())
taken = [x[0] for x in e.taken if x[3] == 0]
told = re.findall(rb'^<x(\d+)@', b'\n'.join(taken), re.M)
t.ok(sorted(map(int, told)) == list(range(count)),
     'all of it, each recipient once', len(told))
t.ok(40 < len(taken) < 100 and max(map(len, taken)) < 2 << 20,
     'in notices of a bearable size', [len(x) for x in taken])
t.done(h)
END
exit $?
