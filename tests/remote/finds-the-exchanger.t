# MX, no MX, null MX, aliases, both families, ourselves, and name servers that
# fail: the right hosts in the right order, and the right verdict.
# timeout: 180
. "${0%/*}/../lib.sh"
need python3 postern-remote
new_root
export ROOT
cd "$TOP/tests/remote" || exit 1
exec python3 - <<'END'
from fake import *
from fakedns import Dns
t = Check()
control('notipme', '127.0.0.0/25')
control('timeoutconnect', '1')
control('timeoutremote', '3')
probe = Fake('127.0.0.2')
port = probe.port
env = {'POSTERN_SMTP_PORT': str(port)}
hosts = {i: Fake('127.0.0.%d' % i, port) for i in (3, 4, 5)}
hosts[2] = probe
def host(n): return {'A': ['127.0.0.%d' % n]}
def refuses(c, line): c.bye()

zone = {'h%d.x' % n: host(n) for n in range(2, 8)}
zone.update({
    'self.x': {'A': ['127.0.0.200']},
    'both.x': {'A': ['127.0.0.2'], 'AAAA': ['::1']},
    'six.x': {'AAAA': ['::1']},
    'empty.x': {}, 'gone.x': None, 'broken.x': 'servfail', 'mute.x': 'drop',
    'half.x': 'servfail-AAAA',
    'a.x': {'MX': ['10 h2.x']},
    'pref.x': {'MX': ['30 h4.x', '10 h2.x', '20 h3.x']},
    'implicit.x': {'A': ['127.0.0.3']},
    'null.x': {'MX': ['0 .']},
    'notnull.x': {'MX': ['0 .', '10 h2.x']},
    'alias.x': {'CNAME': ['a.x']},
    'mxalias.x': {'MX': ['10 aliashost.x']},
    'aliashost.x': {'CNAME': ['h4.x']},
    'dead.x': {'MX': ['10 h6.x', '20 h7.x', '30 h5.x']},
    'nohost.x': {'MX': ['10 nowhere.x', '20 empty.x']},
    'nohost2.x': {'MX': ['10 nowhere.x', '20 h2.x']},
    'unsure.x': {'MX': ['10 broken.x', '20 nowhere.x']},
    'unsure2.x': {'MX': ['10 broken.x', '20 h2.x']},
    'self10.x': {'MX': ['10 self.x', '20 h2.x']},
    'self20.x': {'MX': ['20 self.x', '20 h3.x', '30 h4.x', '10 h2.x']},
    'odd.x': {'MX': ['10 a b.x', '20 h2.x']},
    'big.x': {'big': True, 'MX': ['%d h%d.x' % (i, i) for i in range(2, 6)] +
              ['%d n%d.example' % (i, i) for i in range(300, 700)]},
    'old.x': {'formerr': True, 'MX': ['10 h2.x']},
    'cut.x': 'truncate', 'garbage.x': 'garbage', 'wrongid.x': 'wrongid',
    'refused.x': 'refused', 'cutdead.x': 'tcpdead',
    'sixmx.x': {'MX': ['10 six.x', '20 h2.x']},
    'xn--bcher-kva.x': {'MX': ['10 h4.x']},
    'v4.x': {'MX': ['10 both.x']},
    'mapped.x': {'AAAA': ['::ffff:127.0.0.3']},
    'mappedself.x': {'AAAA': ['::ffff:127.0.0.200']},
})
dns = Dns(zone)
env['POSTERN_DNS'] = dns.env

def goes(domain, want, what):
    w = Remote(('' if ':' in domain[:2] else 'm:') + domain, env=env)
    good = w.ready()
    got = w.hello[0] if good else ''.join(w.hello[:2])
    t.ok(got == want, what, w.hello)
    w.close()

goes('a.x', '127.0.0.2', 'an MX')
goes('A.X.', '127.0.0.2', 'capitals, and a final dot')
goes('pref.x', '127.0.0.2', 'the best one')
goes('implicit.x', '127.0.0.3', 'no MX: the address')
goes('null.x', 'D5.1.10', 'null MX')
goes('notnull.x', '127.0.0.2', 'a null MX among others counts for nothing')
goes('alias.x', '127.0.0.2', 'an alias for the domain')
goes('mxalias.x', '127.0.0.4', 'an alias for the host')
goes('dead.x', '127.0.0.5', 'the first that is alive')
goes('nothere.x', 'D5.1.2', 'no such domain')
goes('empty.x', 'D5.4.4', 'a domain without MX and address')
goes('nohost.x', 'D5.4.4', 'exchangers without addresses')
goes('nohost2.x', '127.0.0.2', 'one without and one with')
goes('unsure.x', 'Z4.4.3', 'an exchanger that cannot be looked up')
goes('unsure2.x', '127.0.0.2', 'is passed over')
goes('broken.x', 'Z4.4.3', 'a domain that cannot be looked up')
goes('refused.x', 'Z4.4.3', 'a name server that refuses')
goes('mute.x', 'Z4.4.3', 'a name server that is silent')
goes('cut.x', 'Z4.4.3', 'truncated for ever')
goes('cutdead.x', 'Z4.4.3', 'truncated, and no TCP')
goes('garbage.x', 'Z4.4.3', 'garbage')
goes('wrongid.x', 'Z4.4.3', 'an answer to another question')
goes('big.x', '127.0.0.2', 'truncated, then by TCP')
t.ok(('big.x', 'MX', 'tcp', True) in dns.asked, 'by TCP indeed')
goes('old.x', '127.0.0.2', 'a name server without EDNS')
goes('odd.x', '127.0.0.2', 'a host that is none')
goes('self10.x', 'D5.4.6', 'we are the best')
goes('self20.x', '127.0.0.2', 'a better one than we')
zone['self20.x']['MX'][3] = '10 h6.x'
goes('self20.x', 'Z4.4.1', 'equals and worse ones are left out')
goes('mapped.x', '127.0.0.3', 'an IPv4 address mapped into IPv6')
goes('mappedself.x', 'D5.4.6', 'which may be ours')
goes('[127.0.0.3]', '127.0.0.3', 'an address literal')
goes('[127.0.0.200]', 'D5.4.6', 'our own')
goes('[IPv6:::1]', 'D5.4.6', 'IPv6')
goes('[300.1.1.1]', 'D5.1.2', 'none at all')
goes('b\u00fccher.x', '127.0.0.4', 'a domain beyond ASCII')
goes('a b.x', 'D5.1.2', 'not a domain')
goes('..', 'D5.1.2', 'nor that')
goes('r:h4.x', '127.0.0.4', 'a relay by name')
goes('r:self.x', 'Z4.4.1', 'a relay may be ourselves')
goes('r:127.0.0.5', '127.0.0.5', 'a relay by address')
goes('r:[127.0.0.5]:%d' % port, '127.0.0.5', 'with a port')
goes('r:h2.x:%d' % probe.port, '127.0.0.2', 'a name with a port')
goes('r:h2.x:x', 'Z4.3.5', 'with nonsense')
goes('r:nowhere.x', 'Z4.3.5', 'a relay that is not there')
goes('r:a b', 'Z4.3.5', 'or that is no name')
goes('r:mute.x', 'Z4.4.3', 'a relay that cannot be looked up')
goes('x:y', 'D5.1.2', 'a key of another kind')

