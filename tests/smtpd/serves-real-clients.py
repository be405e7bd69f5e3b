"""swaks, curl and Python's smtplib over TCP, against the real queue."""
import shutil
import smtplib
from harness import *

Door(lambda a: ('D', '5.1.1', 'none') if a.startswith('none') else 'K')
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(16)
PORT = listener.getsockname()[1]


def serve():
    """As inetd does it."""
    while True:
        conn = listener.accept()[0]
        subprocess.Popen([SMTPD], stdin=conn, stdout=conn)
        conn.close()


threading.Thread(target=serve, daemon=True).start()
TEXT = b'From: s@a.example\nSubject: hello\n\n.dot\nline\n' + b'x' * 5000 + b'\n'
with open(ROOT + '/text', 'wb') as f:
    f.write(TEXT)


def arrived(what, *rcpts):
    got = queued()
    forget_queued()
    # swaks adds a line end of its own
    ok(len(got) == 1 and without_traces(got[0][0]).rstrip(b'\n').endswith(
        TEXT.split(b'\n\n', 1)[1].rstrip(b'\n')), what + ': the message', got[:1])
    equal([r for r in got[0][1] if r[:1] == b'T'] if got else None,
          [b'T' + r for r in rcpts], what + ': its recipients')


with smtplib.SMTP('127.0.0.1', PORT) as s:
    s.sendmail('s@a.example', ['u@test.example', 'v@test.example'],
               TEXT.replace(b'\n', b'\r\n'),
               mail_options=['BODY=8BITMIME', 'RET=HDRS'],
               rcpt_options=['NOTIFY=SUCCESS'])
    try:
        s.sendmail('s@a.example', ['none@test.example'], TEXT)
        ok(False, 'smtplib: refused')
    except smtplib.SMTPRecipientsRefused as e:
        equal(e.recipients['none@test.example'][0], 550, 'smtplib: refused')
arrived('smtplib', b'u@test.example', b'v@test.example')

if shutil.which('curl'):
    p = subprocess.run(['curl', '-sS', 'smtp://127.0.0.1:%d' % PORT,
                        '--mail-from', 's@a.example', '--mail-rcpt',
                        'u@test.example', '--crlf', '-T', ROOT + '/text'],
                       stderr=subprocess.PIPE)
    equal(p.returncode, 0, 'curl')
    arrived('curl', b'u@test.example')
else:
    ok(True, 'curl # SKIP not installed')
if shutil.which('swaks'):
    p = subprocess.run(['swaks', '--server', '127.0.0.1:%d' % PORT, '--from',
                        's@a.example', '--to', 'u@test.example', '--data',
                        '@' + ROOT + '/text', '--suppress-data'],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(p.returncode, 0, 'swaks') or print(p.stdout.decode())
    arrived('swaks', b'u@test.example')
else:
    ok(True, 'swaks # SKIP not installed')
# Postfix's own, which tools/packages unpacks where Postfix is not installed
unpacked = os.environ.get('TOP', '.') + '/.postfix/usr'
source = shutil.which('smtp-source', path=os.environ['PATH'] + ':' +
                      unpacked + '/sbin')
libraries = dict(os.environ, LD_LIBRARY_PATH=unpacked + '/lib/postfix')
if source and b'usage' in subprocess.run([source], env=libraries,
                                         stderr=subprocess.PIPE).stderr:
    for options in ((), ('-d',), ('-N', '-r', '5')):
        p = subprocess.run([source, '-s', '4', '-m', '40', '-l', '3000',
                            '-f', 's@a.example', '-t', 'u@test.example',
                             *options, '127.0.0.1:%d' % PORT], env=libraries,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        equal((p.returncode, p.stdout, len(queued())), (0, b'', 40),
              'smtp-source %s: four at a time' % ' '.join(options))
        forget_queued()
else:
    ok(True, 'smtp-source # SKIP not installed')
done()
