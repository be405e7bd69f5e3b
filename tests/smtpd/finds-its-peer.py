"""tcpserver, systemd, inetd: who the client is, and where the log goes."""
from harness import *

NONE = {'TCPREMOTEIP': None, 'PROTO': None, 'TCPLOCALIP': None}
Door()


def tcp(family, address):
    listener = socket.socket(family)
    listener.bind((address, 0))
    listener.listen(1)
    client = socket.socket(family if '.' not in address else socket.AF_INET)
    client.connect(listener.getsockname()[:2] if family == socket.AF_INET
                   else (address if ':' in address else '::1',
                         listener.getsockname()[1]))
    theirs = listener.accept()[0]
    listener.close()
    return client, theirs


def received(what, wanted, env, sock=None):
    forget()
    c = Client(env=env, sock=sock)
    c.ehlo()
    c.envelope()
    c.message('x\r\n.\r\n')
    c.quit()
    like(kept()[0][0].decode().split('\n')[0], wanted, what)
    return c


received('tcpserver', r'\(192\.0\.2\.1\)$', {})
received('tcpserver, IPv4 mapped into IPv6', r'\(192\.0\.2\.7\)$',
         {'TCPREMOTEIP': '::ffff:192.0.2.7'})
received('tcpserver, IPv6', r'\(2001:db8::1\)$',
         {'TCPREMOTEIP': '2001:db8:0::1'})
received('systemd', r'\(192\.0\.2\.8\)$',
         dict(NONE, REMOTE_ADDR='192.0.2.8', REMOTE_PORT='4'))
received('inetd: the socket is asked', r'\(127\.0\.0\.1\)$', NONE,
         tcp(socket.AF_INET, '127.0.0.1'))
try:
    received('inetd, IPv6', r'\(::1\)$', NONE, tcp(socket.AF_INET6, '::1'))
except OSError:
    ok(True, 'inetd, IPv6 # SKIP no IPv6 here')
received('nothing known', r'\(unknown\)$', NONE)
received('nonsense in the environment', r'\(unknown\)$',
         {'TCPREMOTEIP': '1.2.3.4)\n evil'})
received('names of strangers', r'^Received: from a\?b\?\?c '
         r'\(HELO client\.example\) \(i\?\?j@192\.0\.2\.1\)$',
         {'TCPREMOTEHOST': 'a(b)\nc', 'TCPREMOTEINFO': 'i\n)j'})
forget()
c = Client()
c.cmd('EHLO a(b)c;\u00e9"\\')
c.envelope()
c.message('x\r\n.\r\n')
c.quit()
like(kept()[0][0].decode(), r'\(HELO a\?b\?c\?\?\?\?\?\) \(192',
     'and of clients are made harmless')

# inetd gives the connection as descriptor 2: no log line may get there
sv = tcp(socket.AF_INET, '127.0.0.1')
with open(ROOT + '/noisy', 'w') as f:
    f.write('#!/bin/sh\necho noise >&2\ncat > /dev/null\n')
os.chmod(ROOT + '/noisy', 0o755)
c = Client(env=dict(NONE, POSTERNQUEUE=ROOT + '/noisy'), sock=sv,
           log_to_socket=True)
c.ehlo()
c.envelope()
like(c.message('x\r\n.\r\n'), '^(250|451) ', 'nor what programs say')
c.cmd('MAIL FROM:<>')
c.cmd('RCPT TO:<x@other.example>')
c.send('QUIT\r\n')
equal(c.rest(), '221 2.0.0 test.example\r\n',
      'no log line goes to the client')
c.end()

c = subprocess.run([SMTPD], stdin=subprocess.DEVNULL, close_fds=True,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
like(c.stdout.decode(), '^220 ', 'a session on pipes')
equal(c.returncode, 0, 'ends with its input')
p = subprocess.run(['sh', '-c', 'exec "$0" <&-', SMTPD])
equal(p.returncode, 111, 'without descriptor 0 it says 111')
p = subprocess.run([SMTPD, '-x'], stderr=subprocess.PIPE)
equal(p.returncode, 100, 'an unknown option: 100')
done()
