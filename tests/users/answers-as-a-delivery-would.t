# EXISTS: rewriting, owner and .qmail files say what a delivery would find,
# and say it anew when control files, users/cdb or .qmail files change.
. "${0%/*}/../lib.sh"
need python3 postern-local postern-lspawn postern-users postern-newu
new_root
export ROOT
PYTHONPATH=$TOP/tests/local
export PYTHONPATH
mkdir -m 700 "$ROOT/control/users" "$ROOT/home/joe"
chmod 755 "$ROOT/alias"
me="$(id -u):$(id -g):$ROOT/home/joe"
cat > "$ROOT/control/users/assign" <<END
=joe:joe:$me:::
+joe-:joe:$me:-::
=ann:ann:$(($(id -u) + 1)):$(id -g):$ROOT/home/ann:::
+ann-:ann:$(($(id -u) + 1)):$(id -g):$ROOT/home/ann:-::
.
END
postern-newu || exit 1
control locals test.example
control virtualdomains virt.example:joe-virt other.example:nobody-there \
	box@alone.example:joe .sub.example:joe-sub
control percenthack hack.example
exec python3 - <<'END'
from wire import *
t = Check()
house = House()
root = os.environ['ROOT']
joe, alias = root + '/home/joe', root + '/alias'
NO = ('D', ['5.1.1', 'Sorry, no mailbox here by that name. (#5.1.1)'])
YES = ('K', [])
def check(address, want, what=''):
    t.eq(house.exists(address), want, address + ' ' + what)
check('joe@test.example', YES)
check('JOE@TEST.example', YES)
check('joe@elsewhere.example', YES, '(not ours: not refused here)')
check('joe', YES, '(no domain)')
check('nobody@test.example', NO)
check('joe-list@test.example', NO)
spit('', joe, '.qmail-list')
check('joe-list@test.example', YES, 'once the file is there')
check('joe-LIST@test.example', YES)
check('joe-list-x@test.example', NO)
spit('', joe, '.qmail-list-default')
check('joe-list-x@test.example', YES, 'by default file')
check('joe-a.b@test.example', NO)
spit('', joe, '.qmail-a:b')
check('joe-a.b@test.example', YES, 'dot is colon')
check('postmaster@test.example', NO)
spit('', alias, '.qmail-postmaster')
check('postmaster@test.example', YES, 'alias')
check('sales@virt.example', NO)
spit('', joe, '.qmail-virt-default')
check('sales@virt.example', YES, 'virtual domain, catch-all')
check('x@other.example', NO, 'virtual domain of nobody')
check('box@alone.example', NO)
spit('', joe, '.qmail-box')
check('box@alone.example', YES, 'one virtual address')
check('more@alone.example', YES, 'the rest of it is not ours')
check('a@x.sub.example', NO)
check('joe%test.example@hack.example', YES, 'percent hack')
check('nobody%test.example@test.example', NO, 'no percent hack')
r = house.exists('ann-x@test.example')
t.eq((r[0], 'Only root' in r[1][1]), ('Z', True), 'somebody else: later')
check('ann@test.example', YES, 'no need to look')
spit('mine.example\n', root, 'control', 'locals', mode=0o644)
check('nobody@test.example', YES, 'no longer ours')
check('nobody@mine.example', NO, 'ours now')
spit('+:joe:%d:%d:%s::' % (os.getuid(), os.getgid(), joe) + ':\n.\n', root,
     'control', 'users', 'assign')
check('nobody@mine.example', NO, 'assign has no effect by itself')
subprocess.run(['postern-newu'], check=True)
check('nobody@mine.example', YES, 'newu has, at once')
spit('garbage', root, 'control', 'users', 'cdb')
t.eq(house.exists('nobody@mine.example')[0], 'Z', 'a broken users/cdb: later')
os.unlink(root + '/control/users/cdb')
check('nobody@mine.example', NO, 'and without it as before')
os.unlink(root + '/control/locals')
check('nobody@test.example', NO, 'without locals, me is local')
os.rename(root + '/control/me', root + '/control/me.x')
os.mkdir(root + '/control/locals')
t.eq(house.exists('nobody@test.example')[0], 'Z', 'unreadable: later')

c = house.client()
send(c, b'\1Xgarbage\0')
t.eq(receive(c), None, 'nonsense is hung up on')
t.eq(house.end(), (0, 0), 'ends')
t.done()
END
