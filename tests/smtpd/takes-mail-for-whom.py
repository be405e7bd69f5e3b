"""rcpthosts, morercpthosts, RELAYCLIENT, badmailfrom: never an open relay."""
import subprocess

from harness import *

door = Door()
NO = r'^553 5\.7\.1 '
YES = r'^250 2\.1\.5 '


def tries(what, *pairs, env=None, sender='<s@a.example>'):
    c = Client(env=env)
    c.ehlo()
    c.cmd('MAIL FROM:' + sender)
    for address, wanted in pairs:
        like(c.cmd('RCPT TO:<%s>' % address), wanted,
             what + ': ' + address)
    c.end()


control('rcpthosts', '# ours\nTest.example  \n.heaven.af.mil\n')
tries('rcpthosts', ('u@test.example', YES), ('u@TEST.EXAMPLE', YES),
      ('u@x.heaven.af.mil', YES), ('u@a.b.heaven.af.mil', YES),
      ('u@heaven.af.mil', NO), ('u@test.example.org', NO),
      ('u@x.test.example', NO), ('u@xtest.example', NO),
      ('postmaster', YES), ('u@[192.0.2.9]', NO),
      ('"u@test.example"@other.example', NO),
      ('other.example!u@test.example', YES))
c = Client()
c.ehlo()
c.cmd('MAIL FROM:<"a b>: 250 ok <"@x.example>')
like(c.cmd('RCPT TO:<"u>: 250 ok <"@other.example>'), NO, 'a refused address')
c.end()
like(c.said(), r'refused rcpt <u\S+@other\.example>: 553 ',
     'is one word in the log')
control('rcpthosts')
tries('without rcpthosts', ('u@test.example', NO), ('u@other.example', NO),
      ('postmaster', YES))
control('rcpthosts', ''.join('h%d.customers.example\n' % i
                            for i in range(10000)) + '.a.b\n')
began = os.times()
tries('10,000 lines and many labels',
      *[('u@' + 'a.' * 120 + 'c', NO)] * 200 + [('u@' + 'a.' * 120 + 'b', YES)])
spent = os.times()
ok(spent.children_user - began.children_user < 1, 'are soon compared', spent)
control('rcpthosts', '')
tries('with an empty one', ('u@test.example', NO))
tries('RELAYCLIENT', ('u@other.example', YES), env={'RELAYCLIENT': ''})
tries('RELAYCLIENT with a suffix', ('u@other.example', YES),
      env={'RELAYCLIENT': '.relay.example'})
equal(door.asked[-1], b'u@other.example.relay.example', 'which is appended')
tries('a suffix for which there is no room',
      ('u' * 980 + '@other.example', r'^553 5\.1\.3 address too long$'),
      ('u' * 970 + '@other.example', YES),
      env={'RELAYCLIENT': '.relay.example'})

control('rcpthosts', 'test.example\n')
control('badmailfrom', 'bad@a.example\n@worse.example\n')
tries('badmailfrom', ('u@test.example', NO), sender='<BAD@a.example>')
tries('badmailfrom, a host', ('u@test.example', NO),
      sender='<x@worse.example>')
tries('badmailfrom, others', ('u@test.example', YES), sender='<x@a.example>')
tries('badmailfrom, nobody', ('u@test.example', YES), sender='<>')
tries('badmailfrom, relay clients too', ('u@test.example', NO),
      env={'RELAYCLIENT': ''}, sender='<bad@a.example>')
control('badmailfrom')


def cdb(pairs):
    """A cdb as any maker writes it."""
    def h(key):
        n = 5381
        for b in key:
            n = (n * 33 & 0xffffffff) ^ b
        return n
    out, tables = bytearray(2048), [[] for i in range(256)]
    for k, v in pairs:
        tables[h(k) & 255].append((h(k), len(out)))
        out += len(k).to_bytes(4, 'little') + len(v).to_bytes(4, 'little')
        out += k + v
    for i, t in enumerate(tables):
        slots = [(0, 0)] * (2 * len(t))
        for x in t:
            at = (x[0] >> 8) % len(slots)
            while slots[at][1]:
                at = (at + 1) % len(slots)
            slots[at] = x
        out[i * 8:i * 8 + 8] = len(out).to_bytes(4, 'little') + \
            len(slots).to_bytes(4, 'little')
        for x in slots:
            out += x[0].to_bytes(4, 'little') + x[1].to_bytes(4, 'little')
    return bytes(out)


with open(ROOT + '/control/morercpthosts.cdb', 'wb') as f:
    f.write(cdb([(b'more.example', b''), (b'.wide.example', b'')]))
tries('morercpthosts', ('u@test.example', YES), ('u@More.Example', YES),
      ('u@x.wide.example', YES), ('u@wide.example', NO),
      ('u@other.example', NO))
os.unlink(ROOT + '/control/morercpthosts.cdb')
equal(subprocess.run(['postern-newmrh'], capture_output=True).returncode, 111,
      'postern-newmrh without morercpthosts')
control('morercpthosts', '# many\nMore.example\n.wide.example\n' +
        ''.join('d%d.example\n' % i for i in range(3000)))
equal(subprocess.run(['postern-newmrh']).returncode, 0, 'postern-newmrh')
tries('morercpthosts as it makes it', ('u@test.example', YES),
      ('u@More.Example', YES), ('u@x.wide.example', YES),
      ('u@D2999.example', YES), ('u@wide.example', NO),
      ('u@other.example', NO))
with open(ROOT + '/control/morercpthosts.cdb', 'wb') as f:
    f.write(b'x' * 3000)
tries('a broken morercpthosts.cdb', ('u@test.example', YES),
      ('u@other.example', r'^451 4\.3\.0 '))
os.unlink(ROOT + '/control/morercpthosts.cdb')

# localiphost
control('localiphost', 'lit.test.example\n')
control('rcpthosts', 'lit.test.example\n')
tries('localiphost', ('u@[192.0.2.25]', YES), ('u@[192.0.2.26]', NO))
equal(door.asked[-1], b'u@lit.test.example', 'stands for our address')
tries('localiphost, IPv6', ('u@[IPv6:2001:db8:0::25]', YES),
      env={'TCPLOCALIP': '2001:db8::25'})
control('localiphost')
control('rcpthosts', 'test.example\n')


def refuses_to_start(what, wanted):
    c = Client()
    like(c.greeting, r'^421 4\.3\.5 ', what)
    equal(c.proc.wait(20), 111, 'and ends with 111')
    like(c.said(), wanted, 'and says so in the log')


control('me')
refuses_to_start('without me', 'missing or malformed: me')
control('smtpgreeting', 'mx.example hello\n')
equal(Client().greeting, '220 mx.example hello ESMTP', 'smtpgreeting')
control('smtpgreeting')
control('me', 'test.example\n')
for name in ('databytes', 'timeoutsmtpd', 'maxrcpt', 'brtlimit'):
    control(name, 'many\n')
    refuses_to_start(name + ' that is no number',
                     'missing or malformed: ' + name + '|cannot read ' + name)
    control(name)
os.unlink(ROOT + '/control/rcpthosts')
os.mkdir(ROOT + '/control/rcpthosts')
refuses_to_start('an unreadable rcpthosts', 'cannot read rcpthosts')
done()
