#!/bin/sh
# A users door that never answers costs half a minute and a 451, and the next
# recipient of the session does not wait for it again.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="${0%/*}/../smtpd" python3 - <<'END'
from harness import *

Door(lambda address: None)
c = Client()
c.sock.settimeout(50)
c.ehlo()
c.cmd('MAIL FROM:<>')
began = time.time()
c.send('RCPT TO:<u@test.example>\r\nRCPT TO:<v@test.example>\r\n')
like(c.reply(), r'^451 4\.3\.0 ', 'no answer is "later"')
like(c.reply(), r'^451 4\.3\.0 ', 'for both that were asked together')
took = time.time() - began
ok(25 < took < 40, 'after half a minute', took)
began = time.time()
like(c.cmd('RCPT TO:<w@test.example>'), r'^451 4\.3\.0 ', 'the next')
ok(time.time() - began < 5, 'does not wait')
c.end()
done()
END
