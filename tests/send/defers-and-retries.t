# timeout: 240
# Deferred mail moves to cur/ with a note, waits its time, goes at once on
# ALRM; HUP routes it anew; after its lifetime it is returned.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
h.policy = lambda kind, key, tx, r: ('Z', '4.2.0', 'not now,\nfriend\n')
h.start()
id = h.inject(['ann@test.example'])
t.ok(h.logs('^delivery 1: deferral: not_now,/friend/$'), 'a deferral is logged',
     h.log())
t.ok(h.waits(lambda: h.files('new') == [] and
     h.files('cur') == [id, id + '.note']), 'moved to cur/, with a note',
     (h.files('new'), h.files('cur')))
note = open(QUEUE + '/cur/' + id + '.note').read()
t.ok(re.fullmatch(r'deferral \d+ 0 4\.2\.0 not now, friend\n', note),
     'the note says why', note)
t.eq(h.ctl('status')[1].split()[:6], ['messages', '1', 'ready', '0',
     'waiting', '1'], 'it waits')
t.eq(len(h.seen), 1, 'and is not tried again at once')
h.alrm()
t.ok(h.logs('^delivery 2: deferral'), 'ALRM tries it now')
h.stop()
h.start()
t.ok(h.logs('^new msg ' + id, 2), 'the next life finds it', h.log())
t.eq(h.ctl('status')[1].split()[:6], ['messages', '1', 'ready', '0',
     'waiting', '1'], 'and waits for its time')
h.control('smtproutes', 'there.example:relay.example')
h.control('locals', 'other.example')
h.policy = DONE
t.ok(h.hup(), 'HUP')
h.alrm()
t.ok(h.logs('^end msg ' + id), 'delivered', h.log())
t.eq(h.seen[-1][:2], ('remote', 'm:test.example'), 'as the new routes say')
t.ok(h.waits(h.empty), 'nothing is left', h.files('cur'))
h.inject(['x@there.example'])
t.ok(h.waits(lambda: h.seen[-1][1] == 'r:relay.example'),
     'smtproutes says where')

h.control('queuelifetime', 'week')
h.send.send_signal(signal.SIGHUP)
t.ok(h.logs('^alert: unable to reread queuelifetime'), 'an unreadable setting '
     'is told of')
h.inject(['x@there.example'])
t.ok(h.logs('^end msg', 3), 'and mail goes on')

h.control('queuelifetime', '1')
h.hup()
h.policy = lambda kind, key, tx, r: ('Z', '4.2.0', 'never\n') \
    if r['address'] == 'dead@there.example' else ('K', '2.0.0', 'ok\n')
id = h.inject(['dead@there.example'])
t.ok(h.logs('^delivery \\d+: deferral: never/'), 'a first try')
last = "^delivery \\d+: failure: never/I'm_not_going_to_try_again;_this_" \
    "message_has_been_in_the_queue_too_long\\./$"
t.ok(h.waits(lambda: h.alrm() or h.logged(last)), 'the last one fails',
     h.log())
t.ok(h.logs('^bounce msg %s qp' % id), 'and comes back')
t.ok(h.waits(h.empty), 'nothing is left', h.log())

h.policy = DONE
h.ready = lambda kind, key: ('Z', '4.4.1', 'no route\n') \
    if key == 'm:dead.example' else True
h.control('queuelifetime', '604800')
h.hup()
h.inject(['first@dead.example'])
t.ok(h.logs('deferral: no_route/'), 'a destination that cannot be reached')
id = h.inject(['second@dead.example'])
t.ok(h.logs('^info msg ' + id), 'has more mail waiting')
h.control('smtproutes', 'dead.example:relay.example')
h.hup()
t.ok(h.logs('^end msg ' + id), 'which HUP sends at once where it goes now',
     h.log())
t.done(h)
END
exit $?