six = None
try:
    six = Fake('::1', port)
except OSError:
    pass
if six:
    control('notipme', '127.0.0.0/25', '::1')
    goes('six.x', '::1', 'IPv6 alone')
    goes('v4.x', '127.0.0.2', 'IPv4 first')
    control('outgoingfamilies', 'ipv6 ipv4')
    goes('v4.x', '::1', 'or IPv6 first')
    control('outgoingfamilies', 'ipv6')
    goes('v4.x', '::1', 'or IPv6 alone')
    goes('a.x', 'Z4.4.3', 'then hosts of the other family wait')
    control('outgoingfamilies', 'ipv4')
    goes('sixmx.x', '127.0.0.2', 'or IPv4 alone')
    goes('r:[::1]:%d' % port, '::1', 'a relay is taken as it is')
    control('outgoingfamilies')
else:
    t.ok(True, 'IPv6 # SKIP no ::1 here')

# equals are shuffled
zone['equal.x'] = {'MX': ['10 h%d.x' % n for n in (2, 3, 4, 5)]}
seen = set()
for i in range(40):
    w = Remote('m:equal.x', env=env)
    w.ready()
    seen.add(w.hello[0])
    w.close()
    if len(seen) > 2:
        break
t.ok(len(seen) > 2, 'equals take turns', seen)

# bad greetings and EHLO replies lead to the next one
for how in ({'greeting': '421 busy\r\n'}, {'greeting': '554 never\r\n'},
            {'greeting': lambda c, l: time.sleep(30)}, {'greeting': refuses},
            {'EHLO': '451 no\r\n'}, {'EHLO': '550 no\r\n', 'HELO': '550 no\r\n'}):
    hosts[2].how = how
    goes('pref.x', '127.0.0.3', 'the next after %s' % how)
hosts[2].how = hosts[3].how = {'greeting': '554 never\r\n'}
goes('pref.x', '127.0.0.4', 'and the next')
hosts[4].how = {'greeting': '554 never\r\n'}
goes('pref.x', 'D5.0.0', 'all of them say never')
hosts[3].how = {'greeting': '450 soon\r\n'}
goes('pref.x', 'Z4.0.0', 'one of them says later')
hosts[2].how = {'greeting': '450 soon\r\n'}
hosts[3].how = {}
w = Remote('m:pref.x', env=env)
t.ok(w.ready() and w.hello[0] == '127.0.0.3', 'the second one takes mail')
w.send(b'x\n', rcpt('a@d.example'))
w.result()
hosts[3].how = {'greeting': '554 never\r\n', 'RSET': lambda c, l: c.bye(),
                'MAIL': lambda c, l: c.bye()}
w.send(b'x\n', rcpt('a@d.example'))
t.eq(w.result()[0], 'Z', 'the first one counts when the second one has ended')
w.close()
hosts[2].how = hosts[3].how = hosts[4].how = {}
hosts[2].offers = []
w = Remote('m:pref.x', env=env)
w.ready()
w.send(b'x\n', rcpt('jos\u00e9@d.example'), flags=2)
t.eq(w.result()[5], '127.0.0.3', 'the next one takes SMTPUTF8')
w.close()

# where we come from
control('outgoingip', '127.0.0.77', '::1')
w = Remote('m:pref.x', env=env)
w.ready()
t.eq(hosts[2].last.sock.getpeername()[0], '127.0.0.77', 'source address')
w.close()
control('outgoingip')
for name in 'timeoutconnect', 'outgoingip', 'outgoingfamilies', 'moreipme':
    control(name, 'nonsense')
    goes('a.x', 'Z4.3.5', 'a control file that cannot be read: ' + name)
    control(name)
control('helohost', 'helo.example')
w = Remote('m:a.x', env=env)
w.ready()
t.eq(hosts[2].last.lines[0], 'EHLO helo.example', 'helohost')
t.done()
END
