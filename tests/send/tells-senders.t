# timeout: 240
# What senders are told, as a MIME parser sees it: multipart/report with qmail's
# text, only to those who may be told, and never a bounce to a bounce to a bounce.
. "${0%/*}/lib.sh"
python3 - <<'END'
from house import *
t = Check()
h = House()
import email, email.policy
from email.header import decode_header

def policy(kind, key, tx, r):
    if r['address'].startswith('bad'):
        return ('D', '5.1.1', '192.0.2.1 does not like recipient.\n'
                'Remote host said: 550 5.1.1 no such user\n'
                'Giving up on 192.0.2.1.\n')
    if r['address'].startswith('slow'):
        return ('Z', '4.4.1', 'No answer.\n')
    if 'bouncer' in r['address']:
        return ('D', '5.2.2', 'Mailbox full.\n')
    action = r['address'].split('@')[0].rstrip('0123456789')
    if action in ('relayed', 'expanded', 'passed'):
        return ('K', '2.0.0', 'ok\n', action)
    return ('K', '2.0.0', 'ok\n', 'delivered')
h.policy = policy
h.start()

def bounce(to, count=1):
    """The reports that were delivered to that address."""
    def found():
        return [x for x in h.seen if x[2].sender in ('', '#@[]') and
                any(r['address'] == to for r in x[2].rcpts)]
    h.waits(lambda: len(found()) >= count)
    return [(x[2], email.message_from_bytes(x[2].text,
             policy=email.policy.default)) for x in found()]

def status(m):
    part = m.get_payload()[1]
    return [dict(b.items()) for b in part.get_payload()]

text = b'From: me\nSubject: precious\n\nline 1\nline 2\nno end'
id = h.inject(['bad1@there.example', 'good@there.example',
               'bad2@else.example'], text, more=b'Eenv+314\0')
got = bounce('joe@example.org')
t.eq(len(got), 1, 'one report for one message')
tx, m = got[0]
t.eq((tx.sender, [r['address'] for r in tx.rcpts]), ('', ['joe@example.org']),
     'from nobody to the sender')
t.eq((m.get_content_type(), m.get_param('report-type'), m['auto-submitted'],
      m['from'], m['to'], m['subject']),
     ('multipart/report', 'delivery-status', 'auto-replied',
      'MAILER-DAEMON@test.example', 'joe@example.org', 'failure notice'),
     'its header')
t.ok(m['date'] and m['message-id'] and m['mime-version'] == '1.0', 'complete')
parts = m.get_payload()
t.eq([p.get_content_type() for p in parts],
     ['text/plain', 'message/delivery-status', 'message/rfc822'], 'its parts')
paragraphs = parts[0].get_payload().strip('\n').split('\n\n')
t.ok(paragraphs[0].startswith('Hi. This is the qmail-send program at '
     'test.example.\n'), 'QSBMF', paragraphs[0])
t.eq(paragraphs[1:3], [
    '<bad1@there.example>:\n192.0.2.1 does not like recipient.\n'
    'Remote host said: 550 5.1.1 no such user\nGiving up on 192.0.2.1.',
    '<bad2@else.example>:\n192.0.2.1 does not like recipient.\n'
    'Remote host said: 550 5.1.1 no such user\nGiving up on 192.0.2.1.'],
    'a paragraph for each recipient')
t.ok(paragraphs[3].startswith('--- Below this line is a copy of the message'),
     'and the break')
s = status(m)
t.eq((s[0]['Reporting-MTA'], s[0]['Original-Envelope-Id']),
     ('dns; test.example', 'env+314'), 'about the message')
t.eq([(x['Final-Recipient'], x['Action'], x['Status'], x['Remote-MTA'])
      for x in s[1:]],
     [('rfc822; bad1@there.example', 'failed', '5.1.1', 'dns; [192.0.2.1]'),
      ('rfc822; bad2@else.example', 'failed', '5.1.1', 'dns; [192.0.2.1]')],
     'about the recipients')
t.ok(s[1]['Diagnostic-Code'].startswith('smtp; 550 5.1.1 no such user'),
     'what the host said')
t.ok(text in tx.text and
     parts[2].get_payload()[0]['subject'] == 'precious', 'the message is back')
t.ok(h.logged('^bounce msg %s qp \\d+$' % id), 'it is logged')
t.ok(h.waits(h.empty), 'nothing is left')

# who is told, and who is not
h.seen.clear()
for notify in ('NNEVER', 'NSUCCESS', 'NDELAY'):
    id = h.inject([('bad@there.example', notify)])
    h.logs('^end msg ' + id)
t.eq([x for x in h.seen if x[2].sender == ''], [], 'NOTIFY without FAILURE')
h.inject([('bad@there.example', 'NFAILURE', 'Orfc822;orig@x.example')],
         sender='f@example.org')
tx, m = bounce('f@example.org')[0]
t.eq(status(m)[1]['Original-Recipient'], 'rfc822; orig@x.example',
     'NOTIFY=FAILURE, with the original recipient')
