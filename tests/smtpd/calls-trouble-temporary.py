"""No descriptors, no memory, no queue, no settings: 4xx, and nothing lost or
taken for lost."""
import resource
import shutil
from harness import *

Door()


def attempt(what, limit=None):
    """A whole session. Its replies; every promise kept?"""
    forget_queued()
    c = Client(stub=False, greet=False, before_exec=limit)
    c.send('EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<u@test.example>\r\nDATA\r\n'
           'Subject: x\r\n\r\n.\r\nQUIT\r\n')
    out = c.rest()
    c.end()
    codes = re.findall(r'(?m)^(\d\d\d) ', out)
    bad = [x for x in codes if x[0] == '5' and x != '503' and x != '500']
    there = len(queued())
    if bad or (' qp ' in out) != (there == 1):
        print('# %s: %r, %d queued' % (what, out, there))
        return None
    return codes


def through(what, values, limit):
    results = [attempt('%s %d' % (what, v), lambda: limit(v)) for v in values]
    ok(None not in results, what + ': never a permanent error, never a lie')
    ok(results[-1][-2:] == ['250', '221'], 'with enough of it all is well',
       results[-1])


through('descriptors', range(3, 20),
        lambda v: resource.setrlimit(resource.RLIMIT_NOFILE, (v, v)))
through('memory', range(200 << 10, 3000 << 10, 100 << 10),
        lambda v: resource.setrlimit(resource.RLIMIT_AS, (v, v)))
through('data', range(4 << 10, 1000 << 10, 40 << 10),
        lambda v: resource.setrlimit(resource.RLIMIT_DATA, (v, v)))
if os.getuid():
    through('processes', [0, 4000],
            lambda v: resource.setrlimit(resource.RLIMIT_NPROC, (v, v)))
through('file size', [0, 100, 10000],
        lambda v: resource.setrlimit(resource.RLIMIT_FSIZE, (v, v)))

os.rename(ROOT + '/queue/new', ROOT + '/queue/away')
c = Client(stub=False)
c.ehlo()
c.envelope()
like(c.message('x\r\n.\r\n'), r'^4[25]1 4\.3\.0 ', 'no queue/new')
c.end()
os.rename(ROOT + '/queue/away', ROOT + '/queue/new')
os.rename(ROOT + '/control', ROOT + '/away')
c = Client(stub=False)
like(c.greeting, r'^421 4\.3\.5 ', 'no control directory')
equal(c.proc.wait(20), 111, 'ends with 111')
os.rename(ROOT + '/away', ROOT + '/control')
equal(attempt('again')[-2:], ['250', '221'], 'and all is well again')
done()
