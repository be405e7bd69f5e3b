# A queue directory that cannot be read to its end is listed again, cur/ too,
# and until then what was found is delivered.
# sanitizers: no, since leaks cannot be looked for under strace
. "${0%/*}/lib.sh"
need strace
python3 - <<'EOF'
from house import *
t = Check()
h = House()
h.policy = LATER
h.start()
id = h.inject(['x@there.example'])
t.ok(h.logs('deferral') and h.waits(lambda: id in h.files('cur')), 'deferred')
h.stop()
n = len(h.logged('^new msg ' + id))
# new/ takes two calls, of which the second one tells the end
h.start(wrap=['strace', '-D', '-o', '/dev/null', '-e',
              'inject=getdents64:error=EIO:when=3'])
t.ok(h.logs('^alert: unable to read the whole of cur'), 'trouble is told',
     h.log())
t.eq(len(h.logged('^new msg ' + id)), n, 'the message is not seen')
h.policy = DONE
# a trigger that was nearly full has it list at once
h.send.send_signal(signal.SIGSTOP)
with open(QUEUE + '/trigger', 'wb', buffering=0) as f:
    f.write(b'\n' * 61000)
h.send.send_signal(signal.SIGCONT)
t.ok(h.logs('^new msg ' + id, n + 1), 'but when cur is listed again', h.log())
t.done(h)
EOF
exit $?