for action in ('delivered', 'relayed', 'expanded', 'passed'):
    h.inject([(action + '1@there.example', 'NSUCCESS')], sender=action +
             '-s@example.org')
for action in ('delivered', 'relayed', 'expanded'):
    tx, m = bounce(action + '-s@example.org')[0]
    t.eq((status(m)[1]['Action'], status(m)[1]['Status'], m['subject'],
          m.get_payload()[2].get_content_type()),
         (action, '2.0.0', 'delivery notice', 'text/rfc822-headers'),
         'NOTIFY=SUCCESS: ' + action)
t.ok(h.waits(h.empty), 'all ended')
t.eq([x for x in h.seen if x[2].rcpts[0]['address'] ==
      'passed-s@example.org'], [], 'passed on: the next one tells')
h.inject(['bad@there.example'], text, sender='h@example.org',
         more=b'RHDRS\0')
tx, m = bounce('h@example.org')[0]
t.ok(m.get_payload()[2].get_content_type() == 'text/rfc822-headers' and
     b'precious' in tx.text and b'line 1' not in tx.text, 'RET=HDRS')
big = b'Subject: big\n\n' + b'x' * 63 + b'\n' * 2000 + b'y\n' * 40000
h.inject(['bad@there.example'], big, sender='big@example.org')
tx, m = bounce('big@example.org')[0]
t.ok(tx.size < 10000 and m.get_payload()[2]['subject'] is None and
     b'Subject: big' in tx.text, 'a large message: its header alone')

# bounces of bounces
id = h.inject(['bad@there.example'], sender='bouncer@there.example')
def double():
    return [x for x in h.seen if x[2].sender == '#@[]']
t.ok(h.waits(lambda: len(double()) == 1), 'a bounce that fails', h.log())
t.eq(double()[0][2].rcpts[0]['address'], 'postmaster@test.example',
     'goes to the postmaster')
h.waits(h.empty)
id = h.inject(['bad@there.example'], sender='#@[]')
t.ok(h.logs('^triple bounce: discarding report/' + id) and
     h.logs('^end msg ' + id), 'a triple bounce is discarded')
h.control('doublebounceto', '')
h.hup()
h.seen.clear()
id = h.inject(['bad@there.example'], sender='')
t.ok(h.logs('^end msg ' + id) and not double(), 'an empty doublebounceto')
t.ok(h.logs('^double bounce: discarding report/' + id), 'is logged')
id = h.inject(['bad@there.example'], sender='list-@example.org-@[]')
t.eq(bounce('list-@example.org')[0][0].sender, '', 'VERP senders')

# delays
h.control('delaywarning', '1')
h.hup()
h.inject(['slow@there.example', ('slow2@there.example', 'NFAILURE')],
         sender='d@example.org')
h.logs('^delivery \\d+: deferral: No_answer')
h.waits(lambda: h.alrm() or any(x[2].rcpts[0]['address'] == 'd@example.org'
                                for x in h.seen))
tx, m = bounce('d@example.org')[0]
t.eq((m['subject'], status(m)[1]['Action'], status(m)[1]['Status'],
      len(status(m))), ('delay notice', 'delayed', '4.4.1', 2),
      'a delay warning, to those who want it')
t.ok(h.waits(lambda: not h.files('report')), 'the report is gone')
n = len(h.seen)
h.alrm()
h.waits(lambda: len(h.seen) > n)
h.ctl('status')
t.eq(len(bounce('d@example.org')), 1, 'once')

# a destination that nobody reaches, and mail that is not tried there
h.ready = lambda kind, key: ('Z', '4.4.1', 'No answer.\n') \
    if key.startswith('m:dead') else True
h.control('delaywarning', '3')
h.hup()
many = {'x%d@dead.example' % i for i in range(250)}
waiting = [many, many, {'x0@dead.example'},
           {'x0@dead.example', 'x0@dead2.example'}]
for i, rcpts in enumerate(waiting):
    h.inject(sorted(rcpts), sender='dead%d@example.org' % i)
time.sleep(4)
h.alrm()
def told(i):
    return {d['Final-Recipient'].split()[1]
            for _, m in bounce('dead%d@example.org' % i)
            for d in status(m)[1:]}
for i, rcpts in enumerate(waiting):
    h.waits(lambda: told(i) == rcpts)
t.eq([told(i) for i in range(4)], waiting,
     'of all who wait for it and all their recipients senders are told')
h.ready = lambda kind, key: True
n = len(h.seen)
h.ctl('flush', 'dead.example')
t.ok(h.waits(lambda: len(h.seen) == n + 8), 'and go when it is back')

# beyond ASCII
h.inject(['badgr\u00fc\u00df@there.example'], sender='u@example.org', more=b'U\0')
tx, m = bounce('u@example.org')[0]
t.eq([p.get_content_type() for p in m.get_payload()],
     ['text/plain', 'message/global-delivery-status', 'message/global'],
     'RFC 6533')
t.ok('Final-Recipient: utf-8; badgr\u00fc\u00df@there.example'.encode() in
     tx.text and int(tx.flags) & 2, 'in UTF-8')
t.done(h)
END
exit $?
