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
from wire import *
t = Check()
house = House()
joe = os.environ['ROOT'] + '/home/joe'
uid, gid = str(os.getuid()), str(os.getgid())
t.eq(house.owner('joe'), ('O', ['joe', uid, gid, joe, '', '']), 'joe')
t.eq(house.owner('JOE'), ('O', ['joe', uid, gid, joe, '', '']), 'JOE')
t.eq(house.owner('Joe-Ext-x'), ('O', ['joe', uid, gid, joe, '-', 'Ext-x']),
     'an extension')
t.eq(house.owner('nobody-at-all'), ('O', ['alias', uid, gid,
     os.environ['ROOT'] + '/alias', '-', 'nobody-at-all']), 'alias')
k, f, fds = house.spawn('joe')
t.eq((k, f, len(fds)), ('W', ['3', 'joe', uid, gid, joe], 1),
     'a worker, and whose it is')
w = Worker(sock=socket.socket(fileno=fds[0]))
w.sock.settimeout(20)
t.eq(w.ready(), 'R', 'ready')
r = w.deliver(b'A: b\n\nc\n', rcpt('joe@test.example'))
t.eq(r[:2], ['K', '1'], 'delivered')
t.eq(len(ls(joe, 'Maildir', 'new')), 1, 'into his Maildir')
w.close()
k, f, fds = house.spawn('root')
t.eq((k, f[:3]), ('F', ['3', 'Z', '4.3.5']), 'another uid is refused')
t.ok('Only root can deliver' in f[3], 'in clear words', f)
t.eq(house.end(), (0, 0), 'both end when nobody needs them')
t.done()
END
