# From an address to a file in its owner's Maildir: users says whose it is,
# lspawn starts the worker, and nobody is served whom we may not become.
. "${0%/*}/../lib.sh"
need python3 postern-local postern-lspawn postern-users postern-newu
new_root
export ROOT
mkdir "$ROOT/control/users" "$ROOT/home/joe"
me="$(id -u):$(id -g):$ROOT/home/joe"
cat > "$ROOT/control/users/assign" <<END
=joe:joe:$me:::
+joe-:joe:$me:-::
=root:toor:$(($(id -u) + 1)):0:/home/x:::
.
END
postern-newu || exit 1
cd "$TOP/tests/local" || exit 1
exec python3 - <<'END'
import socket, subprocess
from wire import *
t = Check()
s_send, s_send2 = pair()
s_users, s_users2 = pair()
door, door2 = pair()
life_r, life_w = os.pipe()
path = os.environ['ROOT'] + '/queue/users'
l = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
l.bind(path)
l.listen(5)

def run(prog, fds):
    def setup():
        for k, f in fds.items():
            os.dup2(f, k + 100)
        for k in fds:
            os.dup2(k + 100, k)
            os.close(k + 100)
    return subprocess.Popen([prog], preexec_fn=setup, close_fds=False)

users = run('postern-users', {0: l.fileno(), 3: s_users.fileno(),
                              4: door.fileno(), 5: life_r})
lspawn = run('postern-lspawn', {0: s_send2.fileno(), 3: s_users2.fileno(),
                                4: door2.fileno()})
for x in l, s_send2, s_users, s_users2, door, door2:
    x.close()
os.close(life_r)

c = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
c.connect(path)
c.settimeout(20)
def owner(local):
    send(c, packet('A', 5, local))
    return receive(c)[:2]
home_ = os.environ['ROOT'] + '/home/joe'
uid, gid = str(os.getuid()), str(os.getgid())
t.eq(owner('joe'), ('O', ['5', 'joe', uid, gid, home_, '', '']), 'joe')
t.eq(owner('JOE'), ('O', ['5', 'joe', uid, gid, home_, '', '']), 'JOE')
t.eq(owner('Joe-Ext-x'), ('O', ['5', 'joe', uid, gid, home_, '-', 'Ext-x']),
     'an extension')
t.eq(owner('nobody-at-all'), ('O', ['5', 'alias', uid, gid,
     os.environ['ROOT'] + '/alias', '-', 'nobody-at-all']), 'alias')

def spawn(key):
    send(s_send, packet('S', 3, key))
    return receive(s_send)
k, f, fds = spawn('joe')
t.eq((k, f, len(fds)), ('W', ['3'], 1), 'a worker')
w = Worker(sock=socket.socket(fileno=fds[0]))
w.sock.settimeout(20)
t.eq(w.ready(), 'R', 'ready')
r = w.deliver(b'A: b\n\nc\n', rcpt('joe@test.example'))
t.eq(r[:2], ['K', '1'], 'delivered')
t.eq(len(ls(home_, 'Maildir', 'new')), 1, 'into his Maildir')
w.close()
k, f, fds = spawn('root')
t.eq((k, f[:3]), ('F', ['3', 'Z', '4.3.5']), 'another uid is refused')
t.ok('root' in f[3] or 'Only' in f[3], 'in clear words', f)
s_send.close()
os.close(life_w)
t.eq(users.wait(20), 0, 'users ends with its lifeline')
t.eq(lspawn.wait(20), 0, 'lspawn ends with its clients')
t.done()
END
