# timeout: 120
# When a companion has died send must be started again. What is running has a
# moment to finish, but a delivery that takes a day does not stop all mail.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()

def end_with(policy):
    """Seconds until send has ended, a delivery having begun."""
    h.policy = policy
    h.start()
    n = len(h.seen)
    h.inject(['x@there.example'])
    h.waits(lambda: len(h.seen) > n)
    began = time.monotonic()
    h.spawners[0].shutdown(socket.SHUT_RDWR)
    t.eq(h.send.wait(100), 111, 'it ends')
    t.ok(h.logged('oh no! lost postern-lspawn'), 'and says why')
    return time.monotonic() - began

def moment(kind, key, tx, r):
    time.sleep(3)
    return DONE(kind, key, tx, r)
t.ok(2 < end_with(moment) < 20, 'a delivery may finish')
t.ok(h.logged('^end msg'), 'and is booked')
t.ok(20 < end_with(lambda *a: None) < 50, 'one that does not end is given up')
h.policy = DONE
h.start()
t.ok(h.waits(h.empty), 'until it is tried again')

# its questions go to nobody who has the users door's descriptor now
def slow(*a):
    time.sleep(6)
    return DONE(*a)
h.policy = lambda kind, *a: (LATER if kind == 'local' else slow)(kind, *a)
id = h.inject(['u@test.example'])
h.logs('deferral')
n = len(h.seen)
h.inject(['x@there.example'])
h.waits(lambda: len(h.seen) > n)
h.asker.shutdown(socket.SHUT_RDWR)
t.ok(h.logs('oh no! lost postern-users'), 'postern-users is missed')
client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
client.connect(QUEUE + '/control')
client.settimeout(20)
client.send(packet('S'))
t.ok(b'messages' in client.recv(9999), 'somebody asks for the status')
n = len(h.logged('trouble routing'))
h.hup()
h.logs('trouble routing', n + 1)
client.send(packet('S'))
t.ok(b'messages' in client.recv(9999), 'and hears nothing else')
t.eq(h.send.wait(60), 111, 'send ends')
h.policy = DONE
h.start()
h.logs('^new msg ' + id, 2)
h.ctl('retry', id)
t.ok(h.waits(h.empty), 'and nothing is lost')

# the helper dies while it is told to go
h.policy = lambda *a: (time.sleep(2), LATER(*a))[1]
n = len(h.seen)
h.inject(['x@there.example'])
h.waits(lambda: len(h.seen) > n)
h.send.terminate()
h.logs('exitasap')
os.kill(next(below(h.send.pid)), signal.SIGKILL)
try:
    t.eq(h.send.wait(30), 0, 'who is told to go waits for no dead helper')
except subprocess.TimeoutExpired:
    t.ok(False, 'who is told to go waits for no dead helper', h.log())
t.done(h)
END
exit $?
