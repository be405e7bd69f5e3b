# Who owns an address may change while postern-send runs, and nobody tells it:
# mail that comes afterwards goes to the new owner, or is refused no more. Long
# lists whose owners are slow to find are all delivered, though what was
# answered first is no news any more when the last answer comes. A worker that
# became somebody else than send had in mind is given nothing.
. "${0%/*}/lib.sh"
python3 - <<'EOF'
from house import *
t = Check()
h = House()
nobody = ('D', '5.1.1', 'Sorry, nobody. (#5.1.1)\n')
h.owner = lambda name: nobody
h.start()
h.logs('^status: running')
h.inject(['new@test.example'], sender='#@[]')
t.ok(h.logs('^delivery \\d+: failure: Sorry'), 'nobody has the address')
t.ok(h.waits(h.empty), 'and its mail is gone')
time.sleep(1.2)
h.owner = lambda name: ('u', 1000, 1000, '/home/u', '', '')
h.inject(['new@test.example'])
t.ok(h.logs('^delivery \\d+: success'), 'a second later somebody has it',
     h.log()[-2000:])
time.sleep(5.2)
h.owner = lambda name: ('u', 1000, 1000, '/home/u', '-', 'other')
h.inject(['new@test.example'])
t.ok(h.waits(h.empty), 'delivered again')
t.eq(h.seen[-1][2].rcpts[0]['ext'], 'other', 'as is right by now')

# lspawn asks for itself: what it is told may be newer
ann = ('ann', 1001, 1001, '/home/ann', '-', 'list')
alias = ('alias', 1002, 1002, '/home/alias', '-', 'ann')
def moves(name):
    if name == 'ann':
        h.owner = lambda name: alias if name == 'ann' else ann
    return h.owner(name)[:4]
h.owner = lambda name: ann[:4] + ('', '') if name == 'ann' else ann
h.whose = moves
n = len(h.seen)
h.inject(['ann@test.example', 'ann-list@test.example'])
t.ok(h.waits(h.empty), 'an owner who changes at the last moment', h.log()[-2000:])
t.eq(sorted((r['address'], r['ext']) for x in h.seen[n:] for r in x[2].rcpts),
     [('ann-list@test.example', 'list'), ('ann@test.example', 'ann')],
     'gets no mail by the old answer, the others get theirs')
t.eq(len(h.logged('deferral')), 0, 'and none of it waits')
h.whose = lambda name: h.owned[name]

def owner(name):
    time.sleep(0.01)
    return ('u', 1000, 1000, '/home/u', '', '') if name[0] == 'u' else nobody
h.owner = owner
for i in range(4):
    h.inject(['%s%d-%d@test.example' % ('ux'[k % 2], i, k)
              for k in range(260)], sender='#@[]')
t.ok(h.logs('^end msg', 4 + 4, 120), 'long lists are delivered, too',
     h.log()[-2000:])
t.done(h)
EOF
exit $?
