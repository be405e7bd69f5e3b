"""Every message of the corpus, in sessions of many: byte for byte, or refused
for what no message may hold."""
from harness import *

CORPUS = sys.argv[1]
Door()


def wire(text):
    """As a client sends it: LF becomes CR LF, dots are doubled."""
    out = text.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
    if not out.endswith(b'\r\n'):
        out += b'\r\n'
    return re.sub(rb'(?m)^\.', b'..', out) + b'.\r\n'


def client():
    c = Client(stub=False)
    c.ehlo()
    return c


names = []
for top, dirs, files in os.walk(CORPUS):
    names += [os.path.join(top, f) for f in files if f.endswith('.eml')]
c = client()
taken, wanted, refused, wrong = [], [], 0, []
for name in sorted(names):
    with open(name, 'rb') as f:
        text = f.read()
    sent = wire(text)
    plain = sent.replace(b'\r\n', b'')
    bad = b'\r' in plain or b'\0' in plain
    c.send(b'MAIL FROM:<s@a.example> BODY=8BITMIME\r\n'
           b'RCPT TO:<u@test.example>\r\nDATA\r\n')
    got = [c.reply(), c.reply(), c.reply()]
    c.send(sent)
    got = c.reply()
    if bad:
        refused += 1
        if got[:9] != '550 5.6.0' or c.rest() != '':
            wrong.append((name, got))
        c.end()
        c = client()
    elif got[:3] != '250':
        wrong.append((name, got))
    else:
        wanted.append(text.replace(b'\r\n', b'\n').rstrip(b'\n'))
c.quit()
ok(not wrong, 'each gets the right reply', wrong[:3])
ok(len(wanted) > 800 and refused > 0, '%d taken, %d refused for bare CR or NUL'
   % (len(wanted), refused))
got = [without_traces(m[0]) for m in queued()]
equal(len(got), len(wanted), 'all that were taken are in the queue')
differ = [i for i in range(min(len(got), len(wanted)))
          if got[i].rstrip(b'\n') != wanted[i]]
ok(not differ, 'byte for byte', [(got[i][:200], wanted[i][:200])
                                 for i in differ[:1]])
done()
