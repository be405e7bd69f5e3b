"""tcpserver, systemd and xinetd as they are: peer, log, several sessions."""
import shutil
from harness import *

Door()

def free_port():
    s = socket.socket()
    s.bind(('127.0.0.1', 0))
    port = s.getsockname()[1]
    s.close()
    return port


def connect(port):
    for i in range(200):
        try:
            return socket.create_connection(('127.0.0.1', port), 20)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError('nobody listens')


class Talk(Client):
    def __init__(self, port):
        self.sock = connect(port)
        self.buffer = b''
        self.greeting = self.reply()


def sessions(what, argv, port):
    """Two sessions at once under a parent; then its log."""
    if not shutil.which(argv[0]) or (argv[0] == 'xinetd' and os.getuid()):
        for i in range(4):
            ok(True, what + ' # SKIP not installed')
        return
    forget_queued()
    log = ROOT + '/log/' + argv[0]
    env = {k: v for k, v in os.environ.items()
           if k not in ('TCPREMOTEIP', 'REMOTE_ADDR')}
    with open(log, 'wb') as f:
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f,
                             stderr=f, env=env)
    a, b = Talk(port), Talk(port)
    equal((a.greeting, b.greeting), ('220 test.example ESMTP',) * 2,
          what + ': two sessions')
    for c in (a, b):
        c.ehlo()
        c.envelope()
        c.message('Subject: x\r\n\r\n.\r\n')
        c.cmd('MAIL FROM:<>')
        c.cmd('RCPT TO:<u@elsewhere.example>')
        c.send('QUIT\r\n')
        equal(c.rest(), '221 2.0.0 test.example\r\n',
              what + ': nothing but replies')
        c.sock.close()
    got = queued()
    ok(len(got) == 2 and all(b'(127.0.0.1)' in m[0] for m in got),
       what + ': the peer in Received', got[:1])
    p.terminate()
    p.wait()


port = free_port()
sessions('tcpserver', ['tcpserver', '-HR', '-l', '0', '127.0.0.1', str(port),
                       SMTPD], port)
port = free_port()
sessions('systemd', ['systemd-socket-activate', '-a', '--inetd', '-l',
                     '127.0.0.1:%d' % port, '-E', 'POSTERN_ROOT', SMTPD], port)
conf = ROOT + '/xinetd.conf'
port = free_port()
with open(conf, 'w') as f:
    f.write('''defaults
{
        log_type = FILE %s/log/xinetd.own
}
service smtp-test
{
        type = UNLISTED
        socket_type = stream
        protocol = tcp
        wait = no
        user = root
        bind = 127.0.0.1
        port = %d
        server = %s
        passenv = POSTERN_ROOT
}
''' % (ROOT, port, SMTPD))
sessions('xinetd', ['xinetd', '-dontfork', '-f', conf, '-pidfile',
                    ROOT + '/xinetd.pid'], port)
done()
